import type { Client } from '#contract/client.ts';
import type { DrawOutcome } from '#contract/draws.ts';
import type { Chance } from '../chance.ts';
import type { Hands } from '../family.ts';
import type { Tally } from './tally.ts';
import type { Claimable } from './world.ts';

interface Following {
  client: Pick<Client, 'getDraw'>;
  now: () => number;
  wait: (ms: number) => Promise<void>;
  chance: Chance;
  /** Claims what was won and is kept until a person has shown to be one. */
  confirm: (offer: Claimable, hands: Hands) => Promise<void>;
}

/** A draw that has no outcome so long after its close has failed. */
const patienceMs = 60_000;
const lookEveryMs = 1_000;

interface Entered {
  drawId: string;
  closesAt: number;
}

/** The draws that one account has entered, to their end. */
export const followDraws = ({ client, now, wait, chance, confirm }: Following, tally: Tally) => {
  const entered = new Map<string, Entered>();
  const followed = new Map<string, Promise<void>>();

  const outcomeOf = async ({ drawId, closesAt }: Entered): Promise<DrawOutcome> => {
    let next = closesAt;
    for (;;) {
      // Not all at once: phones are told of it, one after the other.
      await wait(next - now() + chance() * lookEveryMs);
      const answer = await client.getDraw({ params: { drawId } });
      if (answer.ok && answer.body.result) return answer.body.result.outcome;
      if (now() > closesAt + patienceMs)
        throw new Error(`draw ${drawId} has no outcome: ${answer.ok ? answer.body.state : answer.body.code}`);
      next = Math.max(answer.ok ? Date.parse(answer.body.drawnFrom) : 0, now() + lookEveryMs);
    }
  };

  const toTheEnd = async (draw: Entered, hands: Hands): Promise<void> => {
    const outcome = await outcomeOf(draw);
    if (outcome.status === 'won') tally.won.push(outcome.block.blockId);
    if (outcome.status !== 'confirm') return;
    tally.asked += 1;
    const { blockId } = outcome.block;
    const offer = { offerId: `${blockId} of ${draw.drawId}`, blockId, offerToken: outcome.offerToken };
    await confirm(offer, hands);
  };

  const follow = (drawId: string, hands: Hands): Promise<void> => {
    const draw = entered.get(drawId);
    if (!draw) throw new Error(`nobody has entered draw ${drawId}`);
    const following = followed.get(drawId) ?? toTheEnd(draw, hands);
    followed.set(drawId, following);
    // Whoever waits for all of them hears of it.
    following.catch(() => {});
    return following;
  };

  return {
    entered: (draw: Entered): void => {
      if (!entered.has(draw.drawId)) tally.draws += 1;
      entered.set(draw.drawId, draw);
    },
    follow,
    ended: async (): Promise<void> => {
      await Promise.all([...entered.keys()].map((drawId) => follow(drawId, { kind: 'nobody' })));
    },
  };
};
