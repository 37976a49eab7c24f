import * as z from 'zod/mini';
import { type AttemptEvent, attemptBatch, attemptEvent } from '#contract/events.ts';

/** The events of one queue message that fit the schema, and whether these are all that it holds. */
export const readAttempts = (message: string): { events: AttemptEvent[]; complete: boolean } => {
  const batch = z.safeParse(attemptBatch, parseJson(message));
  if (!batch.success) return { events: [], complete: false };
  const parsed = batch.data.events.map((event) => z.safeParse(attemptEvent, event));
  const events = parsed.flatMap(({ success, data }) => (success ? [data] : []));
  return { events, complete: events.length === parsed.length };
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
