import { createChallenge } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/web/pbkdf2';
import type { TaskOf } from '#contract/challenges.ts';
import { indexedPng } from './png.ts';

type Unnamed<T> = Omit<T, 'taskId'>;

const greys = Array.from({ length: 256 }, (_, shade) => shade * 0x010101);

const places = [
  { x: 0.15, y: 0.2 },
  { x: 0.5, y: 0.14 },
  { x: 0.85, y: 0.22 },
  { x: 0.28, y: 0.52 },
  { x: 0.7, y: 0.5 },
  { x: 0.14, y: 0.82 },
  { x: 0.5, y: 0.86 },
  { x: 0.86, y: 0.8 },
];

/** A light dot that goes to the places of the answer, one after the other. */
export const pictureOf = (answer: readonly number[]): Unnamed<TaskOf<'picture'>> => {
  const [width, height, framesPerPlace] = [240, 180, 4];
  const frames = framesPerPlace * answer.length;
  const image = indexedPng(width, height * frames, greys, (x, y) => {
    const at = places[answer[Math.floor(Math.floor(y / height) / framesPerPlace)] ?? 0] ?? { x: 0, y: 0 };
    const near = Math.hypot(x - at.x * width, (y % height) - at.y * height) < 9;
    return near ? 240 : 96 + ((x >> 4) ^ ((y % height) >> 4)) * 6;
  });
  return {
    kind: 'picture',
    instruction: 'Pick the stops where the light was, in its order.',
    image: image.toString('base64'),
    frames,
    width,
    height,
    frameMs: 60,
    places,
    picks: answer.length,
  };
};

const names = ['A bell', 'A dog', 'Rain', 'A train', 'Steps', 'A door', 'A clock', 'A horn'];

/** A tone for each sound of the answer: the lower the later in the list. */
export const soundOf = (answer: readonly number[]): Unnamed<TaskOf<'sound'>> => {
  const [rate, toneMs] = [8_000, 150];
  const perTone = (rate * toneMs) / 1_000;
  const samples = Buffer.alloc(answer.length * perTone * 2);
  for (let i = 0; i < answer.length * perTone; i += 1) {
    const hertz = 1_000 - 80 * (answer[Math.floor(i / perTone)] ?? 0);
    samples.writeInt16LE(Math.round(8_000 * Math.sin((2 * Math.PI * hertz * i) / rate)), i * 2);
  }
  const header = Buffer.alloc(44);
  header.write('RIFF');
  header.writeUInt32LE(36 + samples.length, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(rate * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(samples.length, 40);
  return {
    kind: 'sound',
    instruction: 'Choose the sounds in the order in which you hear them.',
    audio: Buffer.concat([header, samples]).toString('base64'),
    durationMs: answer.length * toneMs,
    choices: names.map((name, n) => ({ n, name })),
    picks: answer.length,
  };
};

export const workOf = async (counter: number): Promise<Unnamed<TaskOf<'work'>>> => {
  const { parameters, signature } = await createChallenge({
    algorithm: 'PBKDF2/SHA-256',
    cost: 100,
    counter,
    deriveKey,
    hmacSignatureSecret: 'of the stand-in',
  });
  return { kind: 'work', work: { parameters: { ...parameters }, ...(signature && { signature }) } };
};
