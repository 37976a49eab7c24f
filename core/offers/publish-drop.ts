import { createHash } from 'node:crypto';
import type { Fault } from '#contract/describe-problem.ts';
import type { Money, OfferMode } from '#contract/primitives.ts';
import type { BlockFacts } from './block.ts';
import type { PublishingStore } from './publishing-store.ts';

export interface PublishDeps {
  store: PublishingStore;
  stations: ReadonlySet<string>;
  now: () => number;
  /** 16 random bytes in base64url: the key of a request that brings none. */
  randomKey: () => string;
}

export interface PublishInput {
  publisherId: string;
  stationId: string;
  mode: OfferMode;
  /** Left out: at once. */
  opensAt?: string | undefined;
  /** Of draws only. */
  drawSeconds?: number | undefined;
  requestKey?: string | undefined;
  blocks: readonly { startAt: string; endAt: string; pay: Money }[];
}

export type PublishOutcome =
  | { status: 'published'; dropId: string; opensAt: number; blocks: BlockFacts[] }
  | { status: 'refused'; code: 'unknown-station' | 'request-key-reused' | 'outcome-unknown' | 'try-again' }
  | { status: 'refused'; code: 'invalid-request'; faults: Fault[] };

const minute = 60_000;
/** A working day with breaks; also keeps a claim's condition far below DynamoDB's limit of 4 KB. */
const longestBlock = 12 * 60 * minute;
/** Nobody plans further, and a typing error in the year is caught. */
const furthestStart = 60 * 24 * 60 * minute;

/** A drop may be announced late, but one of long ago is a typing error. */
const longestAgo = 24 * 60 * minute;

const faultsOf = (input: PublishInput, now: number, opensAt: number): Fault[] => {
  const faults: Fault[] = [];
  if (input.mode === 'draw')
    faults.push({ path: 'mode', message: 'draws are not available at this station yet' });
  if (input.drawSeconds !== undefined && input.mode !== 'draw') {
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
    if (startsAt > now + furthestStart) at('startAt', 'lies more than 60 days ahead');
    if (endsAt <= startsAt) at('endAt', 'must lie after startAt');
    if (endsAt - startsAt > longestBlock) at('endAt', 'a block lasts at most 12 hours');
  }
  return faults;
};

const identifier = (...parts: (string | number)[]) =>
  createHash('sha256').update(parts.join('|')).digest('base64url').slice(0, 12);

/**
 * Publishes blocks that open together, all of them or none. With a request key the ids follow from it,
 * so that sending the request again, even after a lost answer, publishes nothing twice.
 */
export const publishDrop = async (deps: PublishDeps, input: PublishInput): Promise<PublishOutcome> => {
  if (!deps.stations.has(input.stationId)) return { status: 'refused', code: 'unknown-station' };
  const dropId = identifier('drop', input.publisherId, input.requestKey ?? deps.randomKey());
  const { requestKey, ...content } = input;
  const digest = createHash('sha256').update(JSON.stringify(content)).digest('base64url');

  const now = deps.now();
  const earlier = requestKey ? await deps.store.findDrop(dropId) : undefined;
  const opensAt = earlier?.opensAt ?? (input.opensAt === undefined ? now : Date.parse(input.opensAt));
  if (!earlier) {
    const faults = faultsOf(input, now, opensAt);
    if (faults.length > 0) return { status: 'refused', code: 'invalid-request', faults };
  }
  const endsAt = Math.max(opensAt, ...input.blocks.map(({ endAt }) => Date.parse(endAt)));
  const { stationId } = input;
  const drop = earlier ?? (await deps.store.openDrop({ dropId, digest, opensAt, endsAt, stationId }));
  if (drop === 'unsure') return { status: 'refused', code: 'try-again' };
  if (drop.digest !== digest) return { status: 'refused', code: 'request-key-reused' };

  const blocks = input.blocks.map(
    ({ startAt, endAt, pay }, index): BlockFacts => ({
      blockId: identifier('block', dropId, index),
      dropId,
      stationId: input.stationId,
      startsAt: Date.parse(startAt),
      endsAt: Date.parse(endAt),
      amount: pay.amount,
      currency: pay.currency,
      mode: input.mode,
      opensAt: drop.opensAt,
    }),
  );
  const written = await deps.store.writeBlocks(blocks);
  if (written === 'other') return { status: 'refused', code: 'request-key-reused' };
  // Without a key the same request would be another drop.
  if (written === 'unsure') return { status: 'refused', code: requestKey ? 'try-again' : 'outcome-unknown' };
  return { status: 'published', dropId, opensAt: drop.opensAt, blocks };
};
