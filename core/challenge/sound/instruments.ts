import { sampleRate } from './wav.ts';

const sineSteps = 4_096;
const sine = Float32Array.from({ length: sineSteps }, (_, i) => Math.sin((2 * Math.PI * i) / sineSteps));
const sineMask = sineSteps - 1;
/** Pitch, timbre and swelling are looked at once in this many samples (4 ms). */
const control = 32;
const highest = 0.46 * sampleRate;
const mostHarmonics = 40;

/** From 0 up to 1 over the first `rise` of a sound and back to 0 over its last `fall`; `u` from 0 to 1. */
export const swell = (u: number, rise: number, fall: number): number => {
  const edge = Math.min(1, u / rise, (1 - u) / fall);
  return edge <= 0 ? 0 : edge * edge * (3 - 2 * edge);
};

/** A curve through places and their values, `[u0, value0, u1, value1, ...]` in the order of u. */
export const along = (points: readonly number[], u: number): number => {
  let from = points[1] as number;
  let fromU = points[0] as number;
  for (let i = 2; i < points.length; i += 2) {
    const toU = points[i] as number;
    const to = points[i + 1] as number;
    if (u < toU) return from + ((to - from) * (u - fromU)) / (toU - fromU);
    from = to;
    fromU = toU;
  }
  return from;
};

/** How much of `hz` passes a resonance at `centre` with a width in Hz. */
export const formant = (hz: number, centre: number, width: number): number => {
  const off = (hz - centre) / width;
  return 1 / (1 + off * off);
};

/** A sound with a pitch: harmonics as a throat or a horn gives them. `u` goes from 0 to 1 in the sound. */
export interface Song {
  from: number;
  samples: number;
  pitch: (u: number) => number;
  gain: (u: number) => number;
  /** At u, the strength of the k-th harmonic at `hz`. */
  timbre: (u: number) => (hz: number, k: number) => number;
  /** Any number: where in their waves the harmonics begin. */
  phase: number;
}

export const sing = (out: Float32Array, { from, samples, pitch, gain, timbre, phase }: Song): void => {
  const end = Math.min(out.length, from + samples);
  const places = Float64Array.from(
    { length: mostHarmonics },
    (_, k) => ((phase * k * k * 977) % 1) * sineSteps,
  );
  const levels = new Float64Array(mostHarmonics);
  for (let start = from; start < end; start += control) {
    const stop = Math.min(end, start + control);
    const u = Math.min(1, (start + control - from) / samples);
    const hz = pitch(u);
    const loudness = gain(u);
    const shape = timbre(u);
    for (let k = 1; k < mostHarmonics; k++) {
      let level = levels[k] as number;
      const next = k * hz > highest ? 0 : loudness * shape(k * hz, k);
      if (level === 0 && next === 0) {
        if (k * hz > highest) break;
        continue;
      }
      const step = (k * hz * sineSteps) / sampleRate;
      const rise = (next - level) / control;
      let at = places[k] as number;
      for (let i = start; i < stop; i++) {
        out[i] = (out[i] as number) + level * (sine[at & sineMask] as number);
        at += step;
        level += rise;
      }
      places[k] = at;
      levels[k] = next;
    }
  }
};

export interface Partial {
  hz: number;
  gain: number;
  /** Seconds until a third is left. */
  decay: number;
}

/** Something struck: `partials` that die away, loudest after `rise` samples because the hammer is soft. */
export const strike = (
  out: Float32Array,
  {
    from,
    samples,
    rise,
    partials,
  }: { from: number; samples: number; rise: number; partials: readonly Partial[] },
): void => {
  for (const { hz, gain, decay } of partials) {
    if (hz > highest) continue;
    const inaudible = Math.round(5 * decay * sampleRate);
    const end = Math.min(out.length, from + Math.min(samples, inaudible));
    const step = (hz * sineSteps) / sampleRate;
    const fade = Math.exp(-1 / (decay * sampleRate));
    let level = gain;
    let at = 0;
    const top = Math.min(end, from + rise);
    for (let i = from; i < end; i++) {
      const value = level * (sine[at & sineMask] as number);
      out[i] = (out[i] as number) + (i < top ? (value * (i - from)) / rise : value);
      at += step;
      level *= fade;
    }
  }
};

