import type { AttemptEvent } from '#contract/events.ts';
import type { Route } from '#contract/route.ts';
import { attemptOutbox } from '#core/detection/attempt-outbox.ts';
import { attemptsQueue } from '#core/detection/attempts-gateway.ts';
import type { Circumstances } from '#core/offers/attempt.ts';
import type { Call } from '../http.ts';
import { runtimeCredentials } from '../runtime.ts';
import { log } from './log.ts';

/** How long an answer waits for the queue at most: the outcome is committed, the record can follow. */
const patienceMs = 100;

const atMost = (work: Promise<unknown>): Promise<unknown> => {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise((resolve) => {
    timer = setTimeout(resolve, patienceMs);
  });
  return Promise.race([work, patience]).finally(() => clearTimeout(timer));
};

/**
 * Runs use cases with the attempts outbox beside them: what is due goes out while the database works, the
 * attempt itself right after unless the queue heard from this process within the second.
 * A frozen process sends the rest when it thaws, or when Lambda ends it (SIGTERM comes because an extension runs).
 */
export const attemptRecorder = (env: { ATTEMPTS_QUEUE_URL: string; AWS_REGION: string }) => {
  const outbox = attemptOutbox({
    send: attemptsQueue(env.ATTEMPTS_QUEUE_URL, {
      region: env.AWS_REGION,
      credentials: runtimeCredentials(),
    }),
    now: Date.now,
    dropped: (count) => log.error('attempts.dropped', new Error(`${count} attempts could not be kept`)),
  });
  setInterval(() => void outbox.flushDue(), 1_000).unref();
  process.once('SIGTERM', () => void outbox.flush().finally(() => process.exit(0)));

  const attempted = async <Outcome>(
    { caller, requestId, headers }: Pick<Call<Route>, 'caller' | 'requestId' | 'headers'>,
    describe: (outcome: Outcome, circumstances: Circumstances) => AttemptEvent,
    run: () => Promise<Outcome>,
  ): Promise<Outcome> => {
    const startedAt = Date.now();
    const earlier = outbox.flushDue();
    const outcome = await run();
    outbox.record(describe(outcome, { caller, requestId, headers, startedAt, endedAt: Date.now() }));
    const own = outbox.flushDue();
    if (earlier || own) await atMost(Promise.all([earlier, own]));
    return outcome;
  };
  /** Records what happened already; of interest is only who wants to wait, and nobody waits long. */
  const noted = async (events: readonly AttemptEvent[]): Promise<void> => {
    for (const event of events) outbox.record(event);
    const due = outbox.flushDue();
    if (due) await atMost(due);
  };
  return { attempted, noted, record: outbox.record };
};
