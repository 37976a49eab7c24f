import { picks, planOf } from '#core/challenge/sound/plan.ts';
import { renderSound } from '#core/challenge/sound/sound-task.ts';
import { bands, beatOf, frameMs, logMelOf, samplesOf } from './sound-features.ts';

export const kinds = 8;
export const soundsInAll = 6;
/** How many rows around the middle of a sound are compared: 0.64 s. */
export const patchRows = 32;
export const patchSize = patchRows * bands;

export interface Heard {
  /** Which sounds there are, in order, and the row in the middle of each. */
  sounds: readonly { kind: number; row: number }[];
  isEngineOn(row: number): boolean;
  rows: readonly Float32Array[];
  beat: Float64Array;
}

/** What all of the attackers look at. */
export const listen = (audio: string): Pick<Heard, 'rows' | 'beat'> => {
  const { samples, rate } = samplesOf(audio);
  const rows = logMelOf(samples, rate);
  return { rows, beat: beatOf(samples, rate, rows.length) };
};

const rowAt = (sample: number) => Math.round(sample / 8 / frameMs - 0.8);

/** Tasks that the attacker makes with the published source, so that he knows what is in them. */
const study = (count: number): Heard[] =>
  Array.from({ length: count }, (_, n) => {
    const seed = `study-${n}`;
    const { happenings, engine } = planOf(seed);
    return {
      ...listen(renderSound(seed).audio),
      sounds: happenings.map(({ kind, from, samples }) => ({ kind, row: rowAt(from + samples / 2) })),
      isEngineOn: (row) => row >= rowAt(engine.from) && row < rowAt(engine.to),
    };
  });

let studied: Heard[] | undefined;
export const studiedTasks = (): readonly Heard[] => {
  studied ??= study(600);
  return studied;
};

/** The rows around `middle`, one after the other. */
export const patchOf = (rows: readonly Float32Array[], middle: number): Float32Array => {
  const patch = new Float32Array(patchSize);
  for (let i = 0; i < patchRows; i++) {
    const row = Math.min(rows.length - 1, Math.max(0, middle + i - patchRows / 2));
    patch.set(rows[row] as Float32Array, i * bands);
  }
  return patch;
};

/** For how many sounds were before the engine started, the one at which `isOn` (above 0: on) fits best. */
export const firstInEngine = (middles: readonly number[], isOn: Float64Array): number => {
  const between = (i: number) => Math.round(((middles[i - 1] as number) + (middles[i] as number)) / 2);
  const fit = Array.from({ length: soundsInAll - picks + 1 }, (_, first) => {
    const from = first === 0 ? 0 : between(first);
    const to = first + picks === soundsInAll ? isOn.length : between(first + picks);
    return isOn.reduce((sum, value, row) => sum + (row >= from && row < to ? value : -value), 0);
  });
  return fit.indexOf(Math.max(...fit));
};

/** Middles of the sounds: the six places, as far apart as sounds are, at which `score` is highest in sum. */
export const bestPlaces = (score: Float64Array): number[] => {
  const [closest, farthest] = [26, 88];
  const sums = [score];
  const before: Int32Array[] = [new Int32Array(score.length)];
  for (let n = 1; n < soundsInAll; n++) {
    const last = sums[n - 1] as Float64Array;
    const sum = new Float64Array(score.length).fill(Number.NEGATIVE_INFINITY);
    const from = new Int32Array(score.length);
    for (let row = closest; row < score.length; row++)
      for (let gap = closest; gap <= Math.min(farthest, row); gap++) {
        const value = (last[row - gap] as number) + (score[row] as number);
        if (value > (sum[row] as number)) {
          sum[row] = value;
          from[row] = row - gap;
        }
      }
    sums.push(sum);
    before.push(from);
  }
  const final = sums[soundsInAll - 1] as Float64Array;
  const places = [final.indexOf(Math.max(...final))];
  for (let n = soundsInAll - 1; n > 0; n--)
    places.unshift((before[n] as Int32Array)[places[0] as number] as number);
  return places;
};

/** One kind for each place, none twice, with the highest sum of `scores`. */
export const assign = (scores: readonly ArrayLike<number>[]): number[] => {
  let ways = new Map([[0, { sum: 0, chosen: [] as number[] }]]);
  for (const score of scores) {
    const next: typeof ways = new Map();
    for (const [used, { sum, chosen }] of ways)
      for (let kind = 0; kind < kinds; kind++) {
        if (used & (1 << kind)) continue;
        const better = sum + (score[kind] as number);
        const known = next.get(used | (1 << kind));
        if (!known || known.sum < better)
          next.set(used | (1 << kind), { sum: better, chosen: [...chosen, kind] });
      }
    ways = next;
  }
  return [...ways.values()].reduce((best, way) => (way.sum > best.sum ? way : best)).chosen;
};

/** Mean and spread of every number of the patches. */
export const spreadOf = (patches: readonly Float32Array[]) => {
  const size = (patches[0] as Float32Array).length;
  const mean = new Float64Array(size);
  const spread = new Float64Array(size);
  for (const patch of patches)
    for (let i = 0; i < size; i++) mean[i] = (mean[i] as number) + (patch[i] as number) / patches.length;
  for (const patch of patches)
    for (let i = 0; i < size; i++)
      spread[i] = (spread[i] as number) + ((patch[i] as number) - (mean[i] as number)) ** 2 / patches.length;
  return {
    mean,
    normalise: (patch: Float32Array): Float32Array =>
      patch.map((value, i) => (value - (mean[i] as number)) / (Math.sqrt(spread[i] as number) + 0.05)),
  };
};
