import type { FaceBands } from '#contract/identity-policy.ts';
import { interval } from '#test/adversaries/interval.ts';
import { asTaken, conditionOf, type Labelled } from './labelled.ts';
import type { Measured } from './measure.ts';

/** A part of something, with its 95 % interval (Clopper and Pearson, which holds at zero counts too). */
export interface Rate {
  hits: number;
  of: number;
  rate: number;
  low: number;
  high: number;
}

export const rateOf = (hits: number, of: number): Rate => {
  const [low, high] = interval(hits, of);
  return { hits, of, rate: of === 0 ? Number.NaN : hits / of, low, high };
};

export interface Scores {
  same: readonly number[];
  different: readonly number[];
}

export interface ErrorRates {
  /** Of compared pairs of one person, those below the pass. */
  fnmr: Rate;
  /** Of compared pairs of two people, those that pass. */
  fmr: Rate;
}

export const errorRates = ({ same, different }: Scores, passAt: number): ErrorRates => ({
  fnmr: rateOf(same.filter((score) => score < passAt).length, same.length),
  fmr: rateOf(different.filter((score) => score >= passAt).length, different.length),
});

/** One threshold: what part of each kind reaches it. */
export interface RocPoint {
  threshold: number;
  fmr: number;
  tar: number;
}

/** Every threshold at which something changes, strictest first. */
export const rocOf = ({ same, different }: Scores): RocPoint[] => {
  const thresholds = [...new Set([...same, ...different])].sort((a, b) => b - a);
  const share = (scores: readonly number[], threshold: number) =>
    scores.filter((score) => score >= threshold).length / scores.length;
  return thresholds.map((threshold) => ({
    threshold,
    fmr: share(different, threshold),
    tar: share(same, threshold),
  }));
};

/** Genuine passes where at most this part of strangers pass. */
export interface AtFmr {
  wanted: number;
  tar: Rate;
  threshold: number;
  /** Fewer strangers than one in the wanted part: the point is where none passes, and shows no more than that. */
  isSupported: boolean;
}

export const atFmr = ({ same, different }: Scores, wanted: number): AtFmr => {
  const strangers = different.toSorted((a, b) => b - a);
  const allowed = Math.floor(wanted * strangers.length + 1e-9);
  const tooLike = strangers[allowed] ?? 0;
  const passes = same.filter((score) => score > tooLike);
  return {
    wanted,
    tar: rateOf(passes.length, same.length),
    threshold: tooLike,
    isSupported: strangers.length * wanted >= 1,
  };
};

/** Where both errors are alike: the mean of both, and the thresholds (above, up to) between which nothing changes. */
export interface EqualError {
  rate: number;
  above: number;
  upTo: number;
}

export const equalErrorRate = (scores: Scores): EqualError => {
  const gap = ({ fmr, tar }: RocPoint) => Math.abs(fmr - (1 - tar));
  const points = rocOf(scores);
  const [closest] = points.toSorted((a, b) => gap(a) - gap(b) || a.threshold - b.threshold);
  if (!closest) return { rate: Number.NaN, above: Number.NaN, upTo: Number.NaN };
  const next = points[points.indexOf(closest) + 1];
  return {
    rate: (closest.fmr + 1 - closest.tar) / 2,
    above: next?.threshold ?? 0,
    upTo: closest.threshold,
  };
};

export interface ConditionRow {
  condition: string;
  photos: number;
  match: number;
  inconclusive: number;
  retake: number;
  refused: number;
  /** Why photos were asked for again, most frequent first. */
  reasons: readonly string[];
}

export interface Figures {
  pairs: { same: number; different: number; derived: number };
  /** Photos that the product would not take as a reference. */
  notFit: number;
  photos: number;
  passAt: number;
  one: ErrorRates;
  /** Of first photos of drivers with a fit reference, those that did not pass: mismatches and retakes. */
  notPassedAtOnce: Rate;
  best: { rates: ErrorRates; claims: { same: number; different: number } };
  derivedSame: Rate;
  scores: Scores;
  roc: readonly AtFmr[];
  equalError: EqualError;
  conditions: readonly ConditionRow[];
}

const fmrsAskedFor = [0.1, 0.01, 0.001, 0.0001];

