import { type DrawsStore, drawsStore } from '#core/draws/draws-store.ts';
import { type EntriesStore, entriesStore } from '#core/draws/entries-store.ts';
import { leaveDraw } from '#core/draws/leave-draw.ts';
import { knownDraws, lookAtDraw } from '#core/draws/look-at-draw.ts';
import { offerAgain } from '#core/draws/offer-again.ts';
import { offeringStore } from '#core/draws/offering-store.ts';
import { passUnconfirmed } from '#core/draws/pass-unconfirmed.ts';
import { type RunDrawDeps, runDraw } from '#core/draws/run-draw.ts';
import { claimBlock } from '#core/offers/claim-block.ts';
import { claimsStore } from '#core/offers/claims-store.ts';
import { lateRelease } from '#core/offers/late-releases-store.ts';
import { signOffer } from '#core/offers/offer-token.ts';
import { releaseBlock } from '#core/offers/release-block.ts';
import { readBlocks } from '#core/offers/schedule-store.ts';
import { settledOffers } from '#core/offers/settled-offers.ts';
import type { Database } from '#core/shared/dynamodb-store.ts';
import type { Surroundings } from '#core/shared/tries.ts';
import type { DrawMutant } from './draw-mutants.ts';
import { type DrawStep, type DrawWorld, type Entrant, policy } from './draw-world.ts';

/** What one invocation of a function has: a network, a clock, and what it is set up with. */
export interface Process extends Surroundings {
  database: Database;
  table: string;
  mutant: DrawMutant;
  world: DrawWorld;
}

const keys = { current: 'k1', keys: new Map([['k1', 'a key for histories only']]) };
const recordRetentionDays = 30;
/** Some releases are late, some are not. */
const lateHours = 8;
const releaseLeadMinutes = 15;

const same = <T>(it: T): T => it;
const drawsOf = ({ database, table, mutant }: Process): DrawsStore =>
  (mutant.draws ?? same)(drawsStore(database, table));
const entriesOf = ({ database, table, mutant }: Process): EntriesStore =>
  (mutant.entries ?? same)(entriesStore(database, table));
const readerOf =
  ({ database, table }: Process) =>
  (ids: readonly string[]) =>
    readBlocks(database, table, ids);

/** One call of the API, with what the driver chose. */
interface Asking {
  requestId: string;
  driver: Entrant;
  choices: readonly string[];
  phone: DrawStep['phone'];
  /** To be released. */
  blockId: string;
}

/** What the driver is told. */
export interface Told {
  status: string;
  /** Of an entry. */
  choices?: readonly string[];
  isAsked?: boolean;
}

/** A warm function. */
export interface Claiming {
  skewMs: number;
  perform(process: Process, kind: DrawStep['kind'], asking: Asking): Promise<Told>;
  /** It died, and another one takes its place. */
  forget(): void;
}

const tokenOf = ({ world }: Process, blockId: string) => {
  const block = world.blocks.find((one) => one.blockId === blockId);
  if (!block) throw new Error(`block ${blockId} was never published`);
  return signOffer(keys, { ...block, version: 1 });
};

export const claimingFor = (skewMs: number): Claiming => {
  let settled = settledOffers();
  const claim = async (process: Process, { requestId, driver, choices, phone }: Asking): Promise<Told> => {
    const isAsked = driver.isAsked && phone === 1;
    const risk = { decision: 'challenge', points: 5, reasons: [] } as const;
    const [offerToken = '', ...alternatives] = choices.map((blockId) => tokenOf(process, blockId));
    const { database, table, world } = process;
    const outcome = await claimBlock(
      {
        ...process,
        store: claimsStore(database, table, recordRetentionDays),
        settled,
        keys,
        maxWeeklyMinutes: world.maxWeeklyMinutes,
        draws: { entries: entriesOf(process), mostChoices: 10 },
        guard: (_, { closesAt = 0 }, now) =>
          isAsked && now < closesAt ? { status: 'go', asks: true, risk } : { status: 'go' },
      },
      { requestId, driverId: driver.driverId, deviceId: `phone-${phone}`, offerToken, alternatives },
    );
    if (outcome.status === 'refused') return { status: outcome.code };
    if (outcome.status !== 'entered') return { status: outcome.status };
    return { status: 'entered', choices: outcome.choices, isAsked: outcome.risk !== undefined };
  };
  const release = async (process: Process, { requestId, driver, blockId }: Asking): Promise<Told> => {
    const { database, table } = process;
    const outcome = await releaseBlock(
      {
        ...process,
        store: claimsStore(database, table, recordRetentionDays),
        ...{ settled, releaseLeadMinutes, lateHours },
        noteLate: (late) => lateRelease(table, late, 14),
      },
      { requestId, driverId: driver.driverId, blockId },
    );
    return { status: outcome.status === 'refused' ? outcome.code : outcome.status };
  };
  const leave = async (process: Process, { driver }: Asking): Promise<Told> => {
    const { drawId } = process.world.draw;
    const outcome = await leaveDraw(
      { ...process, draws: drawsOf(process), entries: entriesOf(process) },
      { drawId, driverId: driver.driverId },
    );
    return { status: outcome.status === 'refused' ? outcome.code : outcome.status };
  };
  const kinds = { claim, release, leave };
  return {
    skewMs,
    perform: (process, kind, asking) => kinds[kind](process, asking),
    forget: () => {
      settled = settledOffers();
    },
  };
};

