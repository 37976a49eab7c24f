import { crc32, deflateSync } from 'node:zlib';
import type { TaskOf } from '#contract/challenges.ts';
import { chanceOf } from '../sound/chance.ts';
import type { TaskFacts } from '../task-facts.ts';

const [width, height, frames, frameMs] = [192, 128, 56, 130];
const vans = 5;
const kinds = 8;
const picks = 4;

interface Leg {
  fromFrame: number;
  toFrame: number;
  place: number;
}

const sceneOf = (seed: string) => {
  const chance = chanceOf(seed, 'picture');
  const places: { x: number; y: number }[] = [];
  while (places.length < kinds) {
    const place = { x: chance.between(0.1, 0.9), y: chance.between(0.14, 0.86) };
    if (places.every(({ x, y }) => Math.hypot((x - place.x) * width, (y - place.y) * height) > 34))
      places.push(place);
  }
  const tour = (count: number) => {
    const order = Array.from({ length: kinds }, (_, index) => index);
    for (let i = 0; i < count; i += 1) {
      const j = i + chance.below(kinds - i);
      [order[i], order[j]] = [order[j] as number, order[i] as number];
    }
    return order.slice(0, count);
  };
  const round = Math.floor((frames - 8) / picks);
  const routes = Array.from({ length: vans }, () =>
    tour(picks).map((place, index): Leg => {
      const fromFrame = 8 + index * round;
      return { fromFrame, toFrame: fromFrame + round - 4, place };
    }),
  );
  const starts = routes.map(() => ({ x: chance.between(0.1, 0.9), y: chance.between(0.1, 0.9) }));
  return { places, routes, starts };
};

export const pictureFacts = (seed: string): TaskFacts => {
  const { places, routes } = sceneOf(seed);
  const own = routes[0] ?? [];
  return {
    mode: 'picture',
    answer: own.map(({ place }) => place),
    choices: kinds,
    durationMs: frames * frameMs,
    moments: own.map(({ toFrame }) => toFrame * frameMs),
    places,
  };
};

const chunk = (type: string, data: Buffer) => {
  const body = Buffer.concat([Buffer.from(type), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
};

export const renderPicture = (seed: string): Omit<TaskOf<'picture'>, 'taskId'> => {
  const { places, routes, starts } = sceneOf(seed);
  const chance = chanceOf(seed, 'texture');
  const ground = chance.noise(width * height).map((value) => 8 + Math.round(value * 3));
  const raw = Buffer.alloc((width + 1) * height * frames);
  for (let frame = 0; frame < frames; frame += 1) {
    const base = frame * height * (width + 1);
    for (let y = 0; y < height; y += 1)
      for (let x = 0; x < width; x += 1) raw[base + y * (width + 1) + 1 + x] = ground[y * width + x] as number;
    routes.forEach((legs, van) => {
      let at = starts[van] as { x: number; y: number };
      for (const { fromFrame, toFrame, place } of legs) {
        if (frame < fromFrame) break;
        const share = Math.min(1, (frame - fromFrame) / (toFrame - fromFrame));
        const to = places[place] as { x: number; y: number };
        at = { x: at.x + (to.x - at.x) * share, y: at.y + (to.y - at.y) * share };
      }
      for (let dy = -7; dy <= 7; dy += 1)
        for (let dx = -7; dx <= 7; dx += 1) {
          const [x, y] = [Math.round(at.x * width) + dx, Math.round(at.y * height) + dy];
          if (x < 0 || y < 0 || x >= width || y >= height) continue;
          const isRim = Math.max(Math.abs(dx), Math.abs(dy)) === 7;
          raw[base + y * (width + 1) + 1 + x] = van === 0 && frame < 8 && isRim ? 15 : isRim ? 2 : 6;
        }
    });
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width);
  header.writeUInt32BE(height * frames, 4);
  header.set([8, 3, 0, 0, 0], 8);
  const palette = Buffer.from(Array.from({ length: 16 }, (_, step) => [step * 17, step * 17, step * 17]).flat());
  const image = Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    chunk('PLTE', palette),
    chunk('IDAT', deflateSync(raw, { level: 3 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
  return {
    kind: 'picture',
    instruction: 'One van is marked at first. Choose the four stops where it stops, in its order.',
    image: image.toString('base64'),
    frames,
    width,
    height,
    frameMs,
    places,
    picks,
  };
};
