import { type AccountLog, emptyLog, withEvents } from '../activity/account-log.ts';
import type { LoggedEvent } from '../activity/logged-event.ts';
import { hasSlot, slotCount, slotMs, slotOf, withSlots } from '../activity/slots.ts';
import type { Chunk } from './accounts-store.ts';

/** Reads the chunks of an account from the beginning, page by page. */
export type ReadChunks = () => AsyncIterable<readonly Chunk[]>;

/** Time of the first event that is believed, if there is one; and the chunks that were read, by `sk`. */
export const firstIn = async (
  readChunks: ReadChunks,
  latest: number,
): Promise<{ first?: number; read: readonly string[] }> => {
  let first = Number.POSITIVE_INFINITY;
  const read: string[] = [];
  for await (const page of readChunks())
    for (const { sk, log } of page) {
      read.push(sk);
      for (const { at } of log.events.flat()) if (at <= latest && at < first) first = at;
    }
  return { read, ...(Number.isFinite(first) && { first }) };
};

export interface SortedChunks {
  /** What happened until each of the edges, after the one before it. */
  parts: readonly AccountLog[];
  /** `sk` of the chunks that are in the parts as a whole. The others hold what happened after the last edge. */
  merged: readonly string[];
  isWaiting: boolean;
}

/**
 * Divides what arrived by when it happened. Of each part no more is kept than a log can hold, which is all that a look
 * could see of it: however much arrives, memory is bounded, and the looks are the same. What is later than `latest` is
 * not believed.
 *
 * @param edges ascending, milliseconds since the epoch
 */
export const sortChunks = async (
  readChunks: ReadChunks,
  edges: readonly number[],
  latest: number,
): Promise<SortedChunks> => {
  const parts = edges.map(() => emptyLog());
  const merged: string[] = [];
  let isWaiting = false;
  for await (const page of readChunks()) {
    const events: LoggedEvent[][] = edges.map(() => []);
    for (const { sk, log } of page) {
      let waits = false;
      for (const event of log.events.flat()) {
        if (event.at > latest) continue;
        const part = events[edges.findIndex((edge) => event.at <= edge)];
        if (part) part.push(event);
        else waits = true;
      }
      if (waits) isWaiting = true;
      else merged.push(sk);
    }
    for (const [index, part] of parts.entries()) parts[index] = withEvents(part, events[index] ?? []);
  }
  return { parts, merged, isWaiting };
};

const quartersOf = ({ slots, newestAt }: AccountLog): { at: number }[] => {
  const newest = slotOf(newestAt);
  return Array.from({ length: slotCount }, (_, back) => newest - back)
    .filter((slot) => slot >= 0 && hasSlot(slots, slot))
    .map((slot) => ({ at: slot * slotMs }));
};

/** Both logs as one: also the quarters of an hour of which a part holds no event any more. */
export const withPart = (log: AccountLog, part: AccountLog): AccountLog => {
  if (part.newestAt === Number.NEGATIVE_INFINITY) return log;
  const joined = withEvents(log, part.events.flat());
  const newest = slotOf(joined.newestAt);
  return { ...joined, slots: withSlots(joined.slots, newest, newest, quartersOf(part)) };
};
