import { emptyEvent, eventFields, type LoggedEvent } from '#core/detection/activity/logged-event.ts';
import { type Market, type Replayed, replay, type Which } from './replay.ts';

/** Accounts to replay, with their events as numbers so that they go to a thread without a copy. */
export interface Job {
  readonly which: readonly Which[];
  /** Events of each account. */
  readonly lengths: readonly number[];
  /** All events, field after field in the order of `eventFields`. */
  readonly numbers: Float64Array<ArrayBuffer>;
  /** Two for each account; NaN when nothing is known of its company. */
  readonly graph: Float64Array<ArrayBuffer>;
}

/** What a job finds: looks of all its accounts one after another. */
export interface JobLooks {
  readonly counts: Float64Array<ArrayBuffer>;
  readonly heads: Float64Array<ArrayBuffer>;
  readonly rows: Float64Array<ArrayBuffer>;
}

const fieldCount = eventFields.length;

export const packEvents = (lists: readonly (readonly LoggedEvent[])[]): Float64Array<ArrayBuffer> => {
  const total = lists.reduce((sum, list) => sum + list.length, 0);
  const numbers = new Float64Array(total * fieldCount);
  let at = 0;
  for (const list of lists)
    for (const event of list)
      for (const field of eventFields) {
        numbers[at] = event[field];
        at += 1;
      }
  return numbers;
};

const unpackEvents = (numbers: Float64Array, from: number, count: number): LoggedEvent[] =>
  Array.from({ length: count }, (_, index) => {
    const event = emptyEvent();
    const start = (from + index) * fieldCount;
    for (let field = 0; field < fieldCount; field += 1)
      event[eventFields[field] as keyof LoggedEvent] = numbers[start + field] as number;
    return event;
  });

const joined = (lists: readonly Float64Array[]): Float64Array<ArrayBuffer> => {
  const all = new Float64Array(lists.reduce((sum, list) => sum + list.length, 0));
  let at = 0;
  for (const list of lists) {
    all.set(list, at);
    at += list.length;
  }
  return all;
};

export const joinLooks = (looks: readonly Replayed[]): JobLooks => ({
  counts: Float64Array.from(looks, ({ heads }) => heads.length),
  heads: joined(looks.map(({ heads }) => heads)),
  rows: joined(looks.map(({ rows }) => rows)),
});

export const runJob = (job: Job, market: Market): JobLooks => {
  let from = 0;
  return joinLooks(
    job.lengths.map((length, index) => {
      const events = unpackEvents(job.numbers, from, length);
      from += length;
      const component = job.graph[2 * index] as number;
      const synchrony = job.graph[2 * index + 1] as number;
      const graph = Number.isNaN(component) ? undefined : { component, synchrony };
      return replay(events, job.which[index] as Which, market, graph);
    }),
  );
};
