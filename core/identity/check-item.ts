import type { SelfieCheckState } from '#contract/identity.ts';
import type { Item } from '#core/shared/dynamodb-store.ts';
import type { Check } from './check.ts';
import { checkKey, photoKey, secondsOf } from './keys.ts';

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
