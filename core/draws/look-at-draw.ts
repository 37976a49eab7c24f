import type { DrawnEntry, PublishedDraw } from '#contract/draw-record.ts';
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
type ShownBlock = ReturnType<typeof toBlockView>;

/** A draw that is over, which never changes: all that most of its entrants ask for. */
interface Ended {
  stored: StoredDraw & Required<Pick<StoredDraw, 'drawn'>>;
  record: Record;
  /** Where everybody stands in it. */
  places: ReadonlyMap<string, number>;
  blocks: ReadonlyMap<string, ShownBlock>;
}

/** One of 5,000 entries takes some 2 MB. */
const memory = 10;
/** Who waits for an outcome asks again and again: all of them share one read. */
const lifetimeMs = 250;

interface ReadsDraws {
  draws: Pick<DrawsStore, 'read' | 'record'>;
  /** Strongly consistent. */
  readBlocks: (ids: readonly string[]) => Promise<Block[]>;
  now: () => number;
}

/** Draws as this process knows them: one that is over is read once, others are looked at afresh every moment. */
export const knownDraws = ({ draws, readBlocks, now }: ReadsDraws, limit = memory) => {
  const ended = remembered<Ended>(limit);
  const looked = remembered<{ until: number; found: Promise<StoredDraw | Ended | undefined> }>(limit);

  const look = async (drawId: string): Promise<StoredDraw | Ended | undefined> => {
    const stored = await draws.read(drawId);
    if (!stored?.drawn) return stored;
    const [published, blocks] = await Promise.all([
      draws.record(drawId),
      readBlocks(stored.draw.blocks.map(({ blockId }) => blockId)),
    ]);
    if (!published) throw new Error(`draw ${drawId} is over and has no record`);
    const { record } = published;
    const end = {
      stored: { ...stored, drawn: stored.drawn },
      record,
      places: new Map(record.entries.map(({ entrant }, place) => [entrant, place])),
      blocks: new Map(blocks.map((block) => [block.blockId, toBlockView(block)])),
    };
    ended.set(drawId, end);
    return end;
  };
  return (drawId: string): Ended | Promise<StoredDraw | Ended | undefined> => {
    const end = ended.get(drawId);
    if (end) return end;
    const earlier = looked.get(drawId);
    if (earlier && earlier.until > now()) return earlier.found;
    const found = look(drawId);
    looked.set(drawId, { until: now() + lifetimeMs, found });
    return found;
  };
};

export interface LookAtDrawDeps {
  known: ReturnType<typeof knownDraws>;
  entries: Pick<EntriesStore, 'read'>;
  /** Strongly consistent. */
  readBlocks: ReadsDraws['readBlocks'];
  keys: KeyGenerations;
  chain: BeaconChain;
  now: () => number;
}

interface Asking {
  drawId: string;
  driverId: string;
}

export type LookOutcome = { status: 'found'; body: DrawView } | { status: 'refused'; code: 'unknown-draw' };

/** A draw as one driver sees it. Of one that is over and that this process has read, most are told without a call. */
export const lookAtDraw = async (deps: LookAtDrawDeps, asking: Asking): Promise<LookOutcome> => {
  const known = await deps.known(asking.drawId);
  if (!known) return { status: 'refused', code: 'unknown-draw' };
  if ('record' in known) return { status: 'found', body: await viewOfEnded(deps, known, asking) };
  const entry = await deps.entries.read(asking.drawId, asking.driverId);
  const body = { ...commonOf(deps, known), ...(entry && { entry: viewOf(entry) }) };
  return { status: 'found', body };
};

const commonOf = ({ chain, now }: LookAtDrawDeps, stored: StoredDraw) => {
  const { draw, roll } = stored;
  return {
    drawId: draw.drawId,
    stationId: draw.stationId,
    state: stateOf(stored, now()),
    opensAt: iso(draw.opensAt),
    closesAt: iso(draw.closesAt),
    drawnFrom: iso(timeOfRound(chain, draw.beacon.round)),
    commitment: draw.commitment,
    beacon: draw.beacon,
    blocks: draw.blocks.map(({ blockId }) => blockId),
    ...(roll && { entries: roll.entries, rollDigest: roll.digest }),
  };
};

