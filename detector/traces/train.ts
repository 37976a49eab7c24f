import { createHash } from 'node:crypto';
import type { InputKind } from '#core/challenge/grading/read-trace.ts';
import { traceFeatures } from '#core/challenge/grading/trace-features.ts';
import { gradeShape, type TraceModel, weighEvidence } from '#core/challenge/grading/trace-model.ts';
import { type FitOptions, fitColumns } from './fit.ts';
import { type KnownSample, machineSamples, type Passed, peopleSamples } from './samples.ts';

export interface TrainOptions {
  seed: number;
  /** Of each style, and traces of each family, in each of training and calibration. */
  people: number;
}

/** What the committed model was trained with. */
export const committedOptions: TrainOptions = { seed: 1, people: 1_000 };

const fit: FitOptions = {
  ridge: 3,
  smoothness: 3,
  steps: 7,
  knotsAt: [0.01, 0.1, 0.25, 0.4, 0.6, 0.75, 0.9, 0.99],
  fewestValues: 100,
};

/** Of the people of the worst style so many may fall below the threshold of machines. */
const peopleBelow = 0.0075;
/**
 * Of the traces of the worst family so many may reach the threshold of people. A challenge that two right answers pass
 * as well sees two or three of them, so that one in twenty passes by its trace.
 */
export const machinesAbove = 0.02;
/** Groups with fewer traces of a kind say nothing about its thresholds. */
const fewestOfKind = 60;
/**
 * However far apart simulated people and machines are. Odds of 3 to 1 let somebody pass; against somebody it takes 7 to
 * 1, because real people differ from simulated ones and a machine-like grade costs an attempt.
 */
const leastFor = 1.1;
const leastAgainst = 2;

const quantile = (values: readonly number[], share: number): number =>
  values[Math.min(values.length - 1, Math.floor(share * values.length))] ?? 0;

/**
 * The scores of each group that has enough traces of a kind, in ascending order. People whose traces lack something are
 * groups as well, whatever their style.
 */
const scoresOf = (columns: TraceModel['columns'], samples: readonly KnownSample[], kind: InputKind) => {
  const groups = new Map<string, number[]>();
  for (const sample of samples) {
    if (sample.kind !== kind) continue;
    const group = sample.isPerson && sample.omission ? `without ${sample.omission}` : sample.group;
    const list = groups.get(group) ?? [];
    groups.set(group, list);
    list.push(weighEvidence(columns, sample).score);
  }
  return [...groups.values()]
    .filter((list) => list.length >= fewestOfKind)
    .map((list) => list.sort((a, b) => a - b));
};

const rounded = (value: number) => Math.round(value * 1_000) / 1_000;

/** `above`: how many traces of the worst family may reach the threshold of people. */
export const placeThresholds = (
  columns: TraceModel['columns'],
  people: readonly KnownSample[],
  machines: readonly KnownSample[],
  above = machinesAbove,
): TraceModel['thresholds'] => {
  const place = (kind: InputKind) => {
    const ofMachines = scoresOf(columns, machines, kind).map((scores) => quantile(scores, 1 - above));
    const ofPeople = scoresOf(columns, people, kind).map((scores) => quantile(scores, peopleBelow));
    return {
      humanLike: rounded(Math.max(leastFor, ...ofMachines)),
      machineLike: rounded(Math.min(-leastAgainst, ...ofPeople)),
    };
  };
  return { pointer: place('pointer'), touch: place('touch'), keys: place('keys'), bare: place('bare') };
};

export const fitTo = (people: readonly KnownSample[], machines: readonly KnownSample[]) =>
  fitColumns([...people, ...machines], fit);

const anybody: Passed = () => true;

/**
 * SHA-256 of what a training begins with: its options, and a few of its traces, so that a change of what people or
 * machines do, or of a feature, shows without training.
 */
export const trainingHash = (options: TrainOptions): string => {
  const { seed } = options;
  const some = [
    ...peopleSamples('train', seed, 3),
    ...machineSamples({ split: 'train', seed, passed: anybody }, 3),
  ].map(({ group, weight, features }) => [
    group,
    weight,
    Object.entries(features).map(([name, value]) => [name, value.toFixed(6)]),
  ]);
  const began = { options, fit, peopleBelow, machinesAbove, fewestOfKind, leastFor, leastAgainst, some };
  return createHash('sha256').update(JSON.stringify(began)).digest('hex');
};

/** What a bot with a model like this one keeps of what it records. */
export const passedWith =
  (model: TraceModel): Passed =>
  (facts, trace) =>
    gradeShape(model, traceFeatures(facts, trace)).verdict === 'human-like';

/**
 * Twice: copies are made of traces that passed, so a first model, trained with copies of anybody's traces, says which of
 * them the second is trained with.
 */
export const trainModel = (options: TrainOptions): TraceModel => {
  const { seed, people } = options;
  const training = peopleSamples('train', seed, people);
  const calibrating = peopleSamples('calibrate', seed, people);
  const trainedWith = trainingHash(options);
  const trainAgainst = (passed: Passed): TraceModel => {
    const columns = fitTo(training, machineSamples({ split: 'train', seed, passed }, people));
    const machines = machineSamples({ split: 'calibrate', seed, passed }, people);
    return { columns, thresholds: placeThresholds(columns, calibrating, machines), trainedWith };
  };
  return trainAgainst(passedWith(trainAgainst(anybody)));
};
