import { GetItemCommand, type TransactWriteItem, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { type Database, type Item, type WriteFailure, writeFailure } from '#core/shared/dynamodb-store.ts';
import type { Check } from './check.ts';
import { checkItem, photoPut } from './check-item.ts';
import { driverKeyDelete, driverKeyPut, type WrappedKey } from './driver-keys-store.ts';
import type { Erasure } from './erasure/erasure.ts';
import { erasureDue, erasureItem } from './erasure/erasure-item.ts';
import { dueKey, profileKey } from './keys.ts';
import { emptyProfile, type Profile, type Reference } from './profile.ts';

/** `ep`, the epoch, is an attribute of its own for other writes to look at; the rest is read as one. */
const toProfile = (driverId: string, item: Item | undefined): Profile => {
  if (!item) return emptyProfile(driverId);
  const kept = JSON.parse(item.d?.S ?? '{}') as Omit<Profile, 'driverId' | 'version' | 'epoch'>;
  return { ...kept, driverId, version: Number(item.ver?.N), epoch: Number(item.ep?.N) };
};

/** The write that puts a profile in the place of the one that it was made from. */
export const profilePut = (TableName: string, before: Profile, after: Profile): TransactWriteItem => {
  const { driverId, version: _, epoch, ...kept } = after;
  return {
    Put: {
      TableName,
      Item: {
        ...profileKey(driverId),
        ver: { N: String(before.version + 1) },
        ep: { N: String(epoch) },
        d: { S: JSON.stringify(kept) },
      },
      ConditionExpression: before.version === 0 ? 'attribute_not_exists(pk)' : 'ver = :ver',
      ...(before.version > 0 && { ExpressionAttributeValues: { ':ver': { N: String(before.version) } } }),
    },
  };
};

/** Holds while consent is the one that the profile was read with. */
export const sameConsent = (TableName: string, { driverId, epoch }: Profile): TransactWriteItem => ({
  ConditionCheck: {
    TableName,
    Key: profileKey(driverId),
    ConditionExpression: 'ep = :ep',
    ExpressionAttributeValues: { ':ep': { N: String(epoch) } },
  },
});

type Answer = Promise<{ status: 'changed' | 'moved' } | Exclude<WriteFailure, { status: 'refused' }>>;

/** The conditional writes of a profile. `moved`: something changed in between, and nothing was written. */
export interface ProfileStore {
  read(driverId: string): Promise<Profile>;
  change(before: Profile, after: Profile): Answer;
  /** One transaction: the driver is asked, which counts, and the check is there. */
  ask(before: Profile, after: Profile, check: Check): Answer;
  /** One transaction: the photo is the driver's reference, and cannot be sent a second time. */
  addReference(
    before: Profile,
    after: Profile,
    added: { reference: Reference; fingerprint: string },
  ): Promise<Awaited<Answer> | { status: 'used-before' }>;
  /** One transaction: the key is the driver's first, and consent is the same. `ended`: it is not; `moved`: try again. */
  createKey(profile: Profile, key: WrappedKey): Promise<Awaited<Answer> | { status: 'ended' }>;
  /**
   * One transaction: consent and references end, the driver's key is gone, which was there or not as the erasure says,
   * and the rest is begun.
   */
  erase(before: Profile, after: Profile, erasure: Erasure): Answer;
}

export const profileStore = (
  database: Database,
  tables: { identity: string; keys: string },
  recordRetentionDays: number,
): ProfileStore => {
  const { identity: TableName } = tables;
  const transact = async (TransactItems: TransactWriteItem[]): Promise<WriteFailure | { status: 'done' }> => {
    try {
      await database.send(new TransactWriteItemsCommand({ TransactItems }));
      return { status: 'done' };
    } catch (error) {
      return writeFailure(error);
    }
  };
  const changed = async (writes: TransactWriteItem[]): Answer => {
    const answer = await transact(writes);
    if (answer.status === 'done') return { status: 'changed' };
    return answer.status === 'refused' ? { status: 'moved' } : answer;
  };
  return {
    read: async (driverId) => {
      const { Item } = await database.send(
        new GetItemCommand({ TableName, Key: profileKey(driverId), ConsistentRead: true }),
      );
      return toProfile(driverId, Item);
    },
    change: (before, after) => changed([profilePut(TableName, before, after)]),
    ask: (before, after, check) =>
      changed([
        profilePut(TableName, before, after),
        {
          Put: {
            TableName,
            Item: checkItem(check, recordRetentionDays),
            ConditionExpression: 'attribute_not_exists(pk)',
          },
        },
      ]),
    addReference: async (before, after, { reference, fingerprint }) => {
      const { driverId } = before;
      const answer = await transact([
        profilePut(TableName, before, after),
        photoPut(TableName, driverId, fingerprint, reference.expiresAt),
        {
          Put: {
            TableName,
            Item: dueKey({
              kind: 'reference',
              driverId,
              id: reference.referenceId,
              at: reference.expiresAt,
            }),
          },
        },
      ]);
      if (answer.status === 'done') return { status: 'changed' };
      if (answer.status !== 'refused') return answer;
      const index = answer.reasons.findIndex(({ Code }) => Code === 'ConditionalCheckFailed');
      return { status: index === 1 ? 'used-before' : 'moved' };
    },
    createKey: async (profile, key) => {
      const answer = await transact([
        driverKeyPut(tables.keys, profile.driverId, key),
        sameConsent(TableName, profile),
      ]);
      if (answer.status === 'done') return { status: 'changed' };
      if (answer.status !== 'refused') return answer;
      return { status: answer.reasons[1]?.Code === 'ConditionalCheckFailed' ? 'ended' : 'moved' };
    },
    erase: (before, after, erasure) =>
      changed([
        profilePut(TableName, before, after),
        driverKeyDelete(tables.keys, before.driverId, erasure.hadKey),
        {
          Put: {
            TableName,
            Item: erasureItem(erasure, recordRetentionDays),
            ConditionExpression: 'attribute_not_exists(pk)',
          },
        },
        {
          Put: {
            TableName,
            Item: dueKey(erasureDue(erasure)),
          },
        },
      ]),
  };
};
