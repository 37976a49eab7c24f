import { randomBytes } from 'node:crypto';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { type Due, dueStore } from '#core/draws/due-store.ts';
import { offeringStore } from '#core/draws/offering-store.ts';
import { rotationStore } from '#core/draws/rotation-store.ts';
import { tick, type WorkOffDeps } from '#core/draws/work-off.ts';
import type { Block, BlockFacts } from '#core/offers/block.ts';
import { blockItem } from '#core/offers/blocks-store.ts';
import { claimBlock } from '#core/offers/claim-block.ts';
import { claimsStore } from '#core/offers/claims-store.ts';
import { lateReleaseDays } from '#core/offers/late-releases.ts';
import { lateRelease, lateReleasesStore } from '#core/offers/late-releases-store.ts';
import { signOffer } from '#core/offers/offer-token.ts';
import { releaseBlock } from '#core/offers/release-block.ts';
import { readBlocks } from '#core/offers/schedule-store.ts';
import { settledOffers } from '#core/offers/settled-offers.ts';
import { weeksStore } from '#core/offers/weeks-store.ts';
import type { Database } from '#core/shared/dynamodb-store.ts';
import type { Mail } from '#core/shared/mail-gateway.ts';
import { readStage } from '#lib/stage-config.ts';
import { aBlock, someKeys, unique } from './builders.ts';
import type { Engine } from './engine.ts';

const maxWeeklyMinutes = 40 * 60;

/** A marketplace of one table at a time that only the test moves, and workers of it. */
export const aSharingWorld = async (engine: Engine, start: number) => {
  const table = await engine.createTable();
  const clock = { at: start };
  const { sharing } = readStage('local');
  const mails: Mail[] = [];
  const timers: { due: Due; delaySeconds: number }[] = [];
  const client: Database = engine.client;
  const surroundings = {
    now: () => clock.at,
    random: Math.random,
    sleep: async (ms: number) => {
      clock.at += Math.ceil(ms);
    },
  };
  const worker = (overrides: Partial<WorkOffDeps> = {}, database: Database = client): WorkOffDeps => ({
    ...surroundings,
    ...sharing,
    due: dueStore(database, table),
    setTimer: async (due, delaySeconds) => {
      timers.push({ due, delaySeconds });
    },
    findDraw: async () => undefined,
    runDraw: async () => ({ status: 'over' }),
    passUnconfirmed: async () => ({ status: 'done' }),
    newRunId: () => unique('run'),
    offering: offeringStore(database, table),
    readBlocks: (ids) => readBlocks(database, table, ids),
    rotation: rotationStore(database, table),
    weeks: weeksStore(database, table),
    newSecret: () => randomBytes(32).toString('base64url'),
    recordRetentionDays: 30,
    maxWeeklyMinutes,
    isRestricted: async () => () => false,
    late: lateReleasesStore(database, table),
    contact: 'support@example.com',
    findContact: async (driverId) => ({ address: `${driverId}@example.com` }),
    sendMail: async (mail) => {
      mails.push(mail);
      return { status: 'sent' };
    },
    ...overrides,
  });
  const drivers = (database: Database = client) => {
    const deps = {
      ...surroundings,
      store: claimsStore(database, table, 30),
      settled: settledOffers(),
      keys: someKeys,
      maxWeeklyMinutes,
      releaseLeadMinutes: 45,
      lateHours: sharing.releases.lateHours,
      noteLate: (release: Parameters<typeof lateRelease>[1]) => lateRelease(table, release, lateReleaseDays),
    };
    return {
      claim: async (driverId: string, block: BlockFacts & { version: number }) => {
        const offerToken = signOffer(someKeys, block);
        const outcome = await claimBlock(deps, { requestId: unique('request'), driverId, offerToken });
        return outcome.status === 'refused' ? outcome.code : outcome.status;
      },
      release: async (driverId: string, blockId: string) => {
        const outcome = await releaseBlock(deps, { requestId: unique('request'), driverId, blockId });
        return outcome.status === 'refused' ? outcome.code : outcome.status;
      },
    };
  };
  const read = async ({ blockId }: { blockId: string }): Promise<Block> => {
    const [block] = await readBlocks(client, table, [blockId]);
    if (!block) throw new Error(`there is no block ${blockId}`);
    return block;
  };
  const published = async (facts: Partial<BlockFacts> = {}, state: Block['state'] = 'open') => {
    const block = { ...aBlock(facts), version: 1 };
    await client.send(
      new PutItemCommand({ TableName: table, Item: blockItem(block, 1, state, 2_000_000_000) }),
    );
    return block;
  };
  return {
    ...{ table, clock, sharing, mails, timers, worker, drivers, read, published, client },
    rotation: rotationStore(client, table),
    late: lateReleasesStore(client, table),
    /** What is due until a time. */
    due: (until = Number.MAX_SAFE_INTEGER / 1_000) => dueStore(client, table).until(until),
    /** A block that its driver has given back. */
    released: async (facts: Partial<BlockFacts> = {}): Promise<Block> => {
      const block = await published(facts);
      const driver = unique('driver');
      const { claim, release } = drivers();
      const outcomes = [await claim(driver, block), await release(driver, block.blockId)];
      if (outcomes.join() !== 'claimed,released') throw new Error(`not released: ${outcomes}`);
      return read(block);
    },
    tick: (by = worker()) => tick(by),
  };
};
export type SharingWorld = Awaited<ReturnType<typeof aSharingWorld>>;
