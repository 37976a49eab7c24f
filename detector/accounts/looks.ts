import { namesOf } from '#core/detection/activity/groups.ts';
import type { Evidence } from '#core/detection/features/evidence.ts';
import { isEligible } from '#core/detection/model/looks.ts';
import { headWidth, rowWidth } from './replay.ts';
import type { JobLooks } from './replay-job.ts';

/** One look at one account. */
export interface AccountLook {
  /** Index of what was asked for: see `Wanted`. */
  readonly wanted: number;
  readonly month: number;
  readonly at: number;
  readonly evidence: Evidence;
  readonly isEligible: boolean;
  /** In the catalogue's order. */
  readonly row: Float64Array;
}

/** Looks of one account, ascending in time. */
export const looksIn = (wanted: number, heads: Float64Array, rows: Float64Array): readonly AccountLook[] =>
  Array.from({ length: heads.length / headWidth }, (_, at) => {
    const [month = 0, time = 0, events = 0, activeDays = 0, groups = 0] = heads.subarray(
      at * headWidth,
      (at + 1) * headWidth,
    );
    const evidence = { events, activeDays, groups: namesOf(groups) };
    return {
      wanted,
      month,
      at: time,
      evidence,
      isEligible: isEligible(evidence),
      row: rows.subarray(at * rowWidth, (at + 1) * rowWidth),
    };
  });

/** Looks of each account of a job. */
export const looksOfJob = (
  first: number,
  { counts, heads, rows }: JobLooks,
): readonly (readonly AccountLook[])[] => {
  let from = 0;
  return Array.from(counts, (count, index) => {
    const until = from + count;
    const scale = rowWidth / headWidth;
    const looks = looksIn(
      first + index,
      heads.subarray(from, until),
      rows.subarray(from * scale, until * scale),
    );
    from = until;
    return looks;
  });
};
