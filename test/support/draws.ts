import { createHash } from 'node:crypto';
import type { PublishedDraw } from '#contract/draw-record.ts';
import { type SharingPolicy, sharingPolicy } from '#contract/sharing-policy.ts';
import { drawsStore } from '#core/draws/draws-store.ts';
import { entriesStore } from '#core/draws/entries-store.ts';
import { leaveDraw } from '#core/draws/leave-draw.ts';
import { knownDraws, lookAtDraw } from '#core/draws/look-at-draw.ts';
import { offeringStore } from '#core/draws/offering-store.ts';
import { passUnconfirmed } from '#core/draws/pass-unconfirmed.ts';
import { type RunDrawDeps, runDraw } from '#core/draws/run-draw.ts';
import { signDraw } from '#core/draws/sign-record.ts';
import { verifyDraw } from '#core/draws/verify-record.ts';
import type { BlockFacts } from '#core/offers/block.ts';
import { type ClaimDeps, claimBlock } from '#core/offers/claim-block.ts';
import { type Commitment, claimsStore } from '#core/offers/claims-store.ts';
import { signOffer } from '#core/offers/offer-token.ts';
import { publishDrop } from '#core/offers/publish-drop.ts';
import { publishingStore } from '#core/offers/publishing-store.ts';
import { readBlocks } from '#core/offers/schedule-store.ts';
import { settledOffers } from '#core/offers/settled-offers.ts';
import type { Database } from '#core/shared/dynamodb-store.ts';
import localStage from '#lib/stages/local.json' with { type: 'json' };
import { localBeaconSignature } from '#local/services/beacon.ts';
import { monday, someKeys, unique } from './builders.ts';
import { aKey } from './published-draws.ts';

const hour = 3_600_000;
const retentionDays = 30;
export const someSharing: SharingPolicy = sharingPolicy.parse(localStage.sharing);
const { draws: policy } = someSharing;
export const confirmMs = policy.confirmSeconds * 1_000;

/** Signing takes some ten milliseconds. */
const signatures = new Map<number, string>();
const signatureOf = (round: number): string => {
  const signature = signatures.get(round) ?? localBeaconSignature(round);
  signatures.set(round, signature);
  return signature;
};

export interface AnnouncedDraw {
  drawId: string;
  closesAt: number;
  blocks: BlockFacts[];
}

const key = aKey();

