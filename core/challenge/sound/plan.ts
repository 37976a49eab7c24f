import { chanceOf } from '../chance.ts';
import { sampleRate } from './wav.ts';

/** 48,000 bytes with the header of the file; in base64 64,000, so that a task stays below 64 KB as sent. */
export const durationMs = 5_990;
export const kinds = 8;
export const picks = 4;
/** Sounds before the engine starts or after it stops. */
const others = 2;

const inSamples = (milliseconds: number) => Math.round((milliseconds * sampleRate) / 1_000);

/** One sound; in samples. */
export interface Happening {
  kind: number;
  from: number;
  samples: number;
}

/** What happens in a recording: sounds in the order of time; an engine runs while those of the answer come. */
export interface Plan {
  happenings: readonly Happening[];
  /** Which of them come while the engine runs: from `first`, as many as are to be picked. */
  first: number;
  engine: { from: number; to: number; isStartHeard: boolean; isStopHeard: boolean };
}

const engineStartMs = 430;
const engineStopMs = 300;

export const planOf = (seed: string): Plan => {
  const chance = chanceOf(seed, 'plan');
  const order = Array.from({ length: kinds }, (_, kind) => kind);
  for (let i = 0; i < picks + others; i++) {
    const j = i + chance.below(kinds - i);
    [order[i], order[j]] = [order[j] as number, order[i] as number];
  }
  const first = chance.below(others + 1);
  const count = picks + others;
  const lengths = Array.from({ length: count }, () => chance.between(420, 800));
  const isStartHeard = first > 0;
  const isStopHeard = first < others;
  const rests = Array.from({ length: count + 1 }, (_, i) =>
    chance.between(i === 0 || i === count ? 0.2 : 0.3, 1),
  );
  const fixed =
    lengths.reduce((sum, length) => sum + length, 0) +
    (isStartHeard ? engineStartMs : 0) +
    (isStopHeard ? engineStopMs : 0);
  const restMs = (durationMs - fixed - 60) / rests.reduce((sum, rest) => sum + rest, 0);
  let at = 30;
  let [from, to] = [0, durationMs];
  const happenings = lengths.map((length, i) => {
    if (i === first && isStartHeard) {
      from = at + 0.3 * restMs * (rests[i] as number);
      at += engineStartMs;
    }
    if (i === first + picks) {
      to = at + 0.3 * restMs * (rests[i] as number) + engineStopMs;
      at += engineStopMs;
    }
    at += restMs * (rests[i] as number);
    const happening = { kind: order[i] as number, from: inSamples(at), samples: inSamples(length) };
    at += length;
    return happening;
  });
  return {
    happenings,
    first,
    engine: { from: inSamples(from), to: inSamples(to), isStartHeard, isStopHeard },
  };
};
