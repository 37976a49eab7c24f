import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { Check } from '#core/identity/check.ts';
import { spendStaffCode } from '#core/identity/choose-way.ts';
import { askAtCheckIn } from '#core/identity/open-check.ts';
import { blockItem, readBlock } from '#core/offers/blocks-store.ts';
import { type CheckInOutcome, checkIn, type Position } from '#core/offers/check-in.ts';
import { checkInStore } from '#core/offers/check-in-store.ts';
import { readStage } from '#lib/stage-config.ts';
import { aBlock, monday, unique } from './builders.ts';
import { aDriver, aPolicy, type IdentityWorld, minute } from './identity.ts';

const stage = readStage('local');
export const scheduleKey = async () => Buffer.from('a key of the schedule, for tests');
export const station = { latitude: 47.5475, longitude: -122.3216, radiusMeters: 2_000 };
export const atCheckIn = monday - 10 * minute;
/** A schedule that asks nobody, with changes. */
export const schedules = (changes: object) =>
  aPolicy({ schedule: { ...aPolicy().schedule, newPhones: false, share: 0, ...changes } });
export const always = schedules({ share: 1 });
export const never = schedules({ share: 0 });

/** A block that is this driver's, from the claim on. */
export const claimed = async (
  { engines, tables }: IdentityWorld,
  { driverId, deviceId }: { driverId: string; deviceId?: string },
  { version = 1, blockId = unique('block'), startsAt = monday } = {},
) => {
  const Item = {
    ...blockItem(aBlock({ blockId, startsAt }), version, 'taken', 2_000_000_000),
    ow: { S: driverId },
    ...(deviceId && { dv: { S: deviceId } }),
  };
  await engines.engine.client.send(new PutItemCommand({ TableName: tables.offers, Item }));
  return blockId;
};

/** Through the use case, as the function is composed. */
export const arrive = (
  { engines, deps, tables, options }: IdentityWorld,
  sender: { driverId: string; deviceId?: string },
  blockId: string,
  position?: Position,
  staffCode?: string,
) => {
  const { driverId, deviceId } = sender;
  return checkIn<Check>(
    {
      ...deps,
      store: checkInStore(options.database ?? engines.engine.client, tables.offers),
      guard: (who, block, until) => askAtCheckIn({ ...deps, scheduleKey }, who, block, until),
      spendStaffCode: (code, who, block, now) => spendStaffCode(deps, code, who.driverId, block, now),
      policy: stage.checkIn,
      positions: { DSE1: station },
    },
    { driverId, ...(deviceId && { deviceId }), blockId, position, staffCode },
  );
};
export const blockOf = async ({ engines, tables }: IdentityWorld, blockId: string) => {
  const block = await readBlock(engines.engine.client, tables.offers, blockId);
  if (!block) throw new Error('there is no such block');
  return block;
};
export const checkIdOf = (outcome: CheckInOutcome<{ checkId: string }>) => {
  if (outcome.status !== 'asked') throw new Error(`not asked, but ${outcome.status}`);
  return outcome.check.checkId;
};
export const someone = { reviewerId: 'reviewer', rationale: 'looked at both' };

/** Who takes a way without a face. */
export const aCourier = (here: IdentityWorld) => aDriver(here, { agrees: false, references: 0 });
