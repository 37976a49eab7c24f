import { sampleRate } from './wav.ts';

const sineSteps = 4_096;
const sine = Float32Array.from({ length: sineSteps }, (_, i) => Math.sin((2 * Math.PI * i) / sineSteps));
/** Pitch and timbre are looked at once in this many samples (4 ms). */
const control = 32;
const highest = 0.46 * sampleRate;

/** From 0 up to 1 over the first `rise` and back to 0 over the last `fall` of a sound; `u` from 0 to 1. */
export const swell = (u: number, rise: number, fall: number): number => {
  const edge = Math.min(1, u / rise, (1 - u) / fall);
  return edge <= 0 ? 0 : edge * edge * (3 - 2 * edge);
};

/** A line through points (u, value) in the order of u. */
export const along = (points: readonly (readonly [number, number])[], u: number): number => {
  let [fromU, from] = points[0] as readonly [number, number];
  for (const [toU, to] of points) {
    if (u < toU) return from + ((to - from) * (u - fromU)) / (toU - fromU);
    [fromU, from] = [toU, to];
  }
  return from;
};

/** How much of `hz` passes a resonance at `centre` with a width in Hz. */
export const formant = (hz: number, centre: number, width: number): number => {
  const off = (hz - centre) / width;
  return 1 / (1 + off * off);
};

/** A sound with a pitch: harmonics as a throat or a horn gives them. All functions of u, from 0 to 1 in the sound. */
export interface Song {
  from: number;
  samples: number;
  pitch: (u: number) => number;
  gain: (u: number) => number;
  /** Of the k-th harmonic at `hz`. */
  timbre: (hz: number, u: number, k: number) => number;
  /** Any number: where in their waves the harmonics begin. */
  phase: number;
}

export const sing = (out: Float32Array, { from, samples, pitch, gain, timbre, phase }: Song): void => {
  const end = Math.min(out.length, from + samples);
  let top = 1;
  for (let u = 0; u <= 1; u += 0.125) top = Math.max(top, Math.floor(highest / pitch(u)));
  for (let k = 1; k <= top; k++) {
    let at = ((phase * k * k * 977) % 1) * sineSteps;
    let level = 0;
    for (let start = from; start < end; start += control) {
      const stop = Math.min(end, start + control);
      const u = Math.min(1, (start + control - from) / samples);
      const hz = k * pitch(u);
      const next = hz > highest ? 0 : gain(u) * timbre(hz, u, k);
      if (level === 0 && next === 0) continue;
      const step = (hz * sineSteps) / sampleRate;
      const rise = (next - level) / control;
      for (let i = start; i < stop; i++) {
        out[i] = (out[i] as number) + level * (sine[at & (sineSteps - 1)] as number);
        at += step;
        level += rise;
      }
      level = next;
    }
  }
};

/** A struck thing: partials that die away, each from its own strength. */
export interface Strike {
  from: number;
  samples: number;
  partials: readonly { hz: number; gain: number; /** Seconds to a third. */ decay: number }[];
  /** Samples until it is at its loudest: a soft hammer. */
  rise: number;
}

export const strike = (out: Float32Array, { from, samples, partials, rise }: Strike): void => {
  const end = Math.min(out.length, from + samples);
  for (const { hz, gain, decay } of partials) {
    if (hz > highest) continue;
    const step = (hz * sineSteps) / sampleRate;
    const fade = Math.exp(-1 / (decay * sampleRate));
    let level = gain;
    let at = 0;
    for (let i = from; i < end; i++) {
      const soft = i - from < rise ? (i - from) / rise : 1;
      out[i] = (out[i] as number) + soft * level * (sine[at & (sineSteps - 1)] as number);
      at += step;
      level *= fade;
    }
  }
};

/** What a resonance at `hz` with quality `q` lets through of `input`, in place. (R. Bristow-Johnson, Cookbook: BPF.) */
export const bandPass = (input: Float32Array, hz: number, q: number): Float32Array => {
  const w = (2 * Math.PI * hz) / sampleRate;
  const alpha = Math.sin(w) / (2 * q);
  const a0 = 1 + alpha;
  const b = alpha / a0;
  const a1 = (-2 * Math.cos(w)) / a0;
  const a2 = (1 - alpha) / a0;
  let [x1, x2, y1, y2] = [0, 0, 0, 0];
  for (let i = 0; i < input.length; i++) {
    const x = input[i] as number;
    const y = b * (x - x2) - a1 * y1 - a2 * y2;
    x2 = x1;
    x1 = x;
    y2 = y1;
    y1 = y;
    input[i] = y;
  }
  return input;
};

/** Lifts or lowers what is around `hz` by `db`, in place. (Cookbook: peakingEQ.) */
export const tint = (input: Float32Array, hz: number, q: number, db: number): void => {
  const w = (2 * Math.PI * hz) / sampleRate;
  const alpha = Math.sin(w) / (2 * q);
  const a = 10 ** (db / 40);
  const a0 = 1 + alpha / a;
  const b0 = (1 + alpha * a) / a0;
  const b2 = (1 - alpha * a) / a0;
  const a1 = (-2 * Math.cos(w)) / a0;
  const a2 = (1 - alpha / a) / a0;
  let [x1, x2, y1, y2] = [0, 0, 0, 0];
  for (let i = 0; i < input.length; i++) {
    const x = input[i] as number;
    const y = b0 * x + a1 * (x1 - y1) + b2 * x2 - a2 * y2;
    x2 = x1;
    x1 = x;
    y2 = y1;
    y1 = y;
    input[i] = y;
  }
};
