import type { Chance } from '../chance.ts';
import { bandPass, speak, strike, swell } from './instruments.ts';
import { sampleRate } from './wav.ts';

/** Adds what goes on in the background and is nothing that can be chosen, at a level of about 0.75. */
type Neighbour = (out: Float32Array, white: Float32Array, chance: Chance) => void;

/** People who talk, too far away to be understood. */
const talk: Neighbour = (out, _white, chance) => {
  const gain = chance.between(0.7, 1.3);
  for (let at = 0; at < out.length; ) {
    const samples = Math.round(sampleRate * chance.between(0.1, 0.24));
    const between = (low: number, high: number) =>
      [chance.between(low, high), chance.between(low, high)] as const;
    speak(out, {
      from: at,
      samples,
      hz: chance.between(105, 230),
      formants: [between(300, 850), between(900, 2_300)],
      gain,
    });
    at += Math.round(samples * chance.between(0.85, 1.5));
  }
};

const fiveToneScale = [0, 2, 4, 7, 9, 12, 14, 16, 19, 21];

/** A radio: plucked notes. */
const radio: Neighbour = (out, _white, chance) => {
  const gain = chance.between(1.6, 3.2);
  const root = chance.between(330, 620);
  const beat = sampleRate * chance.between(0.12, 0.2);
  const bright = chance.between(0.3, 0.8);
  const decay = chance.between(0.04, 0.12);
  for (let at = 0; at < out.length; at += beat) {
    if (chance.below(4) === 0) continue;
    const hz = root * 2 ** ((fiveToneScale[chance.below(fiveToneScale.length)] as number) / 12);
    strike(out, {
      from: Math.round(at),
      samples: out.length,
      rise: 60,
      partials: [1, 2].map((k) => ({ hz: hz * k, gain: gain * bright ** (k - 1), decay: decay / k })),
    });
  }
};

/** Work with boxes and paper: noise in bursts of all lengths and colours. */
const work: Neighbour = (out, white, chance) => {
  const loudest = chance.between(13, 26);
  for (let at = 0; at < out.length; ) {
    const samples = Math.round(sampleRate * chance.between(0.04, 0.25));
    const from = chance.below(white.length - samples);
    const burst = white.slice(from, from + samples);
    bandPass(burst, chance.between(350, 3_000), chance.between(0.7, 2));
    const loudness = loudest * chance.between(0, 1);
    const end = Math.min(samples, out.length - at);
    let gain = 0;
    for (let i = 0; i < end; i++) {
      if (i % 16 === 0) gain = loudness * swell((i + 8) / samples, 0.1, 0.8);
      out[at + i] = (out[at + i] as number) + gain * (burst[i] as number);
    }
    at += samples;
  }
};

export const neighbours: readonly Neighbour[] = [talk, radio, work];
