import { createHash } from 'node:crypto';
import type { AttemptEvent } from '#contract/events.ts';
import type { Telemetry } from '#contract/telemetry.ts';
import { type Circumstances, commonOf } from '#core/offers/attempt.ts';

/** Requests of one driver that one process takes: with up to 100 events each, more than anybody taps. */
export const telemetryPerMinute = 60;

/** What an app may have kept while it had no network; what is older is taken to be so old. */
const longestMs = 600_000;

/** The same event sent again has the same name. */
const nameOf = (driverId: string, event: Telemetry['events'][number]): string =>
  createHash('sha256')
    .update(JSON.stringify([driverId, event]))
    .digest('base64url')
    .slice(0, 22);

/**
 * What an app tells, as attempts. A phone's clock may be off by hours: only how long ago something was is taken from it,
 * and counted back from the arrival.
 */
export const telemetryAttempts = (
  { events, sentAt }: Telemetry,
  circumstances: Circumstances,
): AttemptEvent[] => {
  const sent = sentAt ? Date.parse(sentAt) : Math.max(...events.map(({ at }) => Date.parse(at)));
  return events.map((event) => {
    const { type, at, ...told } = event;
    const age = Math.min(Math.max(sent - Date.parse(at), 0), longestMs);
    const happenedAt = circumstances.startedAt - age;
    return {
      ...commonOf({ ...circumstances, startedAt: happenedAt, endedAt: happenedAt }),
      eventId: nameOf(circumstances.caller.accountId, event),
      type: type === 'pointer' ? 'pointer' : 'view',
      clientAt: at,
      ...told,
      outcome: 'ok',
    };
  });
};
