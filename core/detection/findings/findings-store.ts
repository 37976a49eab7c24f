import {
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { EvidenceRecord } from '#contract/detection-review.ts';
import type { ReviewVerdictDetail, VerdictWord } from '#contract/findings.ts';
import {
  type Database,
  type Item,
  partitionQuery,
  queryAll,
  writeFailure,
} from '#core/shared/dynamodb-store.ts';
import { openKey } from '../scoring/keys.ts';
import { type Finding, type FindingStep, findingTransitions } from './finding.ts';
import {
  dueKey,
  duePartition,
  evidenceIdIn,
  evidencePartition,
  findingKey,
  findingsKey,
  findingsPartition,
  ownEvidenceKey,
  recordKey,
  secondsOf,
  verdictKey,
  verdictPrefix,
} from './keys.ts';

/** A record as it is stored: its log as bytes. */
export type StoredRecord = Omit<EvidenceRecord, 'log'> & { log: Uint8Array };

/** The conditional writes that findings live by. */
export interface FindingsStore {
  /**
   * Stores a finding with its record, once. `known`: it was stored before. `other-open`: this release has another one of
   * this account-month.
   */
  put(finding: Finding, record: StoredRecord): Promise<'put' | 'known' | 'other-open'>;
  find(evidenceId: string): Promise<Finding | undefined>;
  /** Whether people dismissed what this release found in that account-month. */
  isDismissed(accountKey: string, release: string, monthStart: number): Promise<boolean>;
  record(evidenceId: string): Promise<EvidenceRecord | undefined>;
  /** One transaction moves it on, and the list of those that are due with it. `moved`: something else came first. */
  step(
    finding: Finding,
    step: FindingStep,
    facts?: { qValue?: number; emitAt?: number },
  ): Promise<'done' | 'moved'>;
  /** The latest first. */
  list(most: number, after?: string): Promise<{ evidenceIds: string[]; next?: string }>;
  /** Those whose time has come, the earliest first. */
  due(now: number, most: number): Promise<string[]>;
  /** A person's word; of the same person about the same finding the first stays. Gives the one that holds. */
  putVerdict(verdict: ReviewVerdictDetail): Promise<VerdictWord>;
  /** The first first. */
  verdicts(evidenceId: string): Promise<ReviewVerdictDetail[]>;
  /** Shows it on the finding. A dismissal stays, whatever is said or comes again after it. */
  noteVerdict(evidenceId: string, verdict: VerdictWord): Promise<void>;
}

const daySeconds = 86_400;
/** Longer than an account-month with its looks. */
const openDays = 62;

const toFinding = ({ d, st, qv, em, vd }: Item): Finding => ({
  ...(JSON.parse(d?.S ?? '{}') as Omit<Finding, 'state'>),
  state: st?.S as Finding['state'],
  ...(qv?.N !== undefined && { qValue: Number(qv.N) }),
  ...(em?.N !== undefined && { emitAt: Number(em.N) }),
  ...(vd?.S !== undefined && { verdict: vd.S as VerdictWord }),
});

const toRecord = ({ d, lg }: Item): EvidenceRecord => ({
  ...(JSON.parse(d?.S ?? '{}') as Omit<EvidenceRecord, 'log'>),
  log: Buffer.from(lg?.B ?? new Uint8Array()).toString('base64'),
});

const isRefused = (error: unknown): boolean => {
  if (writeFailure(error).status === 'refused') return true;
  throw error;
};

export const findingsStore = (
  database: Database,
  TableName: string,
  recordRetentionDays: number,
  now: () => number,
): FindingsStore => {
  const ttlOf = (at: number) => ({ N: String(secondsOf(at) + recordRetentionDays * daySeconds) });
  /** Kept no longer than was told, whenever it is deleted. */
  const read = async (Key: Item): Promise<Item | undefined> => {
    const { Item } = await database.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }));
    return Item && Number(Item.ttl?.N) > secondsOf(now()) ? Item : undefined;
  };

  const putOf = (finding: Finding, { log, ...record }: StoredRecord): TransactWriteItem[] => {
    const { evidenceId, state, accountKey, release, monthStart, foundAt, ...kept } = finding;
    const ttl = ttlOf(foundAt);
    const d = { S: JSON.stringify({ evidenceId, accountKey, release, monthStart, foundAt, ...kept }) };
    return [
      {
        Put: {
          TableName,
          Item: { ...findingKey(evidenceId), d, st: { S: state }, ttl },
          ConditionExpression: 'attribute_not_exists(pk)',
        },
      },
      {
        Put: {
          TableName,
          Item: {
            ...openKey(accountKey, release, monthStart),
            id: { S: evidenceId },
            ttl: { N: String(secondsOf(foundAt) + openDays * daySeconds) },
          },
          ConditionExpression: 'attribute_not_exists(pk)',
        },
      },
      {
        Put: {
          TableName,
          Item: { ...recordKey(evidenceId), d: { S: JSON.stringify(record) }, lg: { B: log }, ttl },
        },
      },
      { Put: { TableName, Item: { ...findingsKey(foundAt, evidenceId), ttl } } },
      {
        Put: {
          TableName,
          Item: { ...ownEvidenceKey(accountKey, evidenceId), fo: { N: String(foundAt) }, ttl },
        },
      },
    ];
  };

  /** What goes with a step: the list of those that are due, and the place of a finding that was withheld. */
  const besides = (
    { evidenceId, accountKey, release, monthStart, emitAt, foundAt }: Finding,
    step: FindingStep,
    nextEmitAt: number | undefined,
  ): TransactWriteItem[] => [
    ...(emitAt === undefined ? [] : [{ Delete: { TableName, Key: dueKey(emitAt, evidenceId) } }]),
    ...(nextEmitAt === undefined
      ? []
      : [{ Put: { TableName, Item: { ...dueKey(nextEmitAt, evidenceId), ttl: ttlOf(foundAt) } } }]),
    ...(step === 'withhold'
      ? [{ Delete: { TableName, Key: openKey(accountKey, release, monthStart) } }]
      : []),
  ];

  const find = async (evidenceId: string): Promise<Finding | undefined> => {
    const item = await read(findingKey(evidenceId));
    return item && toFinding(item);
  };

  return {
    put: async (finding, record) => {
      try {
        await database.send(new TransactWriteItemsCommand({ TransactItems: putOf(finding, record) }));
        return 'put';
      } catch (error) {
        const failure = writeFailure(error);
        if (failure.status !== 'refused') throw error;
        return failure.reasons[0]?.Code === 'ConditionalCheckFailed' ? 'known' : 'other-open';
      }
    },
    find,
    isDismissed: async (accountKey, release, monthStart) => {
      const open = await read(openKey(accountKey, release, monthStart));
      return open?.id?.S !== undefined && (await find(open.id.S))?.verdict === 'dismissed';
    },
    record: async (evidenceId) => {
      const item = await read(recordKey(evidenceId));
      return item && toRecord(item);
    },
    step: async (finding, step, { qValue, emitAt } = {}) => {
      const { from, to } = findingTransitions[step];
      const update = {
        TableName,
        Key: findingKey(finding.evidenceId),
        ConditionExpression: `st IN (${from.map((_, index) => `:f${index}`)})`,
        UpdateExpression: `SET st = :to${qValue === undefined ? '' : ', qv = :qv'}${emitAt === undefined ? '' : ', em = :em'}`,
        ExpressionAttributeValues: {
          ':to': { S: to },
          ...Object.fromEntries(from.map((state, index) => [`:f${index}`, { S: state }])),
          ...(qValue !== undefined && { ':qv': { N: String(qValue) } }),
          ...(emitAt !== undefined && { ':em': { N: String(emitAt) } }),
        },
      };
      try {
        await database.send(
          new TransactWriteItemsCommand({
            TransactItems: [{ Update: update }, ...besides(finding, step, emitAt)],
          }),
        );
        return 'done';
      } catch (error) {
        if (isRefused(error)) return 'moved';
        throw error;
      }
    },
    list: async (Limit, after) => {
      const page: { Items?: Item[]; LastEvaluatedKey?: Item } = await database.send(
        new QueryCommand({
          ...partitionQuery(TableName, findingsPartition),
          Limit,
          ScanIndexForward: false,
          ...(after !== undefined && { ExclusiveStartKey: { pk: findingsPartition, sk: { S: after } } }),
        }),
      );
      const next = page.LastEvaluatedKey?.sk?.S;
      return {
        evidenceIds: (page.Items ?? []).map(({ sk }) => evidenceIdIn(sk?.S)),
        ...(next !== undefined && { next }),
      };
    },
    due: async (now, most) => {
      const items = await queryAll(
        database,
        {
          TableName,
          KeyConditionExpression: 'pk = :pk AND sk < :sk',
          ExpressionAttributeValues: { ':pk': duePartition, ':sk': { S: new Date(now + 1).toISOString() } },
        },
        most,
      );
      return items.map(({ sk }) => evidenceIdIn(sk?.S));
    },
    putVerdict: async (given) => {
      const { evidenceId, verdictId, verdict, decidedAt } = given;
      const Key = verdictKey(evidenceId, verdictId);
      try {
        await database.send(
          new PutItemCommand({
            TableName,
            Item: { ...Key, d: { S: JSON.stringify(given) }, ttl: ttlOf(Date.parse(decidedAt)) },
            ConditionExpression: 'attribute_not_exists(pk)',
          }),
        );
        return verdict;
      } catch (error) {
        if (!isRefused(error)) throw error;
        const known = await read(Key);
        return (JSON.parse(known?.d?.S ?? '{}') as Partial<ReviewVerdictDetail>).verdict ?? verdict;
      }
    },
    verdicts: async (evidenceId) => {
      const items = await queryAll(database, {
        TableName,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :sk)',
        ExpressionAttributeValues: { ':pk': evidencePartition(evidenceId), ':sk': { S: verdictPrefix } },
      });
      return items
        .map(({ d }) => JSON.parse(d?.S ?? '{}') as ReviewVerdictDetail)
        .sort((one, other) => (one.decidedAt < other.decidedAt ? -1 : 1));
    },
    noteVerdict: async (evidenceId, verdict) => {
      try {
        await database.send(
          new UpdateItemCommand({
            TableName,
            Key: findingKey(evidenceId),
            ConditionExpression: 'attribute_exists(pk) AND (attribute_not_exists(vd) OR vd <> :dismissed)',
            UpdateExpression: 'SET vd = :vd',
            ExpressionAttributeValues: { ':vd': { S: verdict }, ':dismissed': { S: 'dismissed' } },
          }),
        );
      } catch (error) {
        // Dismissed already; or the record ended, and the word is late.
        if (!isRefused(error)) throw error;
      }
    },
  };
};
