import { checkTrace } from '#core/challenge/grading/check-trace.ts';
import { traceDigests } from '#core/challenge/grading/trace-digest.ts';
import { traceFeatures } from '#core/challenge/grading/trace-features.ts';
import { gradeShape, type TraceGrade, type TraceModel } from '#core/challenge/grading/trace-model.ts';
import { type Family, families } from './machines.ts';
import { type StyleName, styles } from './people.ts';
import { leaveOut, machineAt, machineSamples, type Omission, peopleSamples, personAt } from './samples.ts';
import { fitTo, passedWith, placeThresholds } from './train.ts';

export type Verdict = TraceGrade['verdict'];
export type Verdicts = Record<Verdict, number>;

/** How challenges ended, all answers right: passed by one trace like a person's, by two right answers, or not. */
interface Outcomes {
  byTrace: number;
  byAnswers: number;
  failed: number;
}

export interface GroupFigures {
  name: string;
  n: number;
  verdicts: Verdicts;
  outcomes: Outcomes;
}
export interface FamilyFigures extends GroupFigures {
  family: Family;
  /** Traces with a digest that the recording has too: the store refuses them before they are graded. */
  remembered: number;
}

const mostFailures = 3;
const answersWithoutTrace = 2;

/** One challenge: a verdict for each of its tasks, until it is passed or failed. */
const endOf = (verdictAt: (attempt: number) => Verdict): keyof Outcomes => {
  let [failures, answers] = [0, 0];
  for (let attempt = 1; ; attempt += 1) {
    const verdict = verdictAt(attempt);
    if (verdict === 'human-like') return 'byTrace';
    if (verdict === 'neutral') answers += 1;
    else failures += 1;
    if (answers === answersWithoutTrace) return 'byAnswers';
    if (failures === mostFailures) return 'failed';
  }
};

const tally = (
  name: string,
  n: number,
  verdictOf: (index: number, attempt: number) => Verdict,
): GroupFigures => {
  const verdicts: Verdicts = { 'human-like': 0, neutral: 0, 'machine-like': 0 };
  const outcomes: Outcomes = { byTrace: 0, byAnswers: 0, failed: 0 };
  for (let index = 0; index < n; index += 1) {
    const end = endOf((attempt) => {
      const verdict = verdictOf(index, attempt);
      if (attempt === 1) verdicts[verdict] += 1;
      return verdict;
    });
    outcomes[end] += 1;
  }
  return { name, n, verdicts, outcomes };
};

export const evaluateStyle = (model: TraceModel, style: StyleName, seed: number, n: number): GroupFigures =>
  tally(style, n, (index, attempt) => {
    const { facts, trace, elapsedMs } = personAt(style, 'test', seed, index, attempt);
    const faults = checkTrace(trace, elapsedMs, facts, facts.answer);
    if (faults.length > 0) throw new Error(`${style} ${index}: ${JSON.stringify(faults)}`);
    return gradeShape(model, traceFeatures(facts, trace)).verdict;
  });

export const evaluateFamily = (model: TraceModel, family: Family, seed: number, n: number): FamilyFigures => {
  const options = { split: 'test', seed, passed: passedWith(model) } as const;
  let remembered = 0;
  const figures = tally(family.name, n, (index, attempt) => {
    const { facts, trace, recorded } = machineAt(family, options, index, attempt);
    const known = recorded ? traceDigests(recorded.trace) : [];
    if (attempt === 1 && traceDigests(trace).some((digest) => known.includes(digest))) remembered += 1;
    return gradeShape(model, traceFeatures(facts, trace)).verdict;
  });
  return { ...figures, family, remembered };
};

/** People of all styles whose traces lack a part; one task each. */
export const evaluateOmission = (model: TraceModel, omission: Omission, seed: number, each: number) => {
  const verdicts: Verdicts = { 'human-like': 0, neutral: 0, 'machine-like': 0 };
  for (const style of styles)
    for (let index = 0; index < each; index += 1) {
      const { facts, trace } = personAt(style, 'test', seed, index);
      verdicts[gradeShape(model, traceFeatures(facts, leaveOut(omission, trace))).verdict] += 1;
    }
  return { omission, n: styles.length * each, verdicts };
};

/** What a model makes of a family that it was not trained with, and whose traces did not place its thresholds. */
export const leaveOneOut = (whole: TraceModel, seed: number, n: number): GroupFigures[] => {
  const passed = passedWith(whole);
  const people = peopleSamples('train', seed, n);
  const machines = machineSamples({ split: 'train', seed, passed }, n);
  const calibrating = peopleSamples('calibrate', seed, n);
  const calibratingMachines = machineSamples({ split: 'calibrate', seed, passed }, n);
  return families
    .filter(({ isHeldOut }) => !isHeldOut)
    .map((family) => {
      const others = <T extends { group: string }>(samples: readonly T[]) =>
        samples.filter(({ group }) => group !== family.name);
      const columns = fitTo(people, others(machines));
      const thresholds = placeThresholds(columns, calibrating, others(calibratingMachines));
      return evaluateFamily({ columns, thresholds, trainedWith: '' }, family, seed, n);
    });
};

/** How many people of each style need one task only, if so many traces of the worst family may pass as theirs. */
export const tradeOff = (model: TraceModel, seed: number, n: number, shares: readonly number[]) => {
  const people = peopleSamples('calibrate', seed, n);
  const machines = machineSamples({ split: 'calibrate', seed, passed: passedWith(model) }, n);
  return shares.map((share) => {
    const thresholds = placeThresholds(model.columns, people, machines, share);
    const other = { ...model, thresholds };
    return { share, styles: styles.map((style) => evaluateStyle(other, style, seed, n)) };
  });
};

/** How often two different traces of people have a digest in common. */
export const countCollisions = (seed: number, each: number) => {
  const owners = new Map<string, number>();
  let [traces, withDigest, collisions] = [0, 0, 0];
  for (const style of styles)
    for (let index = 0; index < each; index += 1) {
      const digests = traceDigests(personAt(style, 'test', seed, index).trace);
      traces += 1;
      if (digests.length > 0) withDigest += 1;
      for (const digest of digests) {
        if (owners.has(digest)) collisions += 1;
        owners.set(digest, traces);
      }
    }
  return { traces, withDigest, collisions, pairs: (withDigest * (withDigest - 1)) / 2 };
};

/** How many copies with stretched times are known by a digest of what they copy. */
export const countStretched = (seed: number, each: number, stretches: readonly number[]) => {
  const known = styles.flatMap((style) =>
    Array.from({ length: each }, (_, index) => personAt(style, 'test', seed, index).trace).flatMap(
      (trace) => {
        const digests = traceDigests(trace);
        return digests.length > 0 ? [{ trace, digests }] : [];
      },
    ),
  );
  return stretches.map((by) => {
    const found = known.filter(({ trace, digests }) => {
      const events = trace.events.map((event) => ({ ...event, t: Math.round(event.t * by) }));
      return traceDigests({ ...trace, events }).some((digest) => digests.includes(digest));
    });
    return { by, n: known.length, found: found.length };
  });
};
