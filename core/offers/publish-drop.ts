import { createHash } from 'node:crypto';
import type { Fault } from '#contract/describe-problem.ts';
import type { PublishMode } from '#contract/operator.ts';
import type { Money, OfferMode } from '#contract/primitives.ts';
import type { Shares, SharingPolicy } from '#contract/sharing-policy.ts';
import type { Draw, DrawSecret } from '#core/draws/draw.ts';
import { drawTerms } from '#core/draws/draw-terms.ts';
import { clockMarginMs } from '#core/draws/enter-draw.ts';
import type { BlockFacts } from './block.ts';
import type { Drop, PublishingStore } from './publishing-store.ts';
import { shareOut } from './share-out.ts';

export interface PublishDeps {
  store: PublishingStore;
  /** How each station's blocks are shared out. */
  stations: ReadonlyMap<string, Shares>;
  draws: SharingPolicy['draws'];
  now: () => number;
  newSecret: () => DrawSecret;
  /** 16 random bytes in base64url: the key of a request that brings none. */
  randomKey: () => string;
}

export interface PublishInput {
  publisherId: string;
  stationId: string;
  mode: PublishMode;
  /** Left out: at once. */
  opensAt?: string | undefined;
  /** Of draws only. */
  drawSeconds?: number | undefined;
  requestKey?: string | undefined;
  blocks: readonly { startAt: string; endAt: string; pay: Money }[];
}

export type PublishOutcome =
  | { status: 'published'; dropId: string; opensAt: number; draw?: PublishedDraw; blocks: BlockFacts[] }
  | { status: 'refused'; code: 'unknown-station' | 'request-key-reused' | 'outcome-unknown' | 'try-again' }
  | { status: 'refused'; code: 'invalid-request'; faults: Fault[] };

type PublishedDraw = Pick<Draw, 'drawId' | 'closesAt' | 'commitment'>;

const minute = 60_000;
/** A working day with breaks; also keeps a claim's condition far below DynamoDB's limit of 4 KB. */
const longestBlock = 12 * 60 * minute;
/** Nobody plans further, and a typing error in the year is caught. */
const furthestStart = 60 * 24 * 60 * minute;

/** A drop may be announced late, but one of long ago is a typing error. */
const longestAgo = 24 * 60 * minute;

interface Times {
  now: number;
  opensAt: number;
  /** Of the draw, if there is one. */
  closesAt?: number | undefined;
}

const faultsOf = (input: PublishInput, { now, opensAt, closesAt }: Times): Fault[] => {
  const faults: Fault[] = [];
  if (input.drawSeconds !== undefined && input.mode !== 'draw' && input.mode !== 'shares') {
    faults.push({ path: 'drawSeconds', message: 'is for draws only' });
  }
  if (opensAt < now - longestAgo) faults.push({ path: 'opensAt', message: 'lies more than a day ago' });
  if (opensAt > now + furthestStart) {
    faults.push({ path: 'opensAt', message: 'lies more than 60 days ahead' });
  }
  for (const [index, { startAt, endAt }] of input.blocks.entries()) {
    const [startsAt, endsAt] = [Date.parse(startAt), Date.parse(endAt)];
    const at = (field: string, message: string) => faults.push({ path: `blocks.${index}.${field}`, message });
    if (startsAt <= now) at('startAt', 'lies in the past');
    if (startsAt <= opensAt && startsAt > now) at('startAt', 'lies before the drop opens');
    else if (closesAt !== undefined && startsAt <= closesAt && startsAt > now)
      at('startAt', 'lies before the draw closes');
    if (startsAt > now + furthestStart) at('startAt', 'lies more than 60 days ahead');
    if (endsAt <= startsAt) at('endAt', 'must lie after startAt');
    if (endsAt - startsAt > longestBlock) at('endAt', 'a block lasts at most 12 hours');
  }
  return faults;
};

const identifier = (...parts: (string | number)[]) =>
  createHash('sha256')
    .update(parts.join('|'))
    .digest('base64url')
    .slice(0, 12)
    // A command line would take it for an option.
    .replace(/^-/, '_');

/**
 * Publishes blocks that open together, all of them or none. With a request key the ids follow from it,
 * so that sending the request again, even after a lost answer, publishes nothing twice.
 */
