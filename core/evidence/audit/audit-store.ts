import { GetItemCommand, type TransactWriteItem, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import type { AuditEntry } from '#contract/cases.ts';
import {
  type CancellationReason,
  type Database,
  type Item,
  queryAll,
  type WriteFailure,
  writeFailure,
} from '#core/shared/dynamodb-store.ts';
import type { Surroundings } from '#core/shared/tries.ts';
import { canonicalJson } from './canonical.ts';
import { type AuditEvent, type AuditHead, chain, genesis } from './chain.ts';

export type { AuditHead } from './chain.ts';

/** The audit on the table of cases: one item for the head, and one for each entry, a thousand to a partition. */
export interface AuditStore {
  /** The last entry there is; strongly consistent. */
  head(): Promise<AuditHead>;
  /** For a transaction that does what the events say: see `auditWrites`. */
  writes(head: AuditHead, events: readonly AuditEvent[]): TransactWriteItem[];
  /** Of what changes nothing else, such as a look. Throws when the entries could not be written. */
  append(deps: Pick<Surroundings, 'random' | 'sleep'>, events: readonly AuditEvent[]): Promise<void>;
  /** Entries in order, from one on; at most `most`. */
  list(fromSeq: number, most: number): Promise<AuditEntry[]>;
}

const perPartition = 1_000;
const padded = (seq: number, digits: number) => String(seq).padStart(digits, '0');
const partitionOf = (seq: number) => ({
  S: `AUDIT#${padded(Math.floor(seq / perPartition), 9)}`,
});
const sortOf = (seq: number) => ({ S: padded(seq, 12) });

const headKey: Item = { pk: { S: 'AUDIT' }, sk: { S: 'HEAD' } };
const entryKey = (seq: number): Item => ({ pk: partitionOf(seq), sk: sortOf(seq) });
const toEntry = (item: Item): AuditEntry => JSON.parse(item.d?.S ?? '');

/** Everybody writes the one head. Of sixteen who never stop, the unluckiest was seen to need 24 tries. */
const mostTries = 40;
const longestPauseMs = 400;
/** Before the try after this one, the first being 1: whoever meets others again and again waits longer. */
export const auditPauseMs = (attempt: number, random: () => number): number =>
  5 + random() * Math.min(10 * 2 ** attempt, longestPauseMs);

/**
 * The head first, on the condition that it is still the one that was read, then the entries that follow it. Without
 * events nothing: who writes no entry needs no head. DynamoDB takes 100 items in one transaction.
 */
export const auditWrites = (
  TableName: string,
  head: AuditHead,
  events: readonly AuditEvent[],
): TransactWriteItem[] => {
  if (events.length === 0) return [];
  const { entries, head: next } = chain(head, events);
  const unmoved =
    head.seq === genesis.seq
      ? { ConditionExpression: 'attribute_not_exists(pk)' }
      : {
          ConditionExpression: 'seq = :seq AND #hash = :hash',
          ExpressionAttributeNames: { '#hash': 'hash' },
          ExpressionAttributeValues: { ':seq': { N: String(head.seq) }, ':hash': { S: head.hash } },
        };
  return [
    {
      Put: {
        TableName,
        Item: { ...headKey, seq: { N: String(next.seq) }, hash: { S: next.hash } },
        ...unmoved,
      },
    },
    ...entries.map((entry) => ({
      Put: {
        TableName,
        Item: { ...entryKey(entry.seq), d: { S: canonicalJson(entry) } },
        // The head says so already: nothing that was written is ever written over.
        ConditionExpression: 'attribute_not_exists(pk)',
      },
    })),
  ];
};

/** Whether a refused transaction that begins with `auditWrites` met another writer of the audit. */
export const headMoved = (reasons: readonly CancellationReason[]): boolean =>
  reasons[0]?.Code === 'ConditionalCheckFailed';

export const auditStore = (database: Database, TableName: string): AuditStore => {
  const get = async (Key: Item): Promise<Item | undefined> =>
    (await database.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }))).Item;

  const readHead = async (): Promise<AuditHead> => {
    const item = await get(headKey);
    return item ? { seq: Number(item.seq?.N), hash: item.hash?.S ?? '' } : genesis;
  };

  const send = async (writes: TransactWriteItem[]): Promise<'done' | WriteFailure['status']> => {
    try {
      await database.send(new TransactWriteItemsCommand({ TransactItems: writes }));
      return 'done';
    } catch (error) {
      const failure = writeFailure(error);
      if (failure.status === 'refused' && !headMoved(failure.reasons))
        throw new Error('the audit has entries behind its head: somebody wrote to the table by hand');
      return failure.status;
    }
  };

  /** Whether a write without an answer is there. While the head has not moved it still may come. */
  const isWritten = async (unanswered: AuditEntry): Promise<boolean> => {
    const item = await get(entryKey(unanswered.seq));
    return item !== undefined && toEntry(item).hash === unanswered.hash;
  };

  const append: AuditStore['append'] = async ({ random, sleep }, events) => {
    let unanswered: AuditEntry | undefined;
    for (let attempt = 1; attempt <= mostTries; attempt += 1) {
      const head = await readHead();
      if (unanswered && (await isWritten(unanswered))) return;
      const [entry] = chain(head, events).entries;
      if (!entry) return;
      const answer = await send(auditWrites(TableName, head, events));
      if (answer === 'done') return;
      // Of the same head it is the same entry; of another one the write before can come no more.
      if (answer === 'unanswered' || entry.hash !== unanswered?.hash)
        unanswered = answer === 'unanswered' ? entry : undefined;
      if (attempt < mostTries) await sleep(auditPauseMs(attempt, random));
    }
    if (unanswered && (await isWritten(unanswered))) return;
    throw new Error('the audit could not be written: others write it all the time');
  };

  return {
    head: readHead,
    writes: (head, events) => auditWrites(TableName, head, events),
    append,
    list: async (fromSeq, most) => {
      const entries: AuditEntry[] = [];
      for (let seq = Math.max(fromSeq, 1); entries.length < most; ) {
        const items = await queryAll(
          database,
          {
            TableName,
            KeyConditionExpression: 'pk = :pk AND sk >= :from',
            ExpressionAttributeValues: { ':pk': partitionOf(seq), ':from': sortOf(seq) },
          },
          most - entries.length,
        );
        entries.push(...items.slice(0, most - entries.length).map(toEntry));
        const next = (Math.floor(seq / perPartition) + 1) * perPartition;
        // A partition that does not reach its end is the last one.
        if ((entries.at(-1)?.seq ?? 0) < next - 1) break;
        seq = next;
      }
      return entries;
    },
  };
};
