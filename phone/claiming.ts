import type { Offer } from '#contract/offers.ts';
import type { ProblemDocument } from '#contract/problem-document.ts';
import { type Context, good, Refusal } from './command.ts';
import { solveChallenge } from './solve-challenge.ts';

/** What leads to a block: the offer, a challenge if there is one, and the claim. */

export const describeBlock = (block: {
  blockId: string;
  stationId: string;
  startAt: string;
  endAt: string;
  pay: { amount: number; currency: string };
}): string => {
  const { blockId, stationId, startAt, endAt, pay } = block;
  return `${blockId}  ${stationId}  ${startAt} to ${endAt}  ${(pay.amount / 100).toFixed(2)} ${pay.currency}`;
};

/** The one asked for, also of those that are kept for the driver, or the first that can be claimed or entered at once. */
export const findOffer = async ({ session, station, offer: wanted }: Context): Promise<Offer> => {
  const kept = wanted ? await session.client.listReservedOffers() : undefined;
  const reserved = kept?.ok ? kept.body.offers.find(({ blockId }) => blockId === wanted) : undefined;
  if (reserved) return reserved;
  for (let cursor: string | undefined; ; ) {
    const page = good(
      'The offers cannot be read.',
      await session.client.listOffers({
        params: { stationId: station },
        query: cursor === undefined ? {} : { cursor },
      }),
    );
    const found = page?.offers.find(({ blockId, mode }) =>
      wanted ? blockId === wanted : mode === 'direct' || mode === 'draw',
    );
    if (found) return found;
    if (!page?.cursor) {
      throw new Error(
        wanted
          ? `Station ${station} does not offer ${wanted}; \`list --station ${station}\` shows what it offers.`
          : `Station ${station} offers nothing that can be claimed at once.`,
      );
    }
    cursor = page.cursor;
  }
};

/** The clearance of a claim that was challenged, as far as a phone gets one without its person. */
const clear = async ({ session, print }: Context, problem: ProblemDocument): Promise<string | undefined> => {
  const { challenge, heldUntil } = problem;
  if (!challenge) return undefined;
  print(
    `challenged ${challenge.rung}, ${heldUntil ? `the block is kept until ${heldUntil}` : 'the block is not kept'}`,
  );
  const solved = await solveChallenge(session.client, challenge.challengeId);
  if (solved.status === 'passed') {
    print('passed     the phone did the silent work by itself');
    return solved.clearance;
  }
  if (solved.status === 'refused') throw new Refusal('The challenge was not passed.', solved.problem);
  print(`needs you  a ${solved.task} task; \`ask ${solved.challengeId}\` asks for a person instead`);
  return undefined;
};

export const claimOffer = async (context: Context, offerToken: string): Promise<void> => {
  const { session, print } = context;
  const first = await session.client.claimBlock({ body: { offerToken } });
  const clearance = first.ok ? undefined : await clear(context, first.body);
  const answer = clearance ? await session.client.claimBlock({ body: { offerToken, clearance } }) : first;
  if (!answer.ok) throw new Refusal('The block was not claimed.', answer.body);
  if (answer.body.status === 'entered') {
    const { drawId, closesAt, choices } = answer.body;
    print(`entered    draw ${drawId} for ${choices.join(', ')}`);
    return print(`closes     ${closesAt}; then see how it ended: draw ${drawId}`);
  }
  const { block } = answer.body;
  print(`claimed    ${describeBlock(block)}`);
  print(`releasable until ${block.releasableUntil}: release ${block.blockId}`);
};
