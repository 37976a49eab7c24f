import { createHash } from 'node:crypto';
import type { EvidenceRecord, FindingState } from '#contract/detection-review.ts';
import type { FindingReason, VerdictWord } from '#contract/findings.ts';

/** Where a finding stands, by what may happen to it. The write conditions are made from this. */
export const findingTransitions = {
  /** Its batch lets it go on; it waits for its time. */
  letGo: { from: ['found'], to: 'due' },
  /** Its release does not act, now or any more. People look at it, and it goes nowhere else. */
  shade: { from: ['found', 'due'], to: 'shadow' },
  /** Its batch has too many like it that are not clear enough. */
  withhold: { from: ['found'], to: 'withheld' },
  emit: { from: ['due'], to: 'emitted' },
  /** The account is nobody's any more. */
  lose: { from: ['due'], to: 'gone' },
} as const satisfies Record<string, { from: readonly FindingState[]; to: FindingState }>;
export type FindingStep = keyof typeof findingTransitions;

/** `release` of the blind sample, which is no release: verdicts on it say what all of them miss. */
export const sampleRelease = 'sample';

/** What is listed and decided about. What it was computed from lies beside it. Times in milliseconds since the epoch. */
export interface Finding {
  evidenceId: string;
  kind: EvidenceRecord['kind'];
  release: string;
  accountKey: string;
  state: FindingState;
  foundAt: number;
  /** The look, and the account-month that it belongs to. */
  lookedAt: number;
  monthStart: number;
  /** First event that was looked at. */
  from: number;
  events: number;
  activeDays: number;
  modelHash?: string;
  calibrationId?: string;
  pValue?: number;
  qValue?: number;
  families: readonly string[];
  reasons: readonly FindingReason[];
  novelty?: number;
  emitAt?: number;
  /** A person's word, the latest; a dismissal stays. */
  verdict?: VerdictWord;
}

const idOf = (parts: readonly (string | number)[]): string =>
  createHash('sha256').update(parts.join('|')).digest().subarray(0, 16).toString('base64url');

/** One look of one release at one account gives one finding at most, however often it is computed. */
export const evidenceIdOf = (accountKey: string, lookedAt: number, release: string): string =>
  idOf(['evidence', accountKey, lookedAt, release]);

/** A person says one word about a finding. */
export const verdictIdOf = (evidenceId: string, reviewer: string): string =>
  idOf(['verdict', evidenceId, reviewer]);

/** Doubles as they are in memory, in base64: nothing is lost to rounding. */
export const packDoubles = (values: ArrayLike<number>): string => {
  const bytes = Buffer.alloc(values.length * 8);
  for (let index = 0; index < values.length; index += 1)
    bytes.writeDoubleLE(values[index] ?? Number.NaN, index * 8);
  return bytes.toString('base64');
};

export const unpackDoubles = (text: string): Float64Array => {
  const bytes = Buffer.from(text, 'base64');
  return Float64Array.from({ length: Math.floor(bytes.length / 8) }, (_, index) =>
    bytes.readDoubleLE(index * 8),
  );
};
