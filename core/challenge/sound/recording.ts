import type { Chance } from './chance.ts';
import { tint } from './instruments.ts';
import { durationMs, type Plan } from './plan.ts';
import { engineOf, levelOf, windOf } from './street.ts';
import { voices } from './voices.ts';
import { sampleRate } from './wav.ts';

const length = Math.floor((durationMs * sampleRate) / 1_000);
const ramp = 0.012 * sampleRate;
const release = 0.05 * sampleRate;
const nearLevel = 0.2;
const loudest = 0.9;

/** Adds `sound` to `mix`, as loud as `level`, from silence and back to silence. */
const place = (mix: Float32Array, sound: Float32Array, from: number, level: number): void => {
  const gain = level / levelOf(sound);
  for (let i = 0; i < sound.length; i++) {
    const edge = Math.min(1, i / ramp, (sound.length - 1 - i) / release);
    mix[from + i] = (mix[from + i] as number) + gain * edge * (sound[i] as number);
  }
};

const soundOf = (kind: number, samples: number, chance: Chance): Float32Array => {
  const sound = new Float32Array(samples);
  (voices[kind] as (typeof voices)[number]).voice(sound, samples, chance);
  tint(sound, chance.between(300, 3_000), 0.8, chance.between(-8, 8));
  tint(sound, chance.between(300, 3_000), 0.8, chance.between(-8, 8));
  return sound;
};

/** Walls around: what comes back from them, each time duller. */
const echo = (mix: Float32Array, chance: Chance): void => {
  const delay = Math.round(sampleRate * chance.between(0.023, 0.06));
  const strength = chance.between(0.15, 0.35);
  let dull = 0;
  for (let i = delay; i < mix.length; i++) {
    dull += 0.5 * ((mix[i - delay] as number) - dull);
    mix[i] = (mix[i] as number) + strength * dull;
  }
};

/** The whole recording; samples from -1 to 1. */
export const recordingOf = (plan: Plan, chance: Chance): Float32Array => {
  const mix = new Float32Array(length);
  for (const { kind, from, samples } of plan.happenings)
    place(mix, soundOf(kind, samples, chance), from, nearLevel * 10 ** (chance.between(-2, 2) / 20));
  echo(mix, chance);
  const street = chance.between(0.045, 0.06);
  const { from, to } = plan.engine;
  const engine = engineOf(plan.engine, chance);
  for (let i = from; i < to; i++) mix[i] = (mix[i] as number) + street * (engine[i - from] as number);
  const wind = windOf(length, chance);
  let calm = 1;
  for (let i = 0; i < length; i++) {
    const runs = i > from + 0.1 * sampleRate && i < to - 0.2 * sampleRate;
    calm += ((runs ? 0.35 : 1) - calm) / (0.05 * sampleRate);
    mix[i] = (mix[i] as number) + street * calm * (wind[i] as number);
  }
  let peak = loudest;
  for (let i = 0; i < length; i++) peak = Math.max(peak, Math.abs(mix[i] as number));
  const fade = 0.025 * sampleRate;
  for (let i = 0; i < length; i++)
    mix[i] = ((mix[i] as number) * loudest * Math.min(1, i / fade, (length - 1 - i) / fade)) / peak;
  return mix;
};
