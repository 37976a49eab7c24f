import type { Trace } from '#contract/challenge-trace.ts';
import type { TaskFacts } from '../task-facts.ts';
import type { InputKind } from './read-trace.ts';
import { type TraceShape, traceFeatures } from './trace-features.ts';
import trained from './trace-model.json' with { type: 'json' };

/** The evidence in a feature: a line through a weight at every knot, level outside of them. */
export interface Column {
  knots: readonly number[];
  weights: readonly number[];
}

export interface TraceModel {
  columns: Readonly<Record<string, Column>>;
  /** For each kind of input: at this score and above `human-like`, at the other and below `machine-like`. */
  thresholds: Readonly<Record<InputKind, { humanLike: number; machineLike: number }>>;
  /** SHA-256 of what the training began with. */
  trainedWith: string;
}

export interface TraceGrade {
  verdict: 'human-like' | 'neutral' | 'machine-like';
  /** Logarithm of the odds that a person made it; 0 where nothing is known. */
  score: number;
  /** Stable codes: what spoke most against a person, or why nothing could be said. */
  reasons: string[];
}

/** What the times of three picks give. With less nothing is said of anybody. */
const fewestFeatures = 6;
/** So many groups must speak against a person, each by so much: one odd habit is no machine. */
const fewestGroups = 2;
const groupSpeaks = -0.5;

/** Of the two knots around a value: the index of the lower, and the share of the upper. */
export const knotsAround = (value: number, knots: readonly number[]): [index: number, share: number] => {
  const above = knots.findIndex((knot) => knot > value);
  if (above < 0) return [knots.length - 1, 0];
  if (above === 0) return [0, 0];
  const [low, high] = [knots[above - 1] ?? 0, knots[above] ?? 0];
  return [above - 1, (value - low) / (high - low)];
};

const evidenceOf = (value: number, { knots, weights }: Column): number => {
  const [index, share] = knotsAround(value, knots);
  return (weights[index] ?? 0) * (1 - share) + (weights[index + 1] ?? 0) * share;
};

const groupOf = (name: string) => name.slice(0, name.indexOf('.'));

/** Sums the evidence; a feature that the trace does not show adds nothing. */
export const weighEvidence = (columns: TraceModel['columns'], { features }: TraceShape) => {
  const groups = new Map<string, number>();
  let [score, shown] = [0, 0];
  for (const [name, value] of Object.entries(features)) {
    const column = columns[name];
    if (!column) continue;
    const evidence = evidenceOf(value, column);
    const group = groupOf(name);
    groups.set(group, (groups.get(group) ?? 0) + evidence);
    score += evidence;
    shown += 1;
  }
  return { score, shown, groups };
};

export const gradeShape = (model: TraceModel, shape: TraceShape): TraceGrade => {
  const { score, shown, groups } = weighEvidence(model.columns, shape);
  const { humanLike, machineLike } = model.thresholds[shape.kind];
  if (shown < fewestFeatures) return { verdict: 'neutral', score, reasons: ['too-little'] };
  const against = [...groups].filter(([, evidence]) => evidence <= groupSpeaks).sort((a, b) => a[1] - b[1]);
  const reasons = against.map(([group]) => group);
  if (score <= machineLike && against.length >= fewestGroups)
    return { verdict: 'machine-like', score, reasons };
  if (score < humanLike) return { verdict: 'neutral', score, reasons };
  // The rest may be anybody's trace, copied: only moments that no other task has tie it to this one.
  if (!shape.binds) return { verdict: 'neutral', score, reasons: ['even-moments'] };
  return { verdict: 'human-like', score, reasons: [] };
};

/** How a task was solved, as far as the trace shows it. The picks of `trace` are those of the answer (`checkTrace`). */
export const gradeTrace = (facts: TaskFacts, trace: Trace | undefined): TraceGrade =>
  trace
    ? gradeShape(trained, traceFeatures(facts, trace))
    : { verdict: 'neutral', score: 0, reasons: ['no-trace'] };
