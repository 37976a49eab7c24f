import { createHash } from 'node:crypto';
import { type Device, enrol, noDevices } from '#core/devices/device.ts';
import { devicesStore } from '#core/devices/devices-store.ts';
import { offeringStore } from '#core/draws/offering-store.ts';
import type { Block, BlockFacts } from '#core/offers/block.ts';
import { readBlock } from '#core/offers/blocks-store.ts';
import { claimBlock } from '#core/offers/claim-block.ts';
import { claimsStore } from '#core/offers/claims-store.ts';
import { signOffer } from '#core/offers/offer-token.ts';
import { publishDrop } from '#core/offers/publish-drop.ts';
import { publishingStore } from '#core/offers/publishing-store.ts';
import { scheduleStore } from '#core/offers/schedule-store.ts';
import { settledOffers } from '#core/offers/settled-offers.ts';
import type { Database } from '#core/shared/dynamodb-store.ts';
import type { Surroundings } from '#core/shared/tries.ts';
import { readStage } from '#lib/stage-config.ts';

export interface MarketDeps extends Surroundings {
  database: Database;
  tables: { offers: string; devices: string };
  retentionDays: number;
  stationId: string;
}

const keys = { current: 'k1', keys: new Map([['k1', 'a key of worlds alone']]) };
const maxWeeklyMinutes = 40 * 60;
const hourMs = 3_600_000;
const offerMs = 600_000;
const iso = (at: number) => new Date(at).toISOString();

/** A driver’s first phone, whose evidence nobody looks at here. */
const aPhone = (driverId: string, at: number): Omit<Device, 'status' | 'enrolledAt'> => ({
  deviceId: `phone-of-${driverId}`,
  platform: 'ios',
  tier: 'A',
  reasons: [],
  jkt: createHash('sha256').update(driverId).digest('base64url'),
  attestedAt: at,
  requestId: `enrol-${driverId}`,
  serials: [],
  evidence: {},
});

/** Blocks and phones, through the stores and use cases that drivers meet. */
export const openMarket = ({ database, tables, retentionDays, stationId, ...surroundings }: MarketDeps) => {
  const { now } = surroundings;
  const devices = devicesStore(database, tables.devices, retentionDays);
  const schedule = scheduleStore(database, tables.offers);
  const offering = offeringStore(database, tables.offers);
  const claims = {
    ...surroundings,
    store: claimsStore(database, tables.offers, retentionDays),
    settled: settledOffers(),
    keys,
    maxWeeklyMinutes,
  };
  const publishing = {
    now,
    store: publishingStore(database, tables.offers, retentionDays),
    stations: new Map([[stationId, { draw: 0, reserved: 0, gated: 0, direct: 100 }]]),
    draws: readStage('local').sharing.draws,
    newSecret: () => 'none',
    randomKey: () => 'none',
  };
  let requests = 0;
  // An engine remembers requests for all of its tables, and so for all of its worlds.
  const nextRequest = () => {
    requests += 1;
    return `${tables.offers}-${requests}`;
  };
  const read = async (blockId: string): Promise<Block> => {
    const block = await readBlock(database, tables.offers, blockId);
    if (!block) throw new Error(`there is no block ${blockId}`);
    return block;
  };
  return {
    read,
    /** Blocks of a driver that have not ended. */
    bookedBy: async (driverId: string): Promise<Block[]> =>
      (await schedule.blocksFrom(driverId, now())).filter(({ endsAt }) => endsAt > now()),
    devicesOf: devices.read,
    /** Blocks of two hours for 64.00, by their starts in milliseconds since the epoch. */
    publish: async (...starts: readonly number[]): Promise<BlockFacts[]> => {
      const outcome = await publishDrop(publishing, {
        publisherId: 'publisher',
        stationId,
        mode: 'direct',
        requestKey: nextRequest(),
        blocks: starts.map((at) => ({
          startAt: iso(at),
          endAt: iso(at + 2 * hourMs),
          pay: { amount: 6_400, currency: 'USD' },
        })),
      });
      if (outcome.status === 'refused') throw new Error(`not published: ${outcome.code}`);
      return outcome.blocks;
    },
    /** `claimed`, or why not. A block that waits is offered to this driver first. */
    claim: async (driverId: string, blockId: string): Promise<string> => {
      const waiting = await read(blockId);
      if (waiting.state === 'waiting') {
        await offering.reserve(waiting, { driverId, until: now() + offerMs, at: now() });
      }
      const { state: _, owner: __, dropId: ___, ...facts } = await read(blockId);
      const deviceId = `phone-of-${driverId}`;
      const offerToken = signOffer(keys, facts);
      const outcome = await claimBlock(claims, { requestId: nextRequest(), driverId, deviceId, offerToken });
      return outcome.status === 'refused' ? outcome.code : outcome.status;
    },
    enrol: async (driverId: string): Promise<void> => {
      const day = 24 * hourMs;
      const policy = {
        ...{ coolingOffMs: 0, maxChanges: 5, firstPhoneCoolsOff: false },
        ...{ attestationLifetimeMs: 14 * day, checkLifetimeMs: 30 * day },
      };
      const before = noDevices(driverId);
      const step = enrol(before, aPhone(driverId, now()), policy, now());
      const answer = step.status === 'done' && (await devices.change(before, step.after, { at: now() }));
      if (answer !== 'done') throw new Error(`the phone of ${driverId} cannot be enrolled`);
    },
  };
};