const scoresOf = <T extends { same: boolean }>(
  all: readonly T[],
  score: (one: T) => number | undefined,
): Scores => {
  const of = (same: boolean) => all.filter((one) => one.same === same).flatMap((one) => score(one) ?? []);
  return { same: of(true), different: of(false) };
};

const bestOf = (scores: readonly (number | undefined)[]) => {
  const there = scores.filter((score) => score !== undefined);
  return there.length > 0 ? Math.max(...there) : undefined;
};

const conditionRows = (
  { pairs, conditions }: Labelled,
  measured: Measured,
  { passAt }: FaceBands,
): ConditionRow[] => {
  // Where references may hold what a case was made from, the best of them says nothing: it is left out.
  const ofCases = conditions.map(({ file, condition, references }) => {
    const scores = references.flatMap((a) => measured.similarity(a, file) ?? []).sort((a, b) => a - b);
    return { file, condition, score: scores.length > 1 ? scores.at(-2) : scores[0] };
  });
  const ofPairs = [
    ...Map.groupBy(
      pairs.filter(({ same, derived }) => same && !derived),
      ({ b }) => b,
    ),
  ].map(([file, mine]) => ({
    file,
    condition: mine.find(({ condition }) => condition)?.condition ?? conditionOf(file),
    score: bestOf(mine.map(({ a }) => measured.similarity(a, file))),
  }));
  const rows = [...Map.groupBy([...ofPairs, ...ofCases], ({ condition }) => condition)].map(
    ([condition, photos]): ConditionRow => {
      const endings = photos.map(({ file, score }) => {
        const fitness = measured.fitness(file);
        if (fitness.status !== 'fit') return fitness.status;
        return score !== undefined && score >= passAt ? 'match' : 'inconclusive';
      });
      const count = (wanted: (typeof endings)[number]) => endings.filter((one) => one === wanted).length;
      const given = photos.flatMap(({ file }) => {
        const fitness = measured.fitness(file);
        return fitness.status === 'retake' ? fitness.reasons : [];
      });
      const reasons = [...Map.groupBy(given, (reason) => reason)]
        .sort(([a, some], [b, others]) => others.length - some.length || (a < b ? -1 : 1))
        .map(([reason]) => reason);
      return {
        condition,
        photos: photos.length,
        match: count('match'),
        inconclusive: count('inconclusive'),
        retake: count('retake'),
        refused: count('refused'),
        reasons,
      };
    },
  );
  const order = ({ condition }: ConditionRow) => (condition === asTaken ? '' : condition);
  return rows.sort((a, b) => (order(a) < order(b) ? -1 : 1));
};

/** Pairs of which one photo was made from the other are counted apart: they say nothing of two photos taken apart. */
export const figuresOf = (labelled: Labelled, measured: Measured, bands: FaceBands): Figures => {
  const apart = labelled.pairs.filter(({ derived }) => !derived);
  const derived = labelled.pairs.filter((pair) => pair.derived);
  const { passAt } = bands;
  const scores = scoresOf(apart, ({ a, b }) => measured.similarity(a, b));
  const enrolled = apart.filter(({ a, same }) => same && measured.fitness(a).status === 'fit');
  const passed = enrolled.filter(({ a, b }) => (measured.similarity(a, b) ?? 0) >= passAt);
  const best = scoresOf(measured.claims, ({ probe, references }) =>
    bestOf(references.map((a) => measured.similarity(a, probe))),
  );
  const derivedScores = derived.flatMap(({ a, b }) => measured.similarity(a, b) ?? []);
  const files = [...new Set(labelled.pairs.flatMap(({ a, b }) => [a, b]))];
  const count = (same: boolean) => apart.filter((pair) => pair.same === same).length;
  return {
    pairs: { same: count(true), different: count(false), derived: derived.length },
    notFit: files.filter((file) => measured.fitness(file).status !== 'fit').length,
    photos: files.length,
    passAt,
    one: errorRates(scores, passAt),
    notPassedAtOnce: rateOf(enrolled.length - passed.length, enrolled.length),
    best: {
      rates: errorRates(best, passAt),
      claims: { same: best.same.length, different: best.different.length },
    },
    derivedSame: rateOf(derivedScores.filter((score) => score < passAt).length, derivedScores.length),
    scores,
    roc: fmrsAskedFor.map((wanted) => atFmr(scores, wanted)),
    equalError: equalErrorRate(scores),
    conditions: conditionRows(labelled, measured, bands),
  };
};
