import { createHash } from 'node:crypto';
import { allot } from '#core/draws/allot.ts';
import { entrantOf, inOrder, seedOf } from '#core/draws/ranking.ts';

/** Who takes part in a simulated draw, and which of its blocks each would take. */
export interface Ticket {
  account: number;
  driverId: string;
  choices: readonly number[];
}

const bytesOf = (what: string, length: number): Buffer =>
  createHash('shake256', { outputLength: length }).update(what).digest();

/** Secret and beacon value of a draw follow from the seed of the run; how long each is, is as in a real one. */
export const seedOfDraw = (run: number, drawId: string, chainHash: string): Buffer =>
  seedOf(bytesOf(`${run}|${drawId}|secret`, 32).toString('base64url'), {
    drawId,
    chainHash,
    round: 1,
    signature: bytesOf(`${run}|${drawId}|beacon`, 48).toString('hex'),
  });

/** As the product draws it: the accounts that won a block. */
export const holdDraw = (seed: Uint8Array, drawId: string, tickets: readonly Ticket[]): number[] => {
  const entries = tickets.map((ticket) => ({ ...ticket, entrant: entrantOf(drawId, ticket.driverId) }));
  const ranked = inOrder(entries, seed, drawId);
  const parts = allot<never>(
    ranked.map(({ choices }) => choices),
    () => undefined,
  );
  return ranked.flatMap(({ account }, place) => (parts[place]?.won === undefined ? [] : [account]));
};