/** How often the SDK sends what may be sent again. */
const mostSends = 3;

/** Reads are sent again, as the SDK does it. Writes are not: no late one may be hidden by that. */
const patient = (database: Database): Database => ({
  send: async (command) => {
    for (let sends = 1; ; sends += 1) {
      try {
        return await database.send(command);
      } catch (error) {
        const isRead = /^(Get|BatchGet|Query)/.test(command.constructor.name);
        if (!isRead || sends === mostSends) throw error;
      }
    }
  },
});

/** The value of the beacon: of no key, as nobody verifies it here. */
const beaconSignature = 'ab'.repeat(48);

/** A run that gets no answers for long throws, and is started again. */
export const expectedEnd =
  /^crashed$|^threw (Timeout|ECONNRESET|InternalServer|Throttling|Provisioned|Transaction)|could not be (begun|sealed|published|passed on)|cannot decide about|waiting blocks was/;

export interface Followed {
  status: string;
  /** When it is to be done again, in milliseconds since the epoch; nothing when all is done. */
  again?: number;
}

/** Holds the draw and does what follows from it: leftovers are offered again, what nobody confirms passes on. */
export const runAndFollow = async (of: Process, runId: string): Promise<Followed> => {
  const process = { ...of, database: patient(of.database) };
  const { database, table, world } = process;
  const { drawId, blocks } = world.draw;
  const draws = drawsOf(process);
  const offering = offeringStore(database, table);
  const read = readerOf(process);
  const deps: RunDrawDeps = {
    ...process,
    ...{ draws, offering, readBlocks: read },
    claims: claimsStore(database, table, recordRetentionDays),
    isRestricted: async () => (driverId) => driverId === world.restricted,
    behind: async () => new Set([world.behind]),
    beacon: async () => ({ status: 'known', signature: beaconSignature }),
    chain: policy.beacon,
    sign: async ({ sha256 }) => sha256,
    maxWeeklyMinutes: world.maxWeeklyMinutes,
    confirmMs: world.confirmMs,
    tell: async () => {},
  };
  const run = await runDraw(deps, { drawId, runId });
  if (run.status === 'early') return { status: 'early', again: run.at };
  if (run.status === 'busy') return { status: 'busy', again: run.until };
  if (run.status !== 'drawn' && run.status !== 'over') throw new Error(`a run was ${run.status}`);
  const offerLeftovers = async () => {
    const waiting = (await read(blocks.map(({ blockId }) => blockId))).filter(
      ({ state, mode }) => state === 'waiting' && mode === 'draw',
    );
    const newSecret = () => '';
    await offerAgain({ ...process, offering, draws: policy, newSecret, recordRetentionDays }, waiting);
  };
  await offerLeftovers();
  const passed = await passUnconfirmed({ ...process, draws, readBlocks: read, offering }, { drawId });
  await offerLeftovers();
  return passed.status === 'later' ? { status: 'kept', again: passed.at } : { status: run.status };
};

/** What a driver is told of the draw. */
export const lookAs = (process: Process) => async (driverId: string) => {
  const [readOf, draws] = [readerOf(process), drawsOf(process)];
  const deps = {
    ...{ known: knownDraws({ draws, readBlocks: readOf, now: process.now }), keys, chain: policy.beacon },
    ...{ entries: entriesOf(process), readBlocks: readOf, now: process.now },
  };
  const found = await lookAtDraw(deps, { drawId: process.world.draw.drawId, driverId });
  return found.status === 'found' ? found.body : undefined;
};
