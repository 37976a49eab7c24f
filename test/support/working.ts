import type { Client } from '#contract/client.ts';
import type { Offer } from '#contract/offers.ts';
import { solveWork } from '#phone/work.ts';
import { good, type Suspect } from './cases.ts';
import { publishedBefore } from './challenged.ts';
import type { Marketplace } from './marketplace.ts';

/** A claim that does the silent work, when it is asked for. */
export const claim = async ({ client }: { client: Client }, { offerToken }: Offer) => {
  const answer = await client.claimBlock({ body: { offerToken } });
  if (answer.ok || !answer.body.challenge) return { answer, wasAsked: false };
  const params = { challengeId: answer.body.challenge.challengeId };
  const { task } = good(await client.getChallenge({ params, query: {} }));
  if (task?.kind !== 'work') throw new Error(`asked for ${task?.kind}`);
  const body = { answer: await solveWork(task) };
  const passed = good(await client.attemptChallenge({ params, body }));
  const clearance = passed.status === 'passed' ? passed.clearance : '';
  return { answer: await client.claimBlock({ body: { offerToken, clearance } }), wasAsked: true };
};

/** Blocks that nobody can be quick about any more. */
export const published = async (market: Marketplace, ...blocks: Parameters<Marketplace['publish']>) =>
  (await publishedBefore(market, ...blocks)) as [Offer, ...Offer[]];

/** A check-in, with a code from the staff where a selfie is asked for. */
export const arrive = async (market: Marketplace, { client, driverId }: Suspect, blockId: string) => {
  const asked = await client.checkIn({ params: { blockId } });
  if (asked.ok || !asked.body.check) return asked;
  const params = { stationId: 'DSE1' };
  const { code } = good(await market.publisher.createStaffCode({ params, body: { driverId } }));
  const { checkId } = asked.body.check;
  good(await client.chooseWay({ params: { checkId }, body: { way: 'staff-code', code } }));
  return client.checkIn({ params: { blockId } });
};
