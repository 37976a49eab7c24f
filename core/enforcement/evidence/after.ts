import type { EvidenceRecord } from '#contract/detection-review.ts';
import { decodeLog } from '#core/detection/activity/encode-log.ts';
import { leastActiveDays, leastEvents } from '#core/detection/model/looks.ts';

const dayMs = 86_400_000;

/** What an account did after a time, by the log that a finding was computed from: events, and days with any. */
export interface Activity {
  events: number;
  days: number;
}

export const activityAfter = ({ log }: EvidenceRecord, since: number): Activity => {
  const later = decodeLog(Buffer.from(log, 'base64'))
    .events.flat()
    .filter(({ at }) => at > since);
  return {
    events: later.length,
    days: new Set(later.map(({ at }) => Math.floor((at - since) / dayMs))).size,
  };
};

/**
 * Whether it happened again: after a warning there is as much to judge by as any finding needs. A look goes back 30 days,
 * and what was seen before the warning is what the warning was for.
 */
export const isEnoughAfter = ({ events, days }: Activity): boolean =>
  events >= leastEvents && days >= leastActiveDays;
