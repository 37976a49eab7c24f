import type { PublishedDraw } from '#contract/draw-record.ts';
import type { DrawOutcome, DrawView } from '#contract/draws.ts';
import type { BeaconChain } from '#contract/sharing-policy.ts';
import type { Block } from '#core/offers/block.ts';
import { iso, toBlockView } from '#core/offers/block-view.ts';
import { signOffer } from '#core/offers/offer-token.ts';
import type { KeyGenerations } from '#core/shared/key-generations.ts';
import { remembered } from '#core/shared/remembered.ts';
import { timeOfRound } from './beacon-rounds.ts';
import type { Draw, Entry } from './draw.ts';
import type { DrawsStore, StoredDraw } from './draws-store.ts';
import type { EntriesStore } from './entries-store.ts';
import { entrantOf } from './ranking.ts';

type Record = PublishedDraw['record'];

/** A record, and where everybody stands in it. */
interface Results {
  record: Record;
  places: ReadonlyMap<string, number>;
}

/** One of 5,000 entries takes some 2 MB. */
const memory = 10;

/** Records of draws that are over, which never change: read once in this process. */
export const drawResults = (draws: Pick<DrawsStore, 'record'>, limit = memory) => {
  const known = remembered<Promise<Results | undefined>>(limit);
  const load = async (drawId: string): Promise<Results | undefined> => {
    const published = await draws.record(drawId);
    if (!published) return undefined;
    const { record } = published;
    return { record, places: new Map(record.entries.map(({ entrant }, place) => [entrant, place])) };
  };
  return async (drawId: string): Promise<Results | undefined> => {
    const earlier = await known.get(drawId)?.catch(() => undefined);
    if (earlier) return earlier;
    const loading = load(drawId);
    known.set(drawId, loading);
    return loading;
  };
};

export interface LookAtDrawDeps {
  draws: Pick<DrawsStore, 'read'>;
  results: ReturnType<typeof drawResults>;
  entries: Pick<EntriesStore, 'read'>;
  /** Strongly consistent. */
  readBlocks: (ids: readonly string[]) => Promise<Block[]>;
  keys: KeyGenerations;
  chain: BeaconChain;
  now: () => number;
}

export type LookOutcome = { status: 'found'; body: DrawView } | { status: 'refused'; code: 'unknown-draw' };

/** A draw as one driver sees it. */
export const lookAtDraw = async (
  deps: LookAtDrawDeps,
  { drawId, driverId }: { drawId: string; driverId: string },
): Promise<LookOutcome> => {
  const [stored, entry] = await Promise.all([deps.draws.read(drawId), deps.entries.read(drawId, driverId)]);
  if (!stored) return { status: 'refused', code: 'unknown-draw' };
  const { draw, roll } = stored;
  const result = await resultOf(deps, stored, driverId, entry);
  const body: DrawView = {
    drawId,
    stationId: draw.stationId,
    state: stateOf(stored, deps.now()),
    opensAt: iso(draw.opensAt),
    closesAt: iso(draw.closesAt),
    drawnFrom: iso(timeOfRound(deps.chain, draw.beacon.round)),
    commitment: draw.commitment,
    beacon: draw.beacon,
    blocks: draw.blocks.map(({ blockId }) => blockId),
    ...(entry && { entry: viewOf(entry) }),
    ...(roll && { entries: roll.entries, rollDigest: roll.digest }),
    ...(result && { result }),
  };
  return { status: 'found', body };
};

const stateOf = ({ state, draw }: StoredDraw, now: number): DrawView['state'] => {
  if (state !== 'open') return state;
  if (now < draw.opensAt) return 'announced';
  return now < draw.closesAt ? 'open' : 'closed';
};

const viewOf = ({ state, at, choices }: Entry) => ({
  state: state === 'in' ? ('entered' as const) : ('left' as const),
  enteredAt: iso(at),
  choices: [...choices],
});

const resultOf = async (
  deps: LookAtDrawDeps,
  { draw, drawn }: StoredDraw,
  driverId: string,
  entry: Entry | undefined,
): Promise<DrawView['result']> => {
  if (!drawn) return undefined;
  const results = await deps.results(draw.drawId);
  if (!results) throw new Error(`draw ${draw.drawId} is over and has no record`);
  const entrant = entrantOf(draw.drawId, driverId);
  const place = results.places.get(entrant);
  return {
    drawnAt: iso(drawn.at),
    secret: drawn.secret,
    beaconSignature: drawn.beaconSignature,
    ...(place !== undefined && { rank: place + 1 }),
    entrant,
    outcome:
      place === undefined
        ? { status: entry?.state === 'in' ? 'draw-closed' : 'not-entered' }
        : await outcomeOf(deps, draw, results.record, place, { driverId, asked: entry?.asked === true }),
  };
};

const outcomeOf = async (
  deps: LookAtDrawDeps,
  draw: Draw,
  record: Record,
  place: number,
  who: { driverId: string; asked: boolean },
): Promise<DrawOutcome> => {
  const { won, choices = [], refusals = [] } = record.entries[place] ?? {};
  if (won !== undefined) return wonOf(deps, draw.blocks[won] as Draw['blocks'][number], who);
  const against = new Map(refusals);
  return {
    status: 'lost',
    reasons: choices.map((choice) => ({
      blockId: record.blocks[choice] ?? '',
      reason: against.get(choice) ?? 'drawn-before',
    })),
  };
};

/** Whoever was asked nothing has it since the draw. Otherwise the block tells whether it was confirmed. */
const wonOf = async (
  deps: LookAtDrawDeps,
  { blockId, version }: Draw['blocks'][number],
  { driverId, asked }: { driverId: string; asked: boolean },
): Promise<DrawOutcome> => {
  const [block] = await deps.readBlocks([blockId]);
  if (!block) throw new Error(`block ${blockId} was won and does not exist`);
  const shown = toBlockView(block);
  const isTheirs =
    !asked || (block.version === version ? block.owner === driverId : block.releasedBy === driverId);
  if (isTheirs) return { status: 'won', block: shown };
  const { holder, heldUntil = 0 } = block;
  if (block.version === version && holder === driverId && heldUntil >= deps.now()) {
    const offerToken = signOffer(deps.keys, block);
    return { status: 'confirm', block: shown, heldUntil: iso(heldUntil), offerToken };
  }
  return { status: 'not-confirmed', block: shown };
};
