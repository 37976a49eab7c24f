import type { claimBlock } from '#contract/claims.ts';
import type { Answer, Client } from '#contract/client.ts';
import type { Offer } from '#contract/offers.ts';
import { solveChallenge } from '#phone/solve-challenge.ts';
import type { Chance } from '../chance.ts';
import type { Board, ClaimEnd, Hands, Look, World } from '../family.ts';
import { followDraws } from './follow-draws.ts';
import { isStop, type Tally } from './tally.ts';

export interface Surroundings {
  client: Client;
  /** Says of a challenge that somebody has solved it: programs cannot, and whether people can is not played here. */
  solvedByHand: (challengeId: string) => Promise<void>;
  /** Where and how long a finger touches the screen: points, ms. */
  touch: () => { x: number; y: number; holdMs: number };
  stationId: string;
  seat: World['seat'];
  chance: Chance;
  board: Board;
  now: () => number;
  wait: (ms: number) => Promise<void>;
  until: number;
  /** Blocks that the game is about. */
  isOurs: (blockId: string) => boolean;
}

/** What a claim needs to know of an offer. */
export type Claimable = Pick<Offer, 'offerId' | 'blockId' | 'offerToken'>;

/** Right answers without a trace are asked for twice: docs/challenges.md, "Grading". */
const puzzlesOfAChallenge = 2;

const retryAfterMs = (headers: Headers) => 1_000 * (Number(headers.get('retry-after')) || 0);

/** What an account plays with; everything that it does is counted in its tally. */
export const worldOf = (
  around: Surroundings,
  tally: Tally,
): World & { /** The outcome of all draws is known. */ drawsEnded: () => Promise<void> } => {
  const { client, now, until, stationId } = around;
  const sleep = (ms: number) => around.wait(Math.max(0, Math.min(ms, until - now())));
  /** Offers whose claim was challenged and not passed yet. */
  const open = new Set<string>();
  const claimedAt: number[] = [];

  const look = async (): Promise<Look> => {
    tally.looks += 1;
    const answer = await client.listOffers({ params: { stationId } });
    if (answer.ok) {
      const offers = answer.status === 200 ? answer.body.offers : [];
      return { offers: offers.filter(({ blockId }) => around.isOurs(blockId)), retryAfterMs: 0 };
    }
    tally.looksRefused += 1;
    return { offers: [], code: answer.body.code, retryAfterMs: retryAfterMs(answer.headers) };
  };

  const claim = async (
    offer: Claimable,
    clearance?: string,
    instead: readonly Offer[] = [],
  ): Promise<ClaimEnd> => {
    const askedAt = now();
    const alternatives = instead.map(({ offerToken }) => offerToken);
    const answer = await client.claimBlock({
      body: {
        offerToken: offer.offerToken,
        ...(alternatives.length > 0 && { alternatives }),
        ...(clearance && { clearance }),
      },
    });
    tally.answerMs.push(now() - askedAt);
    if (!clearance) claimedAt.push(askedAt);
    if (!clearance) tally.attempts += 1;
    else if (open.delete(offer.offerId)) tally.stopped -= 1;
    return settle(answer, offer);
  };

  const settle = (answer: Answer<typeof claimBlock>, { blockId, offerId }: Claimable): ClaimEnd => {
    if (answer.ok) {
      if (answer.status === 202) {
        const entered = { drawId: answer.body.drawId, closesAt: Date.parse(answer.body.closesAt) };
        draws.entered(entered);
        return { status: 'entered', ...entered };
      }
      if (answer.status === 201) tally.won.push(blockId);
      return { status: 'won' };
    }
    const { code, challenge } = answer.body;
    tally.codes[code] = (tally.codes[code] ?? 0) + 1;
    if (code === 'challenge-required' && !open.has(offerId)) {
      open.add(offerId);
      tally.challenged += 1;
      tally.met.push({
        rung: challenge?.rung ?? 'unknown',
        claimsInMinute: claimedAt.filter((at) => at > now() - 60_000).length,
        misses: tally.codes['block-taken'] ?? 0,
      });
      tally.stopped += 1;
    }
    if (isStop(answer.status)) tally.stopped += 1;
    return {
      status: 'refused',
      code,
      retryAfterMs: retryAfterMs(answer.headers),
      ...(challenge && { challengeId: challenge.challengeId }),
    };
  };

  const solve = async (challengeId: string, hands: Hands): Promise<string | undefined> => {
    let solved = await solveChallenge(client, challengeId);
    if (solved.status === 'person-needed' && hands.kind !== 'nobody') {
      for (let puzzle = 0; puzzle < puzzlesOfAChallenge && now() < until; puzzle += 1) {
        await sleep(hands.lookMs());
        tally.puzzles += 1;
      }
      if (now() >= until) return undefined;
      await around.solvedByHand(challengeId);
      solved = await solveChallenge(client, challengeId);
    }
    if (solved.status !== 'passed') return undefined;
    tally.passed += 1;
    return solved.clearance;
  };

  const confirm = async (offer: Claimable, hands: Hands): Promise<void> => {
    const first = await claim(offer);
    if (first.status !== 'refused' || !first.challengeId) return;
    const clearance = await solve(first.challengeId, hands);
    if (clearance) await claim(offer, clearance);
  };
  const draws = followDraws({ ...around, confirm }, tally);

  /** A report that does not arrive is no matter to anybody who plays. */
  const view = async ({ offerId }: Offer): Promise<void> => {
    const touched = { offerId, at: new Date(now()).toISOString() };
    const events = [
      { type: 'offer-viewed' as const, ...touched },
      { type: 'pointer' as const, ...touched, ...around.touch() },
    ];
    await client.sendTelemetry({ body: { events } }).catch(() => {});
  };

  return {
    stationId,
    seat: around.seat,
    chance: around.chance,
    until,
    now,
    sleep,
    look,
    view,
    claim,
    follow: draws.follow,
    drawsEnded: draws.ended,
    solve,
    board: around.board,
    client,
  };
};
