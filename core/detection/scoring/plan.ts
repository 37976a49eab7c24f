import { hourOf } from '../keys.ts';
import type { Batch } from './batch.ts';
import type { BatchesStore, PlannerState } from './batches-store.ts';
import type { ScoringMessage } from './queue-gateway.ts';

export interface PlanDeps {
  batches: BatchesStore;
  send: (messages: readonly ScoringMessage[]) => Promise<void>;
  now: () => number;
  newId: () => string;
}

const hourMs = 3_600_000;
const startOf = (hour: string) => Date.parse(`${hour}:00:00Z`);
/** Of the first run, and of one after a standstill: markers live no longer. */
const mostHours = 14 * 24;
const firstHours = 48;
const accountsPerMessage = 25;

/** From the hour before the last one that was read, which was not over then, to now. */
const hoursDue = ({ hour }: PlannerState, now: number): string[] => {
  const end = startOf(hourOf(now));
  const start = hour === undefined ? end - firstHours * hourMs : startOf(hour) - hourMs;
  const first = Math.max(start, end - mostHours * hourMs);
  return Array.from({ length: (end - first) / hourMs + 1 }, (_, index) => hourOf(first + index * hourMs));
};

const messagesOf = (batchId: string, accounts: readonly string[]): ScoringMessage[] =>
  Array.from({ length: Math.ceil(accounts.length / accountsPerMessage) }, (_, index) => ({
    v: 1,
    batchId,
    part: String(index),
    accounts: accounts.slice(index * accountsPerMessage, (index + 1) * accountsPerMessage),
  }));

/**
 * Hands out the accounts of which something arrived or which are to be looked at, as one batch. The batch is known before
 * anything of it is sent; whoever is killed in between leaves one that is closed without its missing parts, and the
 * accounts come again. An account that is handed out twice costs two reads and changes nothing.
 */
export const planBatch = async (
  { batches, send, now, newId }: PlanDeps,
  before: PlannerState,
): Promise<{ status: 'planned'; state: PlannerState; accounts: number } | { status: 'overtaken' }> => {
  const at = now();
  const accounts = new Set<string>();
  for (const hour of hoursDue(before, at))
    for (const accountKey of await batches.accountsOf(hour)) accounts.add(accountKey);
  const moved = { ...before, hour: hourOf(at) };
  const messages = messagesOf(newId(), [...accounts].sort());
  const [first] = messages;
  if (!first) {
    const state = { ...moved, version: before.version + 1 };
    return (await batches.writePlanner(moved)) === 'written'
      ? { status: 'planned', state, accounts: 0 }
      : { status: 'overtaken' };
  }
  const batch: Batch = { batchId: first.batchId, openedAt: at, parts: messages.map(({ part }) => part) };
  await batches.open(batch);
  const announced = { ...before, open: [...before.open, batch] };
  if ((await batches.writePlanner(announced)) === 'overtaken') return { status: 'overtaken' };
  await send(messages);
  const state = { ...announced, hour: moved.hour, version: before.version + 1 };
  if ((await batches.writePlanner(state)) === 'overtaken') return { status: 'overtaken' };
  return { status: 'planned', state: { ...state, version: state.version + 1 }, accounts: accounts.size };
};
