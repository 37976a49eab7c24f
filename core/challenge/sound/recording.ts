import type { Chance } from '../chance.ts';
import { engineOf } from './engine.ts';
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
const engineDb = -9;
const neighboursDb = -(+(process.env.SNR ?? 7));
/** How much quieter the neighbours are while the engine runs: the recording is equally loud throughout. */
const duckedDb = -4;
const loudest = 0.85;

/** From silence at the beginning of `sound`, to silence at its end. */
const soften = (sound: Float32Array, rise: number, fall: number): void => {
  const last = sound.length - 1;
  for (let i = 0; i < rise; i++) sound[i] = ((sound[i] as number) * i) / rise;
  for (let i = 0; i < fall; i++) sound[last - i] = ((sound[last - i] as number) * i) / fall;
};

/** One of the sounds, as if from another room, street or loudspeaker every time. */
const soundOf = (kind: number, samples: number, chance: Chance): Float32Array => {
  const sound = new Float32Array(samples);
  (voices[kind] as (typeof voices)[number]).voice(sound, chance);
  tint(sound, chance.between(300, 800), 0.7, chance.between(-14, 14));
  tint(sound, chance.between(800, 1_800), 0.7, chance.between(-14, 14));
  tint(sound, chance.between(1_800, 3_400), 0.7, chance.between(-14, 14));
  soften(sound, onset, release);
  return sound;
};

const add = (mix: Float32Array, sound: Float32Array, from: number, level: number): void => {
  const gain = level / levelOf(sound);
  for (let i = 0; i < sound.length; i++) mix[from + i] = (mix[from + i] as number) + gain * (sound[i] as number);
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

const backgroundOf = ({ from, to }: Plan['engine'], white: Float32Array, chance: Chance): Float32Array => {
  const mix = new Float32Array(length);
  for (const neighbour of neighbours) add(mix, neighbour(white, chance), 0, chance.between(0.5, 1));
  const open = decibels(neighboursDb) / levelOf(mix);
  const ducked = open * decibels(duckedDb);
  const inertia = 1 / inSamples(60);
  let gain = open;
  for (let i = 0; i < length; i++) {
    gain += inertia * ((i >= from && i < to ? ducked : open) - gain);
    mix[i] = gain * (mix[i] as number);
  }
  return mix;
};

/** The whole recording; samples from -1 to 1. */
export const recordingOf = (plan: Plan, chance: Chance): Float32Array => {
  const white = chance.noise(length);
  const mix = backgroundOf(plan.engine, white, chance);
  for (const { kind, from, samples } of plan.happenings)
    add(mix, soundOf(kind, samples, chance), from, decibels(chance.between(-3, 3)));
  echo(mix, chance);
  add(mix, engineOf(plan.engine, white, chance), plan.engine.from, decibels(engineDb));
  soften(mix, inSamples(25), inSamples(25));
  let peak = 0;
  for (let i = 0; i < length; i++) peak = Math.max(peak, Math.abs(mix[i] as number));
  for (let i = 0; i < length; i++) mix[i] = ((mix[i] as number) * loudest) / peak;
  return mix;
};