/** Draws over a table, at times that only the test moves: whoever sleeps moves them. */
export const aDrawWorld = (database: Database, table: string, seed = 'a seed') => {
  const clock = { at: monday - 24 * hour };
  const told: Parameters<RunDrawDeps['tell']>[0][] = [];
  const [restricted, behind] = [new Set<string>(), new Set<string>()];
  const surroundings = (skewMs = 0) => ({
    now: () => clock.at + skewMs,
    random: () => 0.5,
    sleep: async (ms: number) => {
      clock.at += ms;
    },
  });
  let secrets = 0;
  const newSecret = () => {
    secrets += 1;
    return createHash('sha256').update(`${seed}|${secrets}`).digest('base64url');
  };

  const announce = async (
    blocks: number | readonly { startsAt: number; minutes?: number }[],
  ): Promise<AnnouncedDraw> => {
    const plans =
      typeof blocks === 'number'
        ? Array.from({ length: blocks }, (_, index) => ({ startsAt: monday + (index % 100) * hour }))
        : blocks;
    const published = await publishDrop(
      {
        store: publishingStore(database, table, retentionDays),
        stations: new Map([['DSE1', { draw: 100, reserved: 0, gated: 0, direct: 0 }]]),
        draws: policy,
        now: () => clock.at,
        newSecret,
        randomKey: () => unique('key'),
      },
      {
        publisherId: 'publisher-1',
        stationId: 'DSE1',
        mode: 'draw',
        blocks: plans.map(({ startsAt, minutes = 60 }: { startsAt: number; minutes?: number }) => ({
          startAt: new Date(startsAt).toISOString(),
          endAt: new Date(startsAt + minutes * 60_000).toISOString(),
          pay: { amount: 6_400, currency: 'EUR' },
        })),
      },
    );
    if (published.status !== 'published' || !published.draw) throw new Error(JSON.stringify(published));
    const { drawId, closesAt } = published.draw;
    return { drawId, closesAt, blocks: published.blocks };
  };

  /** One warm function that takes claims; `asks` whoever enters, when they win. */
  const claimDeps = ({ asks = false, skewMs = 0, through = database } = {}): ClaimDeps => ({
    ...surroundings(skewMs),
    store: claimsStore(through, table, retentionDays),
    settled: settledOffers(),
    keys: someKeys,
    maxWeeklyMinutes: 40 * 60,
    draws: {
      entries: entriesStore(through, table),
      mostChoices: 10,
    },
    guard: () =>
      asks
        ? { status: 'go', asks, risk: { decision: 'challenge', points: 5, reasons: [] } }
        : { status: 'go' },
  });
  const tokenOf = (block: BlockFacts | undefined) =>
    signOffer(someKeys, { ...(block as BlockFacts), version: 1 });
  const enter = (
    driverId: string,
    { blocks }: AnnouncedDraw,
    choices: readonly number[] = [0],
    { deviceId = 'phone-1', ...how }: Parameters<typeof claimDeps>[0] & { deviceId?: string } = {},
  ) => {
    const [offerToken = '', ...alternatives] = choices.map((choice) => tokenOf(blocks[choice]));
    return claimBlock(claimDeps(how), {
      ...{ requestId: unique('request'), driverId, deviceId, offerToken, alternatives },
    });
  };
  /** A claim outside of any draw. */
  const claimToken = (driverId: string, offerToken: string) =>
    claimBlock(claimDeps(), { requestId: unique('request'), driverId, offerToken });

  /** A block is given to somebody past its draw, as one that was taken from them wrongly is. */
  const takeDirectly = (claim: Omit<Commitment, 'weeks'>) =>
    claimsStore(database, table, retentionDays).commitClaim({ ...claim, weeks: [] }, 40 * 60);

  const runDeps = (through: Database = database, overrides: Partial<RunDrawDeps> = {}): RunDrawDeps => ({
    ...surroundings(),
    draws: drawsStore(through, table),
    claims: claimsStore(through, table, retentionDays),
    readBlocks: (ids) => readBlocks(through, table, ids),
    offering: offeringStore(through, table),
    isRestricted: async () => (driverId) => restricted.has(driverId),
    behind: async () => behind,
    beacon: async (round) => ({ status: 'known', signature: signatureOf(round) }),
    chain: policy.beacon,
    sign: (payload) => signDraw(key.signer, payload),
    maxWeeklyMinutes: 40 * 60,
    confirmMs,
    tell: async (detail) => {
      told.push(detail);
    },
    ...overrides,
  });
  const close = ({ closesAt }: AnnouncedDraw) => {
    clock.at = Math.max(clock.at, closesAt);
  };
  const run = (draw: AnnouncedDraw, deps = runDeps()) => {
    close(draw);
    return runDraw(deps, { drawId: draw.drawId, runId: unique('run') });
  };

  const store = drawsStore(database, table);
  const recordOf = async ({ drawId }: AnnouncedDraw): Promise<PublishedDraw> => {
    const published = await store.record(drawId);
    if (!published) throw new Error(`draw ${drawId} has no record`);
    return published;
  };
  /** What anybody says who checks the record offline. */
  const verdictOn = async (draw: AnnouncedDraw) => verifyDraw(JSON.stringify(await recordOf(draw)), key.keys);
  const ofBlocks = (ids: readonly string[]) => readBlocks(database, table, ids);
  const lookDeps = {
    entries: entriesStore(database, table),
    readBlocks: ofBlocks,
    keys: someKeys,
    chain: policy.beacon,
    now: () => clock.at,
  };
  const look = async (driverId: string, { drawId }: AnnouncedDraw) => {
    // As a process that has read nothing yet.
    const known = knownDraws({ draws: store, readBlocks: ofBlocks, now: lookDeps.now });
    const found = await lookAtDraw({ ...lookDeps, known }, { drawId, driverId });
    if (found.status !== 'found') throw new Error(found.code);
    return found.body;
  };
  return {
    ...{
      clock,
      told,
      restricted,
      behind,
      store,
      announce,
      enter,
      claimToken,
      takeDirectly,
      runDeps,
      run,
      close,
    },
    ...{ recordOf, verdictOn, look, surroundings, entries: entriesStore(database, table) },
    blocksOf: async ({ blocks }: AnnouncedDraw) => {
      const found = await readBlocks(
        database,
        table,
        blocks.map(({ blockId }) => blockId),
      );
      return blocks.map(({ blockId }) => found.find((block) => block.blockId === blockId));
    },
    outcome: async (driverId: string, draw: AnnouncedDraw) => (await look(driverId, draw)).result?.outcome,
    leave: (driverId: string, { drawId }: AnnouncedDraw, skewMs = 0) =>
      leaveDraw(
        { ...surroundings(skewMs), draws: store, entries: entriesStore(database, table) },
        { drawId, driverId },
      ),
    passUnconfirmed: ({ drawId }: AnnouncedDraw) => passUnconfirmed(runDeps(), { drawId }),
  };
};
export type DrawWorld = ReturnType<typeof aDrawWorld>;
