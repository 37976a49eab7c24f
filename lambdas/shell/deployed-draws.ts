import { drawsStore } from '#core/draws/draws-store.ts';
import { entriesStore } from '#core/draws/entries-store.ts';
import { knownDraws } from '#core/draws/look-at-draw.ts';
import { rotationStore } from '#core/draws/rotation-store.ts';
import { readBlocks } from '#core/offers/schedule-store.ts';
import { type Database, dynamoDb } from '#core/shared/dynamodb-store.ts';
import type { EnvironmentOf } from '../env.ts';
import { runtime } from '../runtime.ts';
import { deployedKeys } from './deployed-keys.ts';

/** What a driver can look at of draws, reserved blocks and rotations, and change of the own part in them. */
export const deployedDraws = (env: EnvironmentOf<'draws'>, database: Database = dynamoDb()) => {
  const { OFFERS_TABLE: table, SHARING: sharing } = env;
  const draws = drawsStore(database, table);
  const read = { draws, readBlocks: (ids: readonly string[]) => readBlocks(database, table, ids) };
  return {
    ...runtime,
    ...read,
    known: knownDraws({ ...read, now: Date.now }),
    entries: entriesStore(database, table),
    rotation: rotationStore(database, table),
    keys: deployedKeys(env.OFFER_KEYS),
    chain: sharing.draws.beacon,
    stations: new Set(env.STATION_IDS),
    minutes: sharing.reserved.minutes,
  };
};