const stateOf = ({ state, draw }: StoredDraw, now: number): DrawView['state'] => {
  if (state !== 'open') return state;
  if (now < draw.opensAt) return 'announced';
  return now < draw.closesAt ? 'open' : 'closed';
};

const viewOf = ({ state, at, choices }: Entry): DrawView['entry'] => ({
  state: state === 'in' ? ('entered' as const) : ('left' as const),
  enteredAt: iso(at),
  choices: [...choices],
});

const viewOfEnded = async (deps: LookAtDrawDeps, ended: Ended, asking: Asking): Promise<DrawView> => {
  const { stored, record, places } = ended;
  const { drawId, driverId } = asking;
  const entrant = entrantOf(drawId, driverId);
  const place = places.get(entrant);
  const drawn = place === undefined ? undefined : record.entries[place];
  const entry = drawn ? ofTheRoll(record, drawn) : await ofNoRoll(deps, asking);
  return {
    ...commonOf(deps, stored),
    ...(entry && { entry }),
    result: {
      drawnAt: iso(stored.drawn.at),
      secret: stored.drawn.secret,
      beaconSignature: stored.drawn.beaconSignature,
      ...(place !== undefined && { rank: place + 1 }),
      entrant,
      outcome: drawn
        ? await outcomeOf(deps, ended, drawn, driverId)
        : { status: entry?.state === 'entered' ? 'draw-closed' : 'not-entered' },
    },
  };
};

const ofTheRoll = ({ blocks }: Record, { choices }: DrawnEntry): DrawView['entry'] => ({
  state: 'entered',
  choices: choices.map((choice) => blocks[choice] ?? ''),
});

const ofNoRoll = async (
  { entries }: LookAtDrawDeps,
  { drawId, driverId }: Asking,
): Promise<DrawView['entry'] | undefined> => {
  const entry = await entries.read(drawId, driverId);
  return entry && viewOf(entry);
};

const outcomeOf = async (
  deps: LookAtDrawDeps,
  { stored, record, blocks }: Ended,
  { won, asked, choices, refusals = [] }: DrawnEntry,
  driverId: string,
): Promise<DrawOutcome> => {
  if (won !== undefined) {
    const block = stored.draw.blocks[won] as Draw['blocks'][number];
    if (asked) return afterAsking(deps, block, driverId);
    const shown = blocks.get(block.blockId);
    if (!shown) throw new Error(`block ${block.blockId} was won and does not exist`);
    return { status: 'won', block: shown };
  }
  const against = new Map(refusals);
  return {
    status: 'lost',
    reasons: choices.map((choice) => ({
      blockId: record.blocks[choice] ?? '',
      reason: against.get(choice) ?? 'drawn-before',
    })),
  };
};

/** Whoever was asked nothing has it since the draw. Of the others the block tells whether it was confirmed. */
const afterAsking = async (
  deps: LookAtDrawDeps,
  { blockId, version }: Draw['blocks'][number],
  driverId: string,
): Promise<DrawOutcome> => {
  const [block] = await deps.readBlocks([blockId]);
  if (!block) throw new Error(`block ${blockId} was won and does not exist`);
  const shown = toBlockView(block);
  const isTheirs = block.version === version ? block.owner === driverId : block.releasedBy === driverId;
  if (isTheirs) return { status: 'won', block: shown };
  const { holder, heldUntil = 0 } = block;
  if (block.version === version && holder === driverId && heldUntil >= deps.now()) {
    const offerToken = signOffer(deps.keys, block);
    return { status: 'confirm', block: shown, heldUntil: iso(heldUntil), offerToken };
  }
  return { status: 'not-confirmed', block: shown };
};
