import { createHash } from 'node:crypto';
import {
  PutItemCommand,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  type Update,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { ClaimsStore } from '#core/offers/claims-store.ts';
import { releaseBlock } from '#core/offers/release-block.ts';
import type { SettledOffers } from '#core/offers/settled-offers.ts';
import type { Database } from '#core/shared/dynamodb-store.ts';

/** A wrong design, made by changing what the right one sends, learns or remembers. */
export interface Mutant {
  database?: (database: Database) => Database;
  store?: (store: ClaimsStore) => ClaimsStore;
  settled?: (settled: SettledOffers) => SettledOffers;
  release?: typeof releaseBlock;
}

/** An Update with only those names and values that its expressions use: DynamoDB refuses the rest. */
const tidy = (update: Update): Update => {
  const text = `${update.UpdateExpression} ${update.ConditionExpression ?? ''}`;
  const used = (table: Record<string, unknown> | undefined) =>
    Object.fromEntries(
      Object.entries(table ?? {}).filter(([name]) => new RegExp(`${name}(?!\\w)`).test(text)),
    );
  const values = used(update.ExpressionAttributeValues) as Update['ExpressionAttributeValues'];
  const names = used(update.ExpressionAttributeNames) as Record<string, string>;
  const { ExpressionAttributeNames, ConditionExpression, ...rest } = update;
  return {
    ...rest,
    ...(ConditionExpression && { ConditionExpression }),
    ...(Object.keys(names).length > 0 && { ExpressionAttributeNames: names }),
    ExpressionAttributeValues: values,
  };
};

export const valuesOf = (update: Update) => update.ExpressionAttributeValues ?? {};
const isClaim = (update: Update) => valuesOf(update)[':to']?.S === 'taken';
const isRelease = (update: Update) => valuesOf(update)[':to']?.S === 'waiting';
const isHold = (update: Update) => valuesOf(update)[':until'] !== undefined;
const isClaimOfWeek = (update: Update) => valuesOf(update)[':room'] !== undefined;

const itemsOf = (command: TransactWriteItemsCommand) => command.input.TransactItems ?? [];
const updatesOf = (command: TransactWriteItemsCommand) =>
  itemsOf(command).flatMap(({ Update }) => (Update ? [Update as Update] : []));

/** Rewrites the condition of some updates, alone or in a transaction. Fails if there was nothing to rewrite. */
export const withCondition =
  (concerns: (update: Update) => boolean, change: (condition: string) => string) =>
  (database: Database): Database => {
    const mutate = (update: Update): Update => {
      if (!concerns(update)) return update;
      const condition = change(update.ConditionExpression ?? '');
      if (condition === update.ConditionExpression) throw new Error(`the mutant does not fit: ${condition}`);
      return tidy({ ...update, ConditionExpression: condition });
    };
    return {
      send: (command) => {
        if (command instanceof UpdateItemCommand) {
          return database.send(new UpdateItemCommand(mutate(command.input as Update)));
        }
        if (!(command instanceof TransactWriteItemsCommand)) return database.send(command);
        const TransactItems = itemsOf(command).map((item) =>
          item.Update ? { Update: mutate(item.Update as Update) } : item,
        );
        return database.send(new TransactWriteItemsCommand({ ...command.input, TransactItems }));
      },
    };
  };

export const without = (part: string) => (condition: string) => condition.replace(part, '');

const onTransactions =
  (handle: (database: Database, command: TransactWriteItemsCommand) => Promise<unknown>) =>
  (database: Database): Database => ({
    send: (command) =>
      command instanceof TransactWriteItemsCommand ? handle(database, command) : database.send(command),
  });

const written = { ConsumedCapacity: [{ WriteCapacityUnits: 4 }] };

const asCancellation = (error: Error, failed: number, count: number) =>
  error.name === 'ConditionalCheckFailedException'
    ? Object.assign(new Error(error.name), {
        name: 'TransactionCanceledException',
        CancellationReasons: Array.from({ length: count }, (_, index) =>
          index === failed
            ? { Code: 'ConditionalCheckFailed', Item: (error as { Item?: object }).Item }
            : { Code: 'None' },
        ),
      })
    : error;

/** Block first, then the week; when the week refuses, the block is put back. */
const saga = onTransactions(async (database, command) => {
  const items = itemsOf(command);
  for (const [index, { Update, Put }] of items.entries()) {
    try {
      if (Update) await database.send(new UpdateItemCommand(Update as Update));
      if (Put) await database.send(new PutItemCommand(Put));
    } catch (error) {
      const [block] = updatesOf(command);
      if (index > 0 && block && isClaim(block)) {
        const { TableName, Key, ExpressionAttributeValues: values } = block;
        await database.send(
          new UpdateItemCommand({
            TableName,
            Key,
            UpdateExpression: 'SET st = :from REMOVE ow, ca',
            ConditionExpression: 'ow = :driver AND ver = :ver',
            ExpressionAttributeValues: {
              ':from': values?.[':from'] ?? { S: '' },
              ':driver': values?.[':driver'] ?? { S: '' },
              ':ver': values?.[':ver'] ?? { N: '0' },
            },
          }),
        );
      }
      throw asCancellation(error as Error, index, items.length);
    }
  }
  return written;
});

/** Looks whether all conditions hold, then writes without any. */
const readCheckWrite = onTransactions(async (database, command) => {
  const updates = updatesOf(command);
  const check = (update: Update): TransactWriteItem => {
    const { UpdateExpression, ...rest } = tidy({ ...update, UpdateExpression: '' });
    return { ConditionCheck: { ...rest, ConditionExpression: rest.ConditionExpression ?? '' } };
  };
  await database.send(new TransactWriteItemsCommand({ TransactItems: updates.map(check) }));
  const writes = itemsOf(command).map((item) => {
    if (!item.Update) return item;
    const { ConditionExpression, ReturnValuesOnConditionCheckFailure, ...update } = item.Update;
    return { Update: tidy(update as Update) };
  });
  await database.send(new TransactWriteItemsCommand({ TransactItems: writes }));
  return written;
});

/** What the request token is made of, in place of request, driver, block and version. */
const tokenOf = (parts: (update: Update) => (string | undefined)[]) =>
  onTransactions((database, command) => {
    const [block] = updatesOf(command);
    if (!block) throw new Error('the mutant does not fit: an empty transaction');
    const named = [isClaim(block) ? 'claim' : 'release', block.Key?.pk?.S, valuesOf(block)[':driver']?.S];
    const token = createHash('sha256')
      .update([...named, ...parts(block)].join('|'))
      .digest('base64url');
    return database.send(
      new TransactWriteItemsCommand({ ...command.input, ClientRequestToken: token.slice(0, 36) }),
    );
  });

const answering =
  (change: (answer: Awaited<ReturnType<ClaimsStore['commitClaim']>>) => typeof answer) =>
  (store: ClaimsStore): ClaimsStore => ({
    ...store,
    commitClaim: async (claim, limit) => change(await store.commitClaim(claim, limit)),
  });

export const mutants: Record<string, Mutant> = {
  saga: { database: saga },
  'read-check-write': { database: readCheckWrite },
  'claim-condition-without-version': { database: withCondition(isClaim, without(' AND ver = :ver')) },
  'release-condition-without-version': { database: withCondition(isRelease, without(' AND ver = :ver')) },
  'claim-of-a-waiting-block': {
    database: withCondition(isClaim, (condition) => condition.replace('st = :from', 'NOT st = :to')),
  },
  'request-token-without-version': { database: tokenOf(() => []) },
  'request-token-shared-by-requests': { database: tokenOf((block) => [valuesOf(block)[':ver']?.N]) },
  'overlap-unguarded': {
    database: withCondition(isClaimOfWeek, (condition) =>
      condition.replaceAll(/NOT contains\(\w+, :\w+\) AND /g, ''),
    ),
  },
  'hours-unguarded': {
    database: withCondition(isClaimOfWeek, without(' AND (attribute_not_exists(mn) OR mn <= :room)')),
  },
  'hold-without-expiry': {
    database: withCondition((update) => isHold(update) || isClaim(update), without(' OR hx < :at')),
  },
  'claim-past-a-hold': {
    database: withCondition(isClaim, without(' AND (attribute_not_exists(h) OR h = :driver OR hx < :at)')),
  },
  'lost-answer-taken-for-success': {
    store: answering((answer) => (answer.status === 'unanswered' ? { status: 'done' } : answer)),
  },
  'week-refusal-final-after-lost-answer': {
    store: answering((answer) => (answer.status === 'unanswered' ? { status: 'busy' } : answer)),
  },
  'open-block-taken-for-lost': {
    store: (store) => ({
      ...store,
      read: async (blockId) => {
        const block = await store.read(blockId);
        return block?.state === 'open' ? { ...block, version: block.version + 1 } : block;
      },
    }),
  },
  'owner-refused-from-cache': {
    settled: (settled) => ({
      ...settled,
      lostBy: (_, blockId, version) => settled.lostBy('', blockId, version),
    }),
  },
  'cache-without-version': {
    settled: (settled) => ({
      ...settled,
      lostBy: (driverId, blockId) => {
        const known = settled.lostBy(driverId, blockId, 1) ?? settled.lostBy(driverId, blockId, 2);
        return known && { ...known, code: 'block-taken' };
      },
    }),
  },
  'release-starts-over': {
    release: async (deps, input) => {
      const first = await releaseBlock(deps, input);
      return first.status === 'refused' && first.code === 'try-again' ? releaseBlock(deps, input) : first;
    },
  },
};
