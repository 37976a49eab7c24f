import type { Client } from '#contract/client.ts';
import type { Offer } from '#contract/offers.ts';
import type { Chance } from './chance.ts';

/** A look at the station's list. Refused looks have a code and no offers. */
export interface Look {
  offers: readonly Offer[];
  code?: string;
  /** What the Retry-After header says, else 0. */
  retryAfterMs: number;
}

export type ClaimEnd =
  | { status: 'won' }
  /** The block is drawn: there is nothing more to do for it but to `follow` the draw. */
  | { status: 'entered'; drawId: string; closesAt: number }
  | {
      status: 'refused';
      /** Of contract/problems.ts. */
      code: string;
      retryAfterMs: number;
      /** With `challenge-required`: what to solve. */
      challengeId?: string;
    };

/** Who does what a phone cannot do by itself: somebody who looks at the puzzle for so many milliseconds, or nobody. */
export type Hands = { kind: 'nobody' } | { kind: 'owner' | 'bought'; lookMs: () => number };

/** Offers that one account of a family found and the others wait for: all of a family play in one process. */
export interface Board {
  post(offers: readonly Offer[]): void;
  /** What was posted since this account asked last; waits for it, at most so long. */
  next(waitMs: number): Promise<readonly Offer[]>;
}

/** What one account of a family plays with. Times in milliseconds. */
export interface World {
  stationId: string;
  /** The account's place among those of its family, from 0, and how many they are. */
  seat: { index: number; count: number };
  /** Repeats with the seed of the run; every account has one of its own. */
  chance: Chance;
  /** The end of the game, by `now`. */
  until: number;
  now: () => number;
  /** Ends early when the game does. */
  sleep: (ms: number) => Promise<void>;
  /** Asks for the list: only the blocks that this game is about. */
  look: () => Promise<Look>;
  /** Opens an offer and touches the screen, as an app reports it. Never fails. */
  view: (offer: Offer) => Promise<void>;
  /** `instead`: blocks of the same draw that the account would take too, the better ones first. */
  claim: (offer: Offer, clearance?: string, instead?: readonly Offer[]) => Promise<ClaimEnd>;
  /**
   * Waits for the outcome of a draw that was entered; whoever has to show that a person claims does so with these hands.
   * Nobody needs to wait for it: the game ends when all draws have, and those that nobody follows count too.
   */
  follow: (drawId: string, hands: Hands) => Promise<void>;
  /** The clearance of a challenge; silent work is done by the phone, everything else by the hands given. */
  solve: (challengeId: string, hands: Hands) => Promise<string | undefined>;
  board: Board;
  /** The account's client of the API, for whatever else; what is done with it is not counted. */
  client: Client;
}

/**
 * A kind of participant in the live game, in a process of its own. `npm run arena -- --plugin FILE` takes a module with
 *
 *     export const live: LiveFamily = {
 *       name: 'my-bot',
 *       about: 'Looks every second and takes the first block.',
 *       phone: 'own',
 *       network: 'own',
 *       play: async ({ until, now, sleep, look, claim }) => {
 *         while (now() < until) {
 *           const [offer] = (await look()).offers;
 *           if (offer) await claim(offer);
 *           await sleep(1_000);
 *         }
 *       },
 *     };
 *
 * It may take `family` (the same for the account-months of `arena/offline`) along. `play` runs once for each
 * account and ends soon after `until`; whatever it throws ends the arena with its words.
 */
export interface LiveFamily {
  /** Kebab-case. */
  name: string;
  about: string;
  /** A software phone that is enrolled for the account, or the driver's password alone. */
  phone: 'own' | 'none';
  /** An address of its own for each account, or one for all. */
  network: 'own' | 'shared';
  play: (world: World) => Promise<void>;
}