export const publishDrop = async (deps: PublishDeps, input: PublishInput): Promise<PublishOutcome> => {
  const shares = deps.stations.get(input.stationId);
  if (!shares) return { status: 'refused', code: 'unknown-station' };
  const dropId = identifier('drop', input.publisherId, input.requestKey ?? deps.randomKey());
  const { requestKey, ...content } = input;
  const digest = createHash('sha256').update(JSON.stringify(content)).digest('base64url');

  const now = deps.now();
  const earlier = requestKey ? await deps.store.findDrop(dropId) : undefined;
  const opensAt = earlier?.opensAt ?? (input.opensAt === undefined ? now : Date.parse(input.opensAt));
  const blockIds = input.blocks.map((_, index) => identifier('block', dropId, index));
  // By chance, not by anything that the request says: or who publishes could try until the good blocks go one way.
  const lot = earlier?.lot ?? deps.randomKey();
  const planned = modesOf(input, shares, lot);
  const secret = deps.newSecret();
  const draw = planned.includes('draw') ? planDraw(deps, input, { dropId, opensAt, now, secret }) : undefined;
  if (!earlier) {
    const faults = faultsOf(input, { now, opensAt, closesAt: draw?.closesAt });
    if (faults.length > 0) return { status: 'refused', code: 'invalid-request', faults };
  }
  const endsAt = Math.max(opensAt, ...input.blocks.map(({ endAt }) => Date.parse(endAt)));
  const { stationId } = input;
  const drawn = blockIds
    .filter((_, index) => planned[index] === 'draw')
    .map((blockId) => ({ blockId, version: firstVersion }));
  const own: Drop = { dropId, digest, opensAt, endsAt, stationId, lot, ...(draw && { draw }) };
  const drop =
    earlier ?? (await deps.store.openDrop(own, draw && { draw: { ...draw, blocks: drawn }, secret }));
  if (drop === 'unsure') return { status: 'refused', code: 'try-again' };
  if (drop.digest !== digest) return { status: 'refused', code: 'request-key-reused' };

  const modes = modesOf(input, shares, drop.lot);
  const blocks = input.blocks.map(({ startAt, endAt, pay }, index): BlockFacts => {
    const mode = modes[index] ?? 'direct';
    return {
      blockId: blockIds[index] ?? '',
      dropId,
      stationId: input.stationId,
      startsAt: Date.parse(startAt),
      endsAt: Date.parse(endAt),
      amount: pay.amount,
      currency: pay.currency,
      mode,
      opensAt: drop.opensAt,
      ...(mode === 'draw' && drop.draw && termsOf(drop.draw)),
    };
  });
  // A request that is sent again after a lost answer may come too late for the draw that its first try announced.
  const drawIsOver = drop.draw !== undefined && deps.now() > drop.draw.closesAt - clockMarginMs;
  const written = await deps.store.writeBlocks(blocks, drawIsOver);
  if (written === 'other') return { status: 'refused', code: 'request-key-reused' };
  // Without a key the same request would be another drop.
  if (written === 'unsure') return { status: 'refused', code: requestKey ? 'try-again' : 'outcome-unknown' };
  return {
    status: 'published',
    dropId,
    opensAt: drop.opensAt,
    ...(drop.draw && { draw: termsOf(drop.draw) }),
    blocks,
  };
};

/** No offer of another one is out yet. */
const firstVersion = 1;

const termsOf = ({ drawId, closesAt, commitment }: PublishedDraw): PublishedDraw => ({
  drawId,
  closesAt,
  commitment,
});

const modesOf = ({ mode, blocks }: PublishInput, shares: Shares, lot: string): OfferMode[] =>
  mode === 'shares' ? shareOut(shares, lot, blocks.length) : blocks.map(() => mode);

/** The first draw of a drop bears its name. One that is announced late is open from now on. */
const planDraw = (
  { draws }: PublishDeps,
  { stationId, drawSeconds = draws.seconds }: PublishInput,
  { dropId, opensAt, now, secret }: { dropId: string; opensAt: number; now: number; secret: DrawSecret },
): Omit<Draw, 'blocks'> => {
  const from = Math.max(opensAt, now);
  return {
    drawId: dropId,
    stationId,
    opensAt,
    ...drawTerms(draws, secret, { opensAt: from, seconds: drawSeconds }),
  };
};
