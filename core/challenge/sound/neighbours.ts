import type { Chance } from '../chance.ts';
import { bandPass, speak, strike, swell } from './instruments.ts';
import { sampleRate } from './wav.ts';

/** Adds to silence what goes on in the background all the time and is nothing that can be chosen. */
type Neighbour = (out: Float32Array, white: Float32Array, chance: Chance) => void;

/** People who talk, too far away to be understood. */
const talk: Neighbour = (out, _white, chance) => {
  for (let at = 0; at < out.length; ) {
    const samples = Math.round(sampleRate * chance.between(0.1, 0.24));
    const between = (low: number, high: number) => [chance.between(low, high), chance.between(low, high)] as const;
    speak(out, {
      from: at,
      samples,
      hz: chance.between(105, 230),
      formants: [between(300, 850), between(900, 2_300)],
    });
    at += Math.round(samples * chance.between(0.85, 1.5));
  }
};

const fiveToneScale = [0, 2, 4, 7, 9, 12, 14, 16, 19, 21];

/** A radio: plucked notes. */
const radio: Neighbour = (out, _white, chance) => {
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
      partials: [1, 2].map((k) => ({ hz: hz * k, gain: bright ** (k - 1), decay: decay / k })),
    });
  }
};

/** Work with boxes and paper: noise in bursts of all lengths and colours. */
const work: Neighbour = (out, white, chance) => {
  for (let at = 0; at < out.length; ) {
    const burst = out.subarray(at, at + Math.round(sampleRate * chance.between(0.04, 0.25)));
    const from = chance.below(white.length - burst.length);
    burst.set(white.subarray(from, from + burst.length));
    bandPass(burst, chance.between(350, 3_000), chance.between(0.7, 2));
    const loudness = chance.between(0, 1);
    let gain = 0;
    for (let i = 0; i < burst.length; i++) {
      if (i % 16 === 0) gain = loudness * swell((i + 8) / burst.length, 0.1, 0.8);
      burst[i] = (burst[i] as number) * gain;
    }
    at += burst.length;
  }
};

export const neighbours: readonly Neighbour[] = [talk, radio, work];
