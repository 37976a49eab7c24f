import type { AttemptEvent } from '#contract/events.ts';

export interface AttemptOutbox {
  /** Takes an event; never fails and never waits. */
  record(event: AttemptEvent): void;
  /** Sends what is due, if anything is. Started beside a database call it costs the caller no time. */
  flushDue(): Promise<void> | undefined;
  /** Sends everything: before the process ends. */
  flush(): Promise<void>;
}

export interface OutboxDeps {
  send: (events: readonly AttemptEvent[]) => Promise<void>;
  now: () => number;
  /** Called with the number of events that could not be kept. */
  dropped: (count: number) => void;
}

/** At most one message a second per process: a thousand refusals cost one request, not a thousand. */
const intervalMs = 1_000;
/**
 * SQS takes 256 KB. A refused claim is some 330 bytes, the longest, a challenged one, 569: 228 KB at most. Billed by 64 KB,
 * so size saves calls, not money.
 */
const batchSize = 400;
/** While the queue is out of reach, so much is kept: minutes of an attacked instance, 3 to 6 MB. */
const capacity = 10_000;

/**
 * Gathers attempts and sends them in batches. After a quiet second the first attempt is sent with its own
 * request; in a burst the rest follows once a second, or when the process is told to end.
 */
export const attemptOutbox = ({ send, now, dropped }: OutboxDeps): AttemptOutbox => {
  const waiting: AttemptEvent[] = [];
  let failing = false;
  /** Nothing is sent before: a second after the last message, and after a failure. */
  let quietUntil = Number.NEGATIVE_INFINITY;
  let sending: Promise<void> = Promise.resolve();

  const sendAll = async () => {
    while (waiting.length > 0) {
      const batch = waiting.splice(0, batchSize);
      quietUntil = now() + intervalMs;
      try {
        await send(batch);
      } catch {
        // Kept for the next flush: a queue that is down must not fail a claim.
        waiting.unshift(...batch);
        quietUntil = now() + intervalMs;
        failing = true;
        return;
      }
      failing = false;
    }
  };

  /** One after the other, so that the order stays also when one of them fails. */
  const flush = (): Promise<void> => {
    sending = sending.then(sendAll);
    return sending;
  };

  return {
    record: (event) => {
      if (waiting.length >= capacity) dropped(waiting.splice(0, batchSize).length);
      waiting.push(event);
    },
    flushDue: () => {
      const full = waiting.length >= batchSize && !failing;
      return waiting.length > 0 && (full || now() >= quietUntil) ? flush() : undefined;
    },
    flush,
  };
};
