import type { Chance } from '../chance.ts';
import { blow, runEngine } from './engine.ts';
import { levelOf, tint } from './instruments.ts';
import { neighbours } from './neighbours.ts';
import { durationMs, type Plan } from './plan.ts';
import { voices } from './voices.ts';
import { sampleRate } from './wav.ts';

const length = Math.floor((durationMs * sampleRate) / 1_000);
const inSamples = (ms: number) => Math.round((ms * sampleRate) / 1_000);
const onset = inSamples(12);
const release = inSamples(50);
const decibels = (db: number) => 10 ** (db / 20);
/** Levels in decibels against the sounds to choose from. */
const engineDb = -10;
const windDb = -11;
const neighboursDb = -7;
/** How much quieter the neighbours are while the engine runs: the recording is equally loud throughout. */
const duckedDb = -2;
const noWindDb = -12;
/** Of every recording, against the loudest that can be, before its peaks are rounded off. */
const overallLevel = 0.11;
const loudest = 0.85;
/** As much white noise as the ear does not know again. */
const noiseLength = 16_384;

/** From silence at the beginning of `sound`, to silence at its end. */
const soften = (sound: Float32Array, rise: number, fall: number): void => {
  const last = sound.length - 1;
  for (let i = 0; i < rise; i++) sound[i] = ((sound[i] as number) * i) / rise;
  for (let i = 0; i < fall; i++) sound[last - i] = ((sound[last - i] as number) * i) / fall;
};

/** One of the sounds, as if from another room, street or loudspeaker every time. */
const makeSound = (sound: Float32Array, kind: number, chance: Chance): void => {
  (voices[kind] as (typeof voices)[number]).voice(sound, chance);
  tint(sound, chance.between(300, 800), 0.7, chance.between(-17, 17));
  tint(sound, chance.between(800, 1_800), 0.7, chance.between(-17, 17));
  tint(sound, chance.between(1_800, 3_400), 0.7, chance.between(-17, 17));
  soften(sound, onset, release);
};

const add = (mix: Float32Array, sound: Float32Array, from: number, level: number): void => {
  const gain = level / levelOf(sound);
  for (let i = 0; i < sound.length; i++)
    mix[from + i] = (mix[from + i] as number) + gain * (sound[i] as number);
};

/** Walls around: what comes back from them, each time duller. */
const echo = (mix: Float32Array, chance: Chance): void => {
  const delay = inSamples(chance.between(23, 60));
  const strength = chance.between(0.15, 0.35);
  let dull = 0;
  for (let i = delay; i < mix.length; i++) {
    dull += 0.5 * ((mix[i - delay] as number) - dull);
    mix[i] = (mix[i] as number) + strength * dull;
  }
};

/** Adds a restless `sound`: `level` loud in the mean, and `db` louder than that while the engine runs. */
const surge = (
  mix: Float32Array,
  sound: Float32Array,
  { from, to }: Plan['engine'],
  level: number,
  db: number,
  chance: Chance,
): void => {
  const mean = level / levelOf(sound);
  const inertia = 1 / inSamples(40);
  let gain = mean;
  for (let start = 0; start < sound.length; ) {
    const stop = Math.min(sound.length, start + inSamples(chance.between(200, 700)));
    const aim = mean * decibels(chance.between(-8, 4.5));
    const aimWithEngine = aim * decibels(db);
    for (let i = start; i < stop; i++) {
      gain += inertia * ((i >= from && i < to ? aimWithEngine : aim) - gain);
      mix[i] = (mix[i] as number) + gain * (sound[i] as number);
    }
    start = stop;
  }
};

/** Makes `sound` as loud as every recording and rounds off the peaks above that. */
const level = (sound: Float32Array): void => {
  const gain = overallLevel / levelOf(sound);
  for (let i = 0; i < sound.length; i++) {
    const x = Math.max(-1, Math.min(1, gain * (sound[i] as number)));
    sound[i] = loudest * (1.5 * x - 0.5 * x * x * x);
  }
};

/** Fresh memory costs more than what is done with it; rendering never waits, so nobody else sees it. */
const mix = new Float32Array(length);
const layer = new Float32Array(length);
const silence = (samples: number): Float32Array => layer.subarray(0, samples).fill(0);

/** The whole recording, until the next one is made; samples from -1 to 1. */
export const recordingOf = ({ happenings, engine }: Plan, chance: Chance): Float32Array => {
  const white = chance.noise(noiseLength);
  mix.fill(0);
  const background = silence(length);
  for (const neighbour of neighbours) neighbour(background, white, chance);
  surge(mix, background, engine, decibels(neighboursDb), duckedDb, chance);
  blow(layer, white, chance);
  surge(mix, layer, engine, decibels(windDb), noWindDb, chance);
  for (const { kind, from, samples } of happenings) {
    const sound = silence(samples);
    makeSound(sound, kind, chance);
    add(mix, sound, from, decibels(chance.between(-3, 2.5)));
  }
  echo(mix, chance);
  const running = silence(engine.to - engine.from);
  runEngine(running, engine, white, chance);
  add(mix, running, engine.from, decibels(engineDb));
  soften(mix, inSamples(25), inSamples(25));
  level(mix);
  return mix;
};
