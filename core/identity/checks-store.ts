import {
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import {
  type Database,
  type Item,
  partitionQuery,
  queryAll,
  type WriteFailure,
  writeFailure,
} from '#core/shared/dynamodb-store.ts';
import { type Limit, limitUpdate } from '#core/shared/limit.ts';
import { type Check, type CheckStep, checkTransitions } from './check.ts';
import {
  checkItem,
  codeUpdate,
  photoPut,
  type SpentCode,
  toCheck,
  toVerdict,
  type Verdict,
  verdictPut,
  waitingWrites,
} from './check-item.ts';
import {
  checkKey,
  checkPrefix,
  driverPartition,
  dueKey,
  photoKey,
  verdictPrefix,
  waitingPartition,
} from './keys.ts';
import type { Profile } from './profile.ts';
import { sameConsent } from './profile-store.ts';

/** What else must hold, or is written, together with a step of a check. */
export interface Together {
  /** The consent that the photo was looked at under. */
  under?: Profile;
  /** Of the photo, which must not have been used before. */
  fingerprint?: string;
  /** A person's word. */
  verdict?: Verdict;
  /** Spent with it. */
  staffCode?: SpentCode;
}

export interface WaitingCheck {
  driverId: string;
  checkId: string;
  askedAt: number;
}

type Unwritten = Exclude<WriteFailure, { status: 'refused' }>;
export type StepAnswer = { status: 'done' | 'moved' | 'used-before' | 'code-invalid' } | Unwritten;

/** The conditional writes that a selfie check lives by. */
export interface ChecksStore {
  find(driverId: string, checkId: string): Promise<Check | undefined>;
  /** All of a driver's, in no order. */
  list(driverId: string): Promise<Check[]>;
  /** A check that nobody asked for; `slow-down` when there were enough today. */
  create(check: Check, limit: Limit): Promise<{ status: 'done' | 'slow-down' } | Unwritten>;
  /** Whether this very photo was compared before. */
  wasUsed(driverId: string, fingerprint: string): Promise<boolean>;
  /** One transaction moves the check on and the waiting list with it. `moved`: something else came first. */
  step(before: Check, step: CheckStep, change: Partial<Check>, together?: Together): Promise<StepAnswer>;
  /**
   * Says, before a photo of a check is stored for a person, where it will lie, and when to see whether the check names it.
   */
  announcePhoto(
    check: Check,
    photo: { photoId: string; subject: string },
    lookAt: number,
  ): Promise<{ status: 'done' } | WriteFailure>;
  /** What people said of a driver's checks, the first first. */
  verdicts(driverId: string): Promise<(Verdict & { checkId: string })[]>;
  /** Leaves of a check's photos only how they ended. `moved`: the check changed in between. */
  forget(check: Check, looks: Check['looks']): Promise<'done' | 'moved'>;
  /** Counts one more; refused when the window is full. */
  count(limit: Limit, subject: string, now: number): Promise<'counted' | 'full'>;
  /** Longest waiting first. */
  waiting(most: number, after?: string): Promise<{ waiting: WaitingCheck[]; next?: string }>;
}

/** As long as anybody would keep a photo for another try, if records are kept that long. */
const photoDays = 400;

export const checksStore = (
  database: Database,
  TableName: string,
  recordRetentionDays: number,
): ChecksStore => {
  const photoMs = Math.min(photoDays, recordRetentionDays) * 86_400_000;
  const stepPut = (before: Check, step: CheckStep, after: Check): TransactWriteItem => {
    const { from } = checkTransitions[step];
    return {
      Put: {
        TableName,
        Item: checkItem(after, recordRetentionDays),
        ConditionExpression: `rv = :rv AND st IN (${from.map((_, index) => `:f${index}`)})`,
        ExpressionAttributeValues: {
          ':rv': { N: String(before.revision) },
          ...Object.fromEntries(from.map((state, index) => [`:f${index}`, { S: state }])),
        },
      },
    };
  };

  const below = (driverId: string, prefix: string): Promise<Item[]> =>
    queryAll(database, {
      TableName,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :sk)',
      ExpressionAttributeValues: { ':pk': driverPartition(driverId), ':sk': { S: prefix } },
    });

  return {
    find: async (driverId, checkId) => {
      const { Item } = await database.send(
        new GetItemCommand({ TableName, Key: checkKey(driverId, checkId), ConsistentRead: true }),
      );
      return Item && toCheck(Item);
    },
    list: async (driverId) => (await below(driverId, checkPrefix)).map(toCheck),
    verdicts: async (driverId) =>
      (await below(driverId, verdictPrefix)).map(toVerdict).toSorted((one, other) => one.at - other.at),
    create: async (check, limit) => {
      try {
        await database.send(
          new TransactWriteItemsCommand({
            TransactItems: [
              { Put: { TableName, Item: checkItem(check, recordRetentionDays) } },
              { Update: limitUpdate(TableName, limit, check.driverId, check.createdAt) },
            ],
          }),
        );
        return { status: 'done' };
      } catch (error) {
        const failure = writeFailure(error);
        return failure.status === 'refused' ? { status: 'slow-down' } : failure;
      }
    },
    wasUsed: async (driverId, fingerprint) => {
      const { Item } = await database.send(
        new GetItemCommand({ TableName, Key: photoKey(driverId, fingerprint), ConsistentRead: true }),
      );
      return Item !== undefined;
    },
    step: async (before, step, change, { under, fingerprint, verdict, staffCode } = {}) => {
      const { driverId, checkId } = before;
      const after = { ...before, ...change, state: checkTransitions[step].to, revision: before.revision + 1 };
      const photoUntil = after.photoUntil !== before.photoUntil ? after.photoUntil : undefined;
      // The two whose failing has a meaning of its own come right after the step.
      const named: [StepAnswer['status'], TransactWriteItem][] = [
        ['moved', stepPut(before, step, after)],
        ...(fingerprint
          ? [
              ['used-before', photoPut(TableName, driverId, fingerprint, before.createdAt + photoMs)] as [
                StepAnswer['status'],
                TransactWriteItem,
              ],
            ]
          : []),
        ...(staffCode
          ? [
              ['code-invalid', codeUpdate(TableName, before, staffCode)] as [
                StepAnswer['status'],
                TransactWriteItem,
              ],
            ]
          : []),
      ];
      const writes = [
        ...named.map(([, write]) => write),
        ...(under ? [sameConsent(TableName, under)] : []),
        ...waitingWrites(TableName, before, after, recordRetentionDays),
        ...(verdict ? [verdictPut(TableName, before, verdict, recordRetentionDays)] : []),
        ...(photoUntil === undefined
          ? []
          : [
              { Put: { TableName, Item: dueKey({ kind: 'selfie', driverId, id: checkId, at: photoUntil }) } },
            ]),
      ];
      try {
        await database.send(new TransactWriteItemsCommand({ TransactItems: writes }));
        return { status: 'done' };
      } catch (error) {
        const failure = writeFailure(error);
        if (failure.status !== 'refused') return failure;
        const failed = failure.reasons.findIndex(({ Code }) => Code === 'ConditionalCheckFailed');
        return { status: named[failed]?.[0] ?? 'moved' } as StepAnswer;
      }
    },
    announcePhoto: async ({ driverId, checkId }, photo, at) => {
      const Item = dueKey({ kind: 'selfie', driverId, id: checkId, at, photo });
      try {
        await database.send(new PutItemCommand({ TableName, Item }));
        return { status: 'done' };
      } catch (error) {
        return writeFailure(error);
      }
    },
    forget: async (check, looks) => {
      const { photoUntil: _, ...kept } = check;
      try {
        await database.send(
          new PutItemCommand({
            TableName,
            Item: checkItem({ ...kept, looks, revision: check.revision + 1 }, recordRetentionDays),
            ConditionExpression: 'rv = :rv',
            ExpressionAttributeValues: { ':rv': { N: String(check.revision) } },
          }),
        );
        return 'done';
      } catch (error) {
        if (writeFailure(error).status === 'refused') return 'moved';
        throw error;
      }
    },
    count: async (limit, subject, now) => {
      try {
        await database.send(new UpdateItemCommand(limitUpdate(TableName, limit, subject, now)));
        return 'counted';
      } catch (error) {
        if (writeFailure(error).status === 'refused') return 'full';
        throw error;
      }
    },
    waiting: async (Limit, after) => {
      const page: { Items?: Item[]; LastEvaluatedKey?: Item } = await database.send(
        new QueryCommand({
          ...partitionQuery(TableName, waitingPartition),
          Limit,
          ...(after !== undefined && { ExclusiveStartKey: { pk: waitingPartition, sk: { S: after } } }),
        }),
      );
      const next = page.LastEvaluatedKey?.sk?.S;
      const waiting = (page.Items ?? []).map(({ sk }) => {
        const [at = '', driverId = '', checkId = ''] = (sk?.S ?? '').split('#');
        return { driverId, checkId, askedAt: Date.parse(at) };
      });
      return { waiting, ...(next !== undefined && { next }) };
    },
  };
};
