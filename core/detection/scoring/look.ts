import type { AccountLog } from '../activity/account-log.ts';
import { encodeLog } from '../activity/encode-log.ts';
import { catalogue, featuresOf } from '../features/catalogue.ts';
import { evidenceOf } from '../features/evidence.ts';
import { evidenceIdOf, type Finding, packDoubles, sampleRelease } from '../findings/finding.ts';
import type { StoredRecord } from '../findings/findings-store.ts';
import type { GraphFacts } from '../graph/graph-facts.ts';
import { type Judgement, judge } from '../model/judge.ts';
import { isEligible } from '../model/looks.ts';
import type { Detectors, ReleasedModel, ReleasedRule } from './detectors.ts';

/** One moment at which an account is looked at: by models and rules, from what is here alone. Nothing here reads a clock. */
export interface LookAt {
  accountKey: string;
  log: AccountLog;
  /** The look, and the account-month that it belongs to. Milliseconds since the epoch. */
  at: number;
  monthStart: number;
  /** Largest scores of the month so far, by release. */
  paths: Readonly<Record<string, number>>;
  /** Of its company at that moment; not of who has too little to be judged. */
  graph?: GraphFacts;
}

/** Friction in claims: a hint beside other signs, or a sign alone. */
export type FrictionPoints = 2 | 3;

export interface Found {
  finding: Finding;
  record: StoredRecord;
}

export interface Looked {
  paths: Record<string, number>;
  /** p-values of the models that judged, by release. */
  pValues: Record<string, number>;
  /** Friction that each model would put, by release. */
  points: Record<string, FrictionPoints>;
  found: Found[];
}

/** All that is found at one look shares its packed log: packing costs more than the look itself. */
type PackedLook = LookAt & { packLog: () => Uint8Array };

const packedOnce = (look: LookAt): PackedLook => {
  let packed: Uint8Array | undefined;
  return {
    ...look,
    packLog: () => {
      packed ??= encodeLog(look.log);
      return packed;
    },
  };
};

const iso = (at: number) => new Date(at).toISOString();

/** When what was looked at begins. */
const firstAt = ({ events }: AccountLog, at: number): number =>
  Math.min(at, ...events.map(([first]) => first?.at ?? Number.POSITIVE_INFINITY));

const foundAtLook = (
  { accountKey, log, at, monthStart, packLog }: PackedLook,
  facts: Pick<Finding, 'kind' | 'release'> & Partial<Finding>,
  record: Pick<StoredRecord, 'features' | 'row' | 'numbers' | 'verdict'> & Partial<StoredRecord>,
): Found => {
  const { kind, release } = facts;
  const evidenceId = evidenceIdOf(accountKey, at, release);
  const { families = [], reasons = [], modelHash, calibrationId } = facts;
  const { events, activeDays } = evidenceOf(log, at);
  const common = { evidenceId, kind, release, accountKey, families: [...families], reasons: [...reasons] };
  return {
    finding: {
      ...facts,
      ...common,
      state: kind === 'sample' ? 'shadow' : 'found',
      foundAt: at,
      lookedAt: at,
      monthStart,
      from: firstAt(log, at),
      events,
      activeDays,
    },
    record: {
      ...record,
      ...common,
      v: 1,
      lookedAt: iso(at),
      monthStart: iso(monthStart),
      ...(modelHash && { modelHash }),
      ...(calibrationId && { calibrationId }),
      log: packLog(),
    },
  };
};

const featureNames = catalogue.map(({ name }) => name);

/** What a model says of the account, and everything that it was computed from. */
export const judgeAt = ({ log, at, paths, graph }: LookAt, { releaseId, model }: ReleasedModel) => {
  const row = featuresOf(log, at, { valueEdges: model.file.valueEdges, ...(graph && { graph }) });
  const pathBefore = paths[releaseId] ?? 0;
  return {
    row,
    pathBefore,
    judgement: judge(model, { row, evidence: evidenceOf(log, at), path: { score: pathBefore } }),
  };
};

/** Doubles that a judgement came from and came to, as they are in memory. */
export const numbersOf = (
  pathBefore: number,
  graph: GraphFacts | undefined,
  { score, pathScore, pValue, novelty }: Judgement,
) =>
  Object.fromEntries(
    Object.entries({ pathBefore, ...graph, score, pathScore, pValue, novelty }).map(([name, value]) => [
      name,
      packDoubles([value]),
    ]),
  );

const ofModel = (
  look: PackedLook,
  released: ReleasedModel,
  judged: ReturnType<typeof judgeAt>,
  kind: 'model' | 'sample',
): Found => {
  const { judgement, row, pathBefore } = judged;
  const { pValue, families, reasons, novelty, cohort, verdict } = judgement;
  const { hash: modelHash, calibrationId } = released;
  return foundAtLook(
    look,
    {
      kind,
      release: kind === 'sample' ? sampleRelease : released.releaseId,
      modelHash,
      calibrationId,
      pValue,
      families,
      reasons,
      novelty,
    },
    {
      features: featureNames,
      row: packDoubles(row),
      numbers: numbersOf(pathBefore, look.graph, judgement),
      cohort,
      verdict,
    },
  );
};

/** Rules read the log alone: what they might know beside it would have to be part of the record. */
const ofRule = (look: PackedLook, { releaseId, rule }: ReleasedRule): Found[] => {
  const found = rule.find(look.log, look.at, {});
  if (!found) return [];
  const { strength, facts, reasons } = found;
  const numbers = Object.fromEntries(
    Object.entries({ strength, ...facts }).map(([name, value]) => [name, packDoubles([value])]),
  );
  return [
    foundAtLook(
      look,
      { kind: 'rule', release: releaseId, reasons },
      { features: [], row: '', numbers, verdict: rule.words },
    ),
  ];
};

/** Of a sample without any model: the log alone. */
const withoutModel = (look: PackedLook): Found =>
  foundAtLook(
    look,
    { kind: 'sample', release: sampleRelease },
    { features: [], row: '', numbers: {}, verdict: 'none' },
  );

/**
 * Looks at an account with everything there is. `sampled`: people will look at it as well, whatever comes out, as far as
 * there is enough to judge.
 */
export const lookAt = (at: LookAt, { models, rules }: Detectors, sampled: boolean): Looked => {
  const look = packedOnce(at);
  const looked: Looked = { paths: { ...look.paths }, pValues: {}, points: {}, found: [] };
  const wanted = sampled && isEligible(evidenceOf(look.log, look.at));
  let sample: Found | undefined;
  for (const released of models) {
    const judged = judgeAt(look, released);
    const { verdict, pathScore, pValue } = judged.judgement;
    looked.paths[released.releaseId] = pathScore;
    if (verdict === 'abstain') continue;
    looked.pValues[released.releaseId] = pValue;
    if (verdict !== 'clear') looked.points[released.releaseId] = verdict === 'watch' ? 2 : 3;
    if (verdict === 'warn-review') looked.found.push(ofModel(look, released, judged, 'model'));
    if (wanted) sample ??= ofModel(look, released, judged, 'sample');
  }
  for (const rule of rules) looked.found.push(...ofRule(look, rule));
  if (wanted) looked.found.push(sample ?? withoutModel(look));
  return looked;
};