/** A syllable from far away: pulses of a throat through resonances that glide from one frequency to another. */
export interface Syllable {
  from: number;
  samples: number;
  hz: number;
  formants: readonly (readonly [number, number])[];
  gain: number;
}

export const speak = (out: Float32Array, { from, samples, hz, formants, gain }: Syllable): void => {
  const narrow = 0.965;
  const end = Math.min(out.length, from + samples);
  const step = hz / sampleRate;
  for (const [first, last] of formants) {
    let y1 = 0;
    let y2 = 0;
    let turn = 0;
    for (let start = from; start < end; start += control) {
      const stop = Math.min(end, start + control);
      const u = (start - from) / samples;
      const a1 = 2 * narrow * Math.cos((2 * Math.PI * (first + (last - first) * u)) / sampleRate);
      const loudness = gain * swell(u + control / 2 / samples, 0.25, 0.4);
      for (let i = start; i < stop; i++) {
        turn += step;
        let y = a1 * y1 - narrow * narrow * y2;
        if (turn >= 1) {
          turn -= 1;
          y += 1;
        }
        y2 = y1;
        y1 = y;
        out[i] = (out[i] as number) + loudness * y;
      }
    }
  }
};

/** A band around `hz`; a higher `q` is narrower. (R. Bristow-Johnson, Cookbook: BPF.) */
const bandOf = (hz: number, q: number) => {
  const w = (2 * Math.PI * hz) / sampleRate;
  const alpha = Math.sin(w) / (2 * q);
  return { b: alpha / (1 + alpha), a1: (-2 * Math.cos(w)) / (1 + alpha), a2: (1 - alpha) / (1 + alpha) };
};

/** Leaves of `sound` what is around `hz`, in place. */
export const bandPass = (sound: Float32Array, hz: number, q: number): void => {
  const { b, a1, a2 } = bandOf(hz, q);
  let x1 = 0;
  let x2 = 0;
  let y1 = 0;
  let y2 = 0;
  for (let i = 0; i < sound.length; i++) {
    const x = sound[i] as number;
    const y = b * (x - x2) - a1 * y1 - a2 * y2;
    x2 = x1;
    x1 = x;
    y2 = y1;
    y1 = y;
    sound[i] = y;
  }
};

/** Leaves of `sound` what is around `low` and, `share` times as strong, what is around `high`, in place. */
export const twoBands = (sound: Float32Array, low: number, high: number, share: number): void => {
  const first = bandOf(low, 1);
  const second = bandOf(high, 1);
  let x1 = 0;
  let x2 = 0;
  let y1 = 0;
  let y2 = 0;
  let z1 = 0;
  let z2 = 0;
  for (let i = 0; i < sound.length; i++) {
    const x = sound[i] as number;
    const y = first.b * (x - x2) - first.a1 * y1 - first.a2 * y2;
    const z = second.b * (x - x2) - second.a1 * z1 - second.a2 * z2;
    x2 = x1;
    x1 = x;
    y2 = y1;
    y1 = y;
    z2 = z1;
    z1 = z;
    sound[i] = y + share * z;
  }
};

/** Lifts or lowers what is around `hz` in `sound` by `db`, in place. (Cookbook: peakingEQ.) */
export const tint = (sound: Float32Array, hz: number, q: number, db: number): void => {
  const w = (2 * Math.PI * hz) / sampleRate;
  const alpha = Math.sin(w) / (2 * q);
  const a = 10 ** (db / 40);
  const a0 = 1 + alpha / a;
  const b0 = (1 + alpha * a) / a0;
  const b2 = (1 - alpha * a) / a0;
  const a1 = (-2 * Math.cos(w)) / a0;
  const a2 = (1 - alpha / a) / a0;
  let x1 = 0;
  let x2 = 0;
  let y1 = 0;
  let y2 = 0;
  for (let i = 0; i < sound.length; i++) {
    const x = sound[i] as number;
    const y = b0 * x + a1 * (x1 - y1) + b2 * x2 - a2 * y2;
    x2 = x1;
    x1 = x;
    y2 = y1;
    y1 = y;
    sound[i] = y;
  }
};

/** The level of a sound: the root of its mean power. */
export const levelOf = (sound: Float32Array): number => {
  let power = 0;
  for (let i = 0; i < sound.length; i++) power += (sound[i] as number) * (sound[i] as number);
  return Math.sqrt(power / sound.length);
};
