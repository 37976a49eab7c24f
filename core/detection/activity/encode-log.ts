import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { type AccountLog, emptyLog } from './account-log.ts';
import { byteReader, byteWriter } from './byte-columns.ts';
import { activityRoutes, emptyEvent, eventFields, type LoggedEvent } from './logged-event.ts';
import { slotCount } from './slots.ts';

/** First byte: how the rest is to be read. Fields and routes are appended within a version. */
const version = 1;

/**
 * A log as bytes: number of fields and events, the ring of quarters, then a column per field over the routes one after
 * the other, deflated. The same log gives the same bytes and reading gives exactly what was written; a full log is
 * about 60 KB, 600 events about 13 KB.
 */
export const encodeLog = (log: AccountLog): Uint8Array => {
  const out = byteWriter();
  out.number(eventFields.length);
  out.number(log.events.length);
  for (const events of log.events) out.number(events.length);
  out.bytes(log.slots);
  const all = log.events.flat();
  const cells = new Float64Array(all.length);
  for (const field of eventFields) {
    if (field === 'route') continue;
    for (let row = 0; row < all.length; row += 1) cells[row] = (all[row] as LoggedEvent)[field];
    out.column(cells);
  }
  const packed = deflateRawSync(out.done(), { level: 6 });
  const bytes = new Uint8Array(packed.length + 1);
  bytes[0] = version;
  bytes.set(packed, 1);
  return bytes;
};

/** Throws on what `encodeLog` did not write. */
export const decodeLog = (bytes: Uint8Array): AccountLog => {
  if (bytes[0] !== version) throw new Error(`an account log of version ${bytes[0]}`);
  const input = byteReader(inflateRawSync(bytes.subarray(1)));
  const fields = input.number();
  const counts = Array.from({ length: input.number() }, () => input.number());
  if (fields > eventFields.length || counts.length > activityRoutes.length)
    throw new Error('an account log of a newer release');
  const slots = input.bytes(slotCount / 8);
  const all = counts.flatMap((count, route) =>
    Array.from({ length: count }, () => ({ ...emptyEvent(), route })),
  );
  for (const field of eventFields.slice(0, fields)) {
    if (field === 'route') continue;
    const values = input.column(all.length);
    all.forEach((event, row) => {
      event[field] = values[row] as number;
    });
  }
  return assembled(all, counts, slots);
};

const assembled = (all: readonly LoggedEvent[], counts: readonly number[], slots: Uint8Array): AccountLog => {
  let start = 0;
  const events = emptyLog().events.map((_, route) => {
    const end = start + (counts[route] ?? 0);
    const ofRoute = all.slice(start, end);
    start = end;
    return ofRoute;
  });
  const newestAt = events.reduce(
    (newest, ofRoute) => Math.max(newest, ofRoute.at(-1)?.at ?? Number.NEGATIVE_INFINITY),
    Number.NEGATIVE_INFINITY,
  );
  return { events, newestAt, slots };
};
