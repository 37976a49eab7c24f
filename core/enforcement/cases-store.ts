import {
  GetItemCommand,
  PutItemCommand,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import type { CaseState } from '#contract/enforcement.ts';
import { jurisdictionOf } from '#contract/jurisdiction.ts';
import { type AuditHead, auditWrites } from '#core/evidence/audit/audit-store.ts';
import {
  type Database,
  type Item,
  partitionQuery,
  queryAll,
  type WriteFailure,
  writeFailure,
} from '#core/shared/dynamodb-store.ts';
import { type Case, type Notice, newStanding, type Standing } from './case.ts';
import { type Change, inDays } from './change.ts';
import {
  caseKey,
  driverPartition,
  duePartition,
  noticeKey,
  noticePrefix,
  rowKey,
  seenKey,
  sortableTime,
  standingKey,
  statePartition,
  waitingPartition,
} from './keys.ts';
import { heardWithinMs, nextDue } from './rules/clocks.ts';

/** `moved`: something of what the change was made from is not so any more, and nothing was written. */
export type CommitAnswer =
  | { status: 'done' | 'moved' | 'seen' }
  | Exclude<WriteFailure, { status: 'refused' }>;

export interface CasesStore {
  read(caseId: string): Promise<Case | undefined>;
  standing(driverId: string): Promise<Standing>;
  notices(driverId: string): Promise<Notice[]>;
  notice(driverId: string, at: number, noticeId: string): Promise<Notice | undefined>;
  /** What became of the mail; with `before`, unless somebody noted it since that was read. The text stays as it was. */
  noteDelivery(notice: Notice, before?: Notice): Promise<void>;
  isSeen(evidenceId: string): Promise<boolean>;
  /** One transaction, on the condition that cases, standing and audit are as they were read. */
  commit(change: Change, head: AuditHead): Promise<CommitAnswer>;
  /** Cases in a state, or those that wait for a person: due first. */
  list(
    state: CaseState | 'waiting',
    after: string | undefined,
    most: number,
  ): Promise<{ cases: Case[]; cursor?: string }>;
  /** What is due by then: cases, and drivers who leave. */
  due(now: number, most: number): Promise<{ caseIds: string[]; leaving: string[] }>;
}

/** A workflow that is alive does what is to be done within it. */
const graceMs = 60_000;
const far = 10 ** 14;

/** Whether somebody has to look at a case, and by when. */
const waitsUntil = (one: Case): number | undefined => {
  if (one.appeal === 'open') return one.answerBy;
  const due = one.state === 'review' || one.state === 'proposed' ? one.stateDueAt : undefined;
  return due ?? one.unreadSince;
};

/** The rows under which a case is found, by partition and time. */
const rowsOf = (one: Case, writtenAt: number): { partition: string; at: number }[] => {
  const due = one.todo.length > 0 ? writtenAt + graceMs : nextDue(one);
  const waits = waitsUntil(one);
  return [
    { partition: statePartition(one.state), at: nextDue(one) ?? far - one.openedAt },
    ...(waits === undefined ? [] : [{ partition: waitingPartition, at: waits }]),
    ...(due === undefined ? [] : [{ partition: duePartition, at: due }]),
  ];
};

/**
 * Records of decisions are kept as long as the place's law asks, from their last change. What is over by its time is not
 * read any more, whenever it is deleted.
 */
const expiry = (jurisdiction: string, at: number) => ({
  ttl: { N: String(Math.ceil(inDays(at, jurisdictionOf(jurisdiction).clocks.recordDays) / 1_000)) },
});

const stored = ({ caseId: _, version: __, ...kept }: Case): string => JSON.stringify(kept);

const toCase = (item: Item): Case => ({
  ...(JSON.parse(item.d?.S ?? '{}') as Omit<Case, 'caseId' | 'version'>),
  caseId: (item.pk?.S ?? '').slice('CASE#'.length),
  version: Number(item.ver?.N),
});

/** For a transaction elsewhere that holds only while a driver stands so. Whose standing was never written is active. */
export const standingCheck = (TableName: string, driverId: string, states: readonly Standing['state'][]) => {
  const named = states.map((state, index) => [`:st${index}`, { S: state }] as const);
  const isOne = `st IN (${named.map(([name]) => name).join(', ')})`;
  return {
    TableName,
    Key: standingKey(driverId),
    ConditionExpression: states.includes('active') ? `attribute_not_exists(pk) OR ${isOne}` : isOne,
    ExpressionAttributeValues: Object.fromEntries(named),
  };
};

export const casesStore = (database: Database, TableName: string, now: () => number): CasesStore => {
  const lives = ({ ttl }: Item) => ttl === undefined || Number(ttl.N) > now() / 1_000;
  const get = async (Key: Item): Promise<Item | undefined> => {
    const { Item } = await database.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }));
    return Item && lives(Item) ? Item : undefined;
  };

  /** Holds while the item is the one that was read: what is over by its time is none, deleted or not. */
  const unchanged = (version: number) =>
    version === 0
      ? {
          ConditionExpression: 'attribute_not_exists(pk) OR #ttl <= :now',
          ExpressionAttributeNames: { '#ttl': 'ttl' },
          ExpressionAttributeValues: { ':now': { N: String(Math.floor(now() / 1_000)) } },
        }
      : { ConditionExpression: 'ver = :ver', ExpressionAttributeValues: { ':ver': { N: String(version) } } };

  const writeCase = ({ before, after }: Change['cases'][number], at: number): TransactWriteItem[] => {
    const { caseId } = after;
    const keyOf = ({ partition, at: time }: { partition: string; at: number }) =>
      rowKey(partition, time, caseId);
    const rows = rowsOf(after, at);
    const kept = new Set(rows.map((row) => JSON.stringify(keyOf(row))));
    const old = before ? rowsOf(before, before.writtenAt ?? 0) : [];
    return [
      {
        Put: {
          TableName,
          Item: {
            ...caseKey(caseId),
            ver: { N: String((before?.version ?? 0) + 1) },
            // For other writes to look at.
            st: { S: after.state },
            d: { S: stored({ ...after, writtenAt: at }) },
            ...expiry(after.jurisdiction, at),
          },
          ...unchanged(before?.version ?? 0),
        },
      },
      ...old
        .map(keyOf)
        .filter((Key) => !kept.has(JSON.stringify(Key)))
        .map((Key) => ({ Delete: { TableName, Key } })),
      ...rows.map((row) => ({
        Put: {
          TableName,
          Item: { ...keyOf(row), id: { S: caseId }, ...expiry(after.jurisdiction, at) },
        },
      })),
    ];
  };

  const writeStanding = ({ before, after }: NonNullable<Change['standing']>): TransactWriteItem => {
    const { driverId, version: _, ...kept } = after;
    // Also where nothing changes: what was decided from it holds only while it is so.
    return {
      Put: {
        TableName,
        Item: {
          ...standingKey(driverId),
          ver: { N: String(before.version + 1) },
          st: { S: after.state },
          d: { S: JSON.stringify(kept) },
          // Of who works here; who was ended or left stays known as that.
          ...(after.state === 'active' && expiry('default', now())),
        },
        ...unchanged(before.version),
      },
    };
  };

  const leavingRow = ({ leaving }: Change): TransactWriteItem[] => {
    if (!leaving) return [];
    const { driverId, leftAt, is } = leaving;
    const Key = rowKey(duePartition, leftAt + graceMs, driverId);
    const again = rowKey(duePartition, leftAt + heardWithinMs, driverId);
    const put = (key: Item) => ({ Put: { TableName, Item: { ...key, dr: { S: driverId } } } });
    if (is === 'begun') return [put(Key)];
    return is === 'done'
      ? [{ Delete: { TableName, Key } }, put(again)]
      : [{ Delete: { TableName, Key: again } }];
  };

  const textOf = (notice: Notice) => ({ S: JSON.stringify(notice) });
  const noticeItem = (notice: Notice): Item => ({
    ...noticeKey(notice.driverId, notice.at, notice.noticeId),
    d: textOf(notice),
    ...expiry(notice.jurisdiction, notice.at),
  });

  return {
    read: async (caseId) => {
      const item = await get(caseKey(caseId));
      return item && toCase(item);
    },
    standing: async (driverId) => {
      const item = await get(standingKey(driverId));
      if (!item) return newStanding(driverId);
      const kept = JSON.parse(item.d?.S ?? '{}') as Omit<Standing, 'driverId' | 'version'>;
      return { ...kept, driverId, version: Number(item.ver?.N) };
    },
    notices: async (driverId) => {
      const items = await queryAll(database, {
        TableName,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
        ExpressionAttributeValues: { ':pk': driverPartition(driverId), ':prefix': { S: noticePrefix } },
      });
      return items
        .filter(lives)
        .map(({ d }) => JSON.parse(d?.S ?? '{}') as Notice)
        .reverse();
    },
    notice: async (driverId, at, noticeId) => {
      const item = await get(noticeKey(driverId, at, noticeId));
      return item && (JSON.parse(item.d?.S ?? '{}') as Notice);
    },
    noteDelivery: async (notice, before) => {
      const asRead = before && {
        ConditionExpression: 'd = :d',
        ExpressionAttributeValues: { ':d': textOf(before) },
      };
      try {
        await database.send(new PutItemCommand({ TableName, Item: noticeItem(notice), ...asRead }));
      } catch (error) {
        if ((error as Error).name !== 'ConditionalCheckFailedException') throw error;
      }
    },
    isSeen: async (evidenceId) => (await get(seenKey(evidenceId))) !== undefined,
    commit: async (change, head) => {
      const at = now();
      const writes: TransactWriteItem[] = [
        ...auditWrites(TableName, head, change.audit),
        ...change.seen.map((evidenceId) => ({
          Put: {
            TableName,
            Item: {
              ...seenKey(evidenceId),
              id: { S: change.cases[0]?.after.caseId ?? '' },
              ...expiry(change.cases[0]?.after.jurisdiction ?? 'default', at),
            },
            ConditionExpression: 'attribute_not_exists(pk)',
          },
        })),
        ...(change.standing ? [writeStanding(change.standing)] : []),
        ...leavingRow(change),
        ...change.notices.map((notice) => ({ Put: { TableName, Item: noticeItem(notice) } })),
        ...change.cases.flatMap((one) => writeCase(one, at)),
      ];
      try {
        await database.send(new TransactWriteItemsCommand({ TransactItems: writes }));
        return { status: 'done' };
      } catch (error) {
        const failure = writeFailure(error);
        return failure.status === 'refused' ? { status: 'moved' } : failure;
      }
    },
    list: async (state, after, most) => {
      const pk = state === 'waiting' ? waitingPartition : statePartition(state);
      const rows = await queryAll(
        database,
        {
          TableName,
          KeyConditionExpression: 'pk = :pk AND sk > :after',
          ExpressionAttributeValues: { ':pk': { S: pk }, ':after': { S: after ?? '0' } },
        },
        most + 1,
      );
      const page = rows.slice(0, most);
      const found = await Promise.all(page.map(async ({ id }) => get(caseKey(id?.S ?? ''))));
      const last = page.at(-1)?.sk?.S;
      return {
        cases: found.flatMap((item) => (item ? [toCase(item)] : [])),
        ...(rows.length > most && last && { cursor: last }),
      };
    },
    due: async (until, most) => {
      const rows = await queryAll(
        database,
        {
          ...partitionQuery(TableName, { S: duePartition }),
          KeyConditionExpression: 'pk = :pk AND sk < :until',
          ExpressionAttributeValues: {
            ':pk': { S: duePartition },
            ':until': { S: sortableTime(until + 1) },
          },
        },
        most,
      );
      return {
        caseIds: rows.flatMap(({ id }) => (id?.S ? [id.S] : [])),
        leaving: rows.flatMap(({ dr }) => (dr?.S ? [dr.S] : [])),
      };
    },
  };
};
