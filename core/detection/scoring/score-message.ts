import { sideBySide } from '#core/shared/side-by-side.ts';
import { type Part, partOf, type Result } from './batch.ts';
import type { BatchesStore } from './batches-store.ts';
import type { ScoringMessage } from './queue-gateway.ts';
import { type ScoringDeps, scoreAccount } from './score-account.ts';

export interface MessageDeps extends ScoringDeps {
  batches: BatchesStore;
  onFailed: (error: unknown, accountKey: string) => void;
}

const atATime = 4;

/** A batch that was decided about without this message: what it came to counts in the one that is open now. */
const putLate = async (
  deps: MessageDeps,
  { batchId, part }: ScoringMessage,
  content: Part,
): Promise<void> => {
  if (content.results.length === 0) return;
  const newest = (await deps.batches.readPlanner()).open.at(-1);
  const late = `late-${batchId}-${part}`;
  if (newest && (await deps.batches.putPart(newest.batchId, late, content, deps.now())) === 'written') return;
  throw new Error('no batch is open for what came late');
};

/**
 * Scores the accounts of a message, and tells their batch what came out when all of them are done. One that fails holds up
 * none of the others: the message comes again, for it alone.
 */
export const scoreMessage = async (deps: MessageDeps, message: ScoringMessage): Promise<Part> => {
  const { batchId, part, accounts } = message;
  const results: Result[] = [];
  let failed = 0;
  await sideBySide(atATime, accounts, async (accountKey) => {
    try {
      results.push(...(await scoreAccount(deps, accountKey, batchId)));
    } catch (error) {
      failed += 1;
      deps.onFailed(error, accountKey);
    }
  });
  if (failed > 0) throw new Error(`${failed} of ${accounts.length} accounts failed`);
  const content = partOf(results, deps.policy.fdr);
  if ((await deps.batches.putPart(batchId, part, content, deps.now())) === 'closed')
    await putLate(deps, message, content);
  return content;
};
