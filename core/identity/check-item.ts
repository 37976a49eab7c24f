import type { SelfieCheckState } from '#contract/identity.ts';
import type { Item } from '#core/shared/dynamodb-store.ts';
import type { Check } from './check.ts';
import { checkKey, photoKey, secondsOf, staffCodeKey, verdictKey, waitingKey } from './keys.ts';

const daySeconds = 86_400;

/** State and revision are attributes of their own for conditions to look at. */
export const checkItem = (check: Check, recordRetentionDays: number): Item => {
  const { driverId, checkId, state, revision, ...kept } = check;
  return {
    ...checkKey(driverId, checkId),
    id: { S: checkId },
    dr: { S: driverId },
    st: { S: state },
    rv: { N: String(revision) },
    d: { S: JSON.stringify(kept) },
    ttl: { N: String(secondsOf(check.createdAt) + recordRetentionDays * daySeconds) },
  };
};

export const toCheck = (item: Item): Check => ({
  ...(JSON.parse(item.d?.S ?? '{}') as Omit<Check, 'driverId' | 'checkId' | 'state' | 'revision'>),
  driverId: item.dr?.S ?? '',
  checkId: item.id?.S ?? '',
  state: item.st?.S as SelfieCheckState,
  revision: Number(item.rv?.N),
});

/** Notes a photo that was used, on the condition that it never was. */
export const photoPut = (TableName: string, driverId: string, fingerprint: string, until: number) => ({
  Put: {
    TableName,
    Item: { ...photoKey(driverId, fingerprint), ttl: { N: String(secondsOf(until)) } },
    ConditionExpression: 'attribute_not_exists(pk)',
  },
});

/** Where nobody comes, the list forgets before the check does. */
const waitingDays = 30;

/** Moves the list of those who wait for a person along with a check. */
export const waitingWrites = (
  TableName: string,
  before: Check,
  after: Check,
  recordRetentionDays: number,
) => {
  const { driverId, checkId } = after;
  const waits = ({ state, askedAt }: Check) => (state === 'waiting' ? askedAt : undefined);
  const [since, until] = [waits(before), waits(after)];
  if (since === until) return [];
  const ttlOf = (at: number) => secondsOf(at) + Math.min(waitingDays, recordRetentionDays) * daySeconds;
  const item = (at: number): Item => ({
    ...waitingKey(driverId, checkId, at),
    ttl: { N: String(ttlOf(at)) },
  });
  return [
    ...(since === undefined ? [] : [{ Delete: { TableName, Key: waitingKey(driverId, checkId, since) } }]),
    ...(until === undefined ? [] : [{ Put: { TableName, Item: item(until) } }]),
  ];
};

/** A person's word about a check. */
export interface Verdict {
  by: string;
  rationale: string;
  /** Milliseconds since the epoch. */
  at: number;
}

/** Of the check as it was when the word was said: a later one stands beside it. */
export const verdictPut = (
  TableName: string,
  { driverId, checkId, revision }: Check,
  { by, rationale, at }: Verdict,
  recordRetentionDays: number,
) => ({
  Put: {
    TableName,
    Item: {
      ...verdictKey(driverId, checkId, revision),
      id: { S: checkId },
      by: { S: by },
      why: { S: rationale },
      at: { N: String(at) },
      ttl: { N: String(secondsOf(at) + recordRetentionDays * daySeconds) },
    },
    ConditionExpression: 'attribute_not_exists(pk)',
  },
});

export const toVerdict = (item: Item): Verdict & { checkId: string } => ({
  checkId: item.id?.S ?? '',
  by: item.by?.S ?? '',
  rationale: item.why?.S ?? '',
  at: Number(item.at?.N),
});

/** A code from the staff, spent. */
export interface SpentCode {
  code: string;
  stationId?: string | undefined;
  at: number;
}

export const codeUpdate = (TableName: string, { driverId }: Check, { code, stationId, at }: SpentCode) => ({
  Update: {
    TableName,
    Key: staffCodeKey(code),
    ConditionExpression: `attribute_not_exists(usedBy) AND ex > :now${stationId ? ' AND stn = :stn' : ''}`,
    UpdateExpression: 'SET usedBy = :driver',
    ExpressionAttributeValues: {
      ':driver': { S: driverId },
      ':now': { N: String(at) },
      ...(stationId && { ':stn': { S: stationId } }),
    },
  },
});
