import { createHash } from 'node:crypto';
import type { SharingPolicy } from '#contract/sharing-policy.ts';
import type { Block } from '#core/offers/block.ts';
import { maxTries, pause, type Surroundings } from '#core/shared/tries.ts';
import { firstRoundFrom, timeOfRound } from './beacon-rounds.ts';
import type { Draw, DrawSecret } from './draw.ts';
import { drawTerms } from './draw-terms.ts';
import type { OfferingStore } from './offering-store.ts';

export interface OfferAgainDeps extends Surroundings {
  offering: Pick<OfferingStore, 'openInDraw'>;
  draws: SharingPolicy['draws'];
  newSecret: () => DrawSecret;
  recordRetentionDays: number;
}

/** One transaction holds no more, with the draw itself. */
const mostBlocks = 90;
const longestSeconds = 900;
/** Whoever looks at that moment can still enter. */
const leastMs = 2_000;

/**
 * How long a draw of the block is open, in seconds, if it is over before the block begins; nothing if none is. The one
 * after a draw that nobody entered is twice as long: there is less of a rush for it.
 */
export const secondsOfNextDraw = (
  { againSeconds, sealMilliseconds, beacon }: SharingPolicy['draws'],
  { startsAt }: Pick<Block, 'startsAt'>,
  drawsInVain: number,
  now: number,
): number | undefined => {
  const lastRound = timeOfRound(beacon, firstRoundFrom(beacon, startsAt) - 1);
  // A millisecond less than what fits: as a fraction it must not be rounded into the next round.
  const roomMs = lastRound - sealMilliseconds - now - 1;
  const usual = Math.min(againSeconds * 2 ** drawsInVain, longestSeconds);
  if (usual * 1_000 <= roomMs) return usual;
  return roomMs >= leastMs ? roomMs / 1_000 : undefined;
};

/** The same blocks in the same versions are the same draw, whoever offers them again, and however often. */
const drawIdOf = (blocks: readonly Block[]): string =>
  createHash('sha256')
    .update(['again', ...blocks.map(({ blockId, version }) => `${blockId}@${version}`)].join('|'))
    .digest('base64url')
    .slice(0, 12)
    // A command line would take it for an option.
    .replace(/^-/, '_');

/** Turns of a reserved block were no draws. */
const drawsInVainOf = ({ mode, passes = 0 }: Block) => (mode === 'draw' ? passes : 0);

interface Plan {
  stationId: string;
  seconds: number;
  drawsInVain: number;
  blocks: Block[];
}

/** One draw for those of a station that are drawn equally long. */
const plansOf = (deps: OfferAgainDeps, waiting: readonly Block[], now: number): Plan[] => {
  const plans = new Map<string, Plan>();
  const inOrder = [...waiting].sort((a, b) => (a.blockId < b.blockId ? -1 : 1));
  for (const block of inOrder) {
    const drawsInVain = drawsInVainOf(block);
    const seconds = secondsOfNextDraw(deps.draws, block, drawsInVain, now);
    if (seconds === undefined) continue;
    const { stationId } = block;
    const key = `${stationId}|${seconds}|${drawsInVain}`;
    const plan = plans.get(key) ?? { stationId, seconds, drawsInVain, blocks: [] };
    plan.blocks.push(block);
    plans.set(key, plan);
  }
  return [...plans.values()].flatMap((plan) =>
    Array.from({ length: Math.ceil(plan.blocks.length / mostBlocks) }, (_, part) => ({
      ...plan,
      blocks: plan.blocks.slice(part * mostBlocks, (part + 1) * mostBlocks),
    })),
  );
};

const announce = async (deps: OfferAgainDeps, plan: Plan, opensAt: number): Promise<Draw | undefined> => {
  const { stationId, seconds, drawsInVain } = plan;
  const secret = deps.newSecret();
  const terms = drawTerms(deps.draws, secret, { opensAt, seconds });
  let { blocks } = plan;
  for (let attempt = 1; blocks.length > 0; attempt += 1) {
    const versions = blocks.map(({ blockId, version }) => ({ blockId, version }));
    const draw: Draw = { drawId: drawIdOf(blocks), stationId, opensAt, ...terms, blocks: versions };
    const endsAt = Math.max(...blocks.map((block) => block.endsAt));
    const expiresAt = endsAt + deps.recordRetentionDays * 86_400_000;
    const answer = await deps.offering.openInDraw(draw, secret, expiresAt, drawsInVain);
    if (answer.status === 'done') return draw;
    if (answer.status === 'refused') {
      const others = blocks.filter((_, index) => !answer.blocks[index]);
      if (others.length < blocks.length) {
        blocks = others;
        continue;
      }
    }
    if (attempt >= maxTries) throw new Error(`a draw of waiting blocks was ${answer.status}`);
    await pause(deps);
  }
  return undefined;
};

/**
 * Opens waiting blocks in draws of their own, which are answered. Blocks that do not wait any more as they are given are
 * left to whoever was earlier; one that begins before a draw could be over keeps waiting.
 */
export const offerAgain = async (deps: OfferAgainDeps, waiting: readonly Block[]): Promise<Draw[]> => {
  const now = deps.now();
  const draws: Draw[] = [];
  for (const plan of plansOf(deps, waiting, now)) {
    const draw = await announce(deps, plan, now);
    if (draw) draws.push(draw);
  }
  return draws;
};
