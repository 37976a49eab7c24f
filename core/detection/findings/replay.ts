import type { EvidenceRecord } from '#contract/detection-review.ts';
import { decodeLog } from '../activity/encode-log.ts';
import { catalogue } from '../features/catalogue.ts';
import type { Detectors, ReleasedModel, ReleasedRule } from '../scoring/detectors.ts';
import { judgeAt, type LookAt, numbersOf } from '../scoring/look.ts';
import { packDoubles, unpackDoubles } from './finding.ts';

/** One thing that was computed again. Doubles are compared by their bytes. */
export interface Compared {
  what: string;
  same: boolean;
  stored: string;
  computed: string;
}

const compare = (what: string, stored: unknown, computed: unknown): Compared => {
  const [a, b] = [stored, computed].map((value) => JSON.stringify(value) ?? 'nothing') as [string, string];
  return { what, same: a === b, stored: a, computed: b };
};

/** A double as people read it, with its bytes. */
const shown = (packed: string | undefined): string =>
  packed === undefined
    ? 'nothing'
    : `${unpackDoubles(packed)[0]} (${Buffer.from(packed, 'base64').toString('hex')})`;

const compareNumbers = (
  stored: Readonly<Record<string, string>>,
  computed: Readonly<Record<string, string>>,
): Compared[] =>
  [...new Set([...Object.keys(stored), ...Object.keys(computed)])].map((name) => ({
    what: name,
    same: stored[name] === computed[name],
    stored: shown(stored[name]),
    computed: shown(computed[name]),
  }));

const compareRows = ({ features, row }: EvidenceRecord, computed: Float64Array): Compared[] => {
  const stored = unpackDoubles(row);
  return features.map((name, index) => {
    // By name: later versions have more features.
    const again = computed[catalogue.findIndex((feature) => feature.name === name)];
    const before = packDoubles([stored[index] ?? 0]);
    const after = again === undefined ? '' : packDoubles([again]);
    return { what: name, same: before === after, stored: shown(before), computed: shown(after) };
  });
};

const byModel = (record: EvidenceRecord, look: LookAt, released: ReleasedModel): Compared[] => {
  const { row, pathBefore, judgement } = judgeAt(look, released);
  return [
    compare('calibration', record.calibrationId, released.calibrationId),
    ...compareRows(record, row),
    ...compareNumbers(record.numbers, numbersOf(pathBefore, look.graph, judgement)),
    compare('cohort', record.cohort, judgement.cohort),
    compare('verdict', record.verdict, judgement.verdict),
    compare('families', record.families, judgement.families),
    compare('reasons', record.reasons, judgement.reasons),
  ];
};

const byRule = (record: EvidenceRecord, look: LookAt, { rule }: ReleasedRule): Compared[] => {
  const found = rule.find(look.log, look.at, {});
  const numbers = Object.entries({ ...(found && { strength: found.strength, ...found.facts }) });
  return [
    ...compareNumbers(
      record.numbers,
      Object.fromEntries(numbers.map(([name, value]) => [name, packDoubles([value])])),
    ),
    compare('reasons', record.reasons, found?.reasons ?? []),
  ];
};

const numberOf = ({ numbers }: EvidenceRecord, name: string): number | undefined =>
  numbers[name] === undefined ? undefined : unpackDoubles(numbers[name])[0];

/** What was known of the account's company: it is part of the record, since others have gone on. */
const graphOf = (record: EvidenceRecord): Pick<LookAt, 'graph'> => {
  const [component, synchrony] = [numberOf(record, 'component'), numberOf(record, 'synchrony')];
  return component === undefined || synchrony === undefined ? {} : { graph: { component, synchrony } };
};

/**
 * Computes a finding again from its record: the features from the log, then score, p-value, families and reasons by the
 * model of that hash, or the rule of that version. `unknown`: this version of the service does not have it.
 */
export const replay = (
  record: EvidenceRecord,
  { models, rules }: Detectors,
): { status: 'computed'; compared: Compared[] } | { status: 'unknown'; wanted: string } => {
  const { accountKey, lookedAt, monthStart, modelHash, release } = record;
  const pathBefore = numberOf(record, 'pathBefore') ?? 0;
  const at = (paths: Record<string, number>): LookAt => ({
    accountKey,
    log: decodeLog(Buffer.from(record.log, 'base64')),
    at: Date.parse(lookedAt),
    monthStart: Date.parse(monthStart),
    paths,
    ...graphOf(record),
  });
  if (modelHash !== undefined) {
    const released = models.find(({ hash }) => hash === modelHash);
    if (!released) return { status: 'unknown', wanted: `the model ${modelHash}` };
    return {
      status: 'computed',
      compared: byModel(record, at({ [released.releaseId]: pathBefore }), released),
    };
  }
  if (record.kind === 'sample') return { status: 'computed', compared: [] };
  const released = rules.find(({ releaseId }) => releaseId === release);
  if (!released) return { status: 'unknown', wanted: `the rule ${release}` };
  return { status: 'computed', compared: byRule(record, at({}), released) };
};
