import type { TaskOf } from '#contract/challenges.ts';
import type { TaskFacts } from '../task-facts.ts';
import { pngOf, rowLength } from './png.ts';
import {
  arrivals,
  boatRadius,
  frameMs,
  frames,
  height,
  markFrames,
  picks,
  piers,
  positionOf,
  roofRadius,
  sceneOf,
  width,
} from './scene.ts';
import { groundWidth, shades, waterOf } from './water.ts';

const instruction =
  'One boat is marked at the beginning. Follow it and remember what it carries: at each stop it meets another boat. ' +
  'Choose the five stops in the order in which it comes to them.';

/** Dark to light; then rims, hulls, cargo, the mark, roofs. */
const palette = Uint8Array.from(
  [
    [92, 150, 168],
    [104, 162, 178],
    [118, 174, 188],
    [134, 186, 198],
    [16, 40, 54],
    [28, 66, 84],
    [236, 244, 246],
    [255, 255, 255],
    [44, 52, 58],
    [74, 84, 90],
  ].flat(),
);
const [rimShade, hullShade, cargoShade, markShade, roofShade, stripeShade] = [0, 1, 2, 3, 4, 5].map(
  (offset) => shades + offset,
) as [number, number, number, number, number, number];
/** The fastest that stays below the size: more effort takes twice the time for a tenth of the bytes. */
const level = 3;

/** A shape around a centre, row by row: each span as its row and its two ends, the second one not in it. */
const spansWhere = (wanted: (dx: number, dy: number) => boolean): Int8Array => {
  const spans: number[] = [];
  for (let dy = -roofRadius; dy <= roofRadius; dy += 1)
    for (let dx = -roofRadius; dx <= roofRadius; dx += 1) {
      if (!wanted(dx, dy)) continue;
      if (spans.at(-3) === dy && spans.at(-1) === dx) spans[spans.length - 1] = dx + 1;
      else spans.push(dy, dx, dx + 1);
    }
  return Int8Array.from(spans);
};
/** A rounded square. */
const edge = (dx: number, dy: number) => (dx ** 4 + dy ** 4) ** 0.25;
const round = (dx: number, dy: number) => Math.hypot(dx, dy);
const mark = spansWhere((dx, dy) => edge(dx, dy) < boatRadius + 2);
const rim = spansWhere((dx, dy) => edge(dx, dy) < boatRadius + 0.4);
const hull = spansWhere((dx, dy) => edge(dx, dy) < boatRadius - 0.5);
const roof = spansWhere((dx, dy) => round(dx, dy) <= roofRadius);
const stripes = spansWhere((dx, dy) => round(dx, dy) <= roofRadius - 1 && (dy & 3) === 0);
/** A ring, a cross, a bar: told apart by shape alone. */
const cargoShapes = [
  spansWhere((dx, dy) => round(dx, dy) >= 2.2 && round(dx, dy) < 4),
  spansWhere((dx, dy) => (dx === 0 || dy === 0) && Math.abs(dx) + Math.abs(dy) <= 4),
  spansWhere((dx, dy) => Math.abs(dy) <= 1 && Math.abs(dx) <= 4),
];

export const pictureFacts = (seed: string): TaskFacts => {
  const scene = sceneOf(seed);
  return {
    mode: 'picture',
    answer: scene.answer,
    choices: piers,
    durationMs: frames * frameMs,
    moments: arrivals(),
    places: scene.piers.map(({ x, y }) => ({ x: x / width, y: y / height })),
  };
};

const rowsOf = (seed: string): Uint8Array => {
  const scene = sceneOf(seed);
  const { ground, shiftOf } = waterOf(seed);
  const stride = rowLength(width);
  // The ground lies in front of the rows: copying inside of one array takes no view for each row.
  const all = new Uint8Array(ground.length + stride * height * frames);
  all.set(ground);
  const rows = all.subarray(ground.length);
  /** Row y of every frame, then row y + 1: each row lies beside those that it resembles. */
  const start = (y: number, frame: number) => (y * frames + frame) * stride + 1;
  for (let y = 0; y < height; y += 1)
    for (let frame = 0; frame < frames; frame += 1) {
      const from = y * groundWidth + shiftOf(y, frame);
      all.copyWithin(ground.length + start(y, frame), from, from + width);
    }

  const paint = (frame: number, left: number, top: number, spans: Int8Array, shade: number) => {
    for (let i = 0; i < spans.length; i += 3) {
      const y = top + (spans[i] as number);
      if (y < 0 || y >= height) continue;
      const from = Math.max(0, left + (spans[i + 1] as number));
      const to = Math.min(width, left + (spans[i + 2] as number));
      const row = start(y, frame);
      for (let x = from; x < to; x += 1) rows[row + x] = shade;
    }
  };
  for (let frame = 0; frame < frames; frame += 1) {
    scene.boats.forEach((ways, boat) => {
      const position = positionOf(ways, frame);
      const [left, top] = [Math.round(position.x), Math.round(position.y)];
      if (boat === 0 && frame < markFrames - 1) paint(frame, left, top, mark, markShade);
      paint(frame, left, top, rim, rimShade);
      paint(frame, left, top, hull, hullShade);
      paint(frame, left, top, cargoShapes[scene.cargo[boat] as number] as Int8Array, cargoShade);
    });
    for (const { x, y } of scene.piers) {
      paint(frame, Math.round(x), Math.round(y), roof, roofShade);
      paint(frame, Math.round(x), Math.round(y), stripes, stripeShade);
    }
  }
  return rows;
};

export const renderPicture = (seed: string): Omit<TaskOf<'picture'>, 'taskId'> => ({
  kind: 'picture',
  instruction,
  image: pngOf(rowsOf(seed), { width, height: height * frames, palette, level }).toString('base64'),
  frames,
  width,
  height,
  frameMs,
  places: pictureFacts(seed).places as { x: number; y: number }[],
  picks,
});
