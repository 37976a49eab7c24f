import type { Hand, Solving } from './hand.ts';
import type { Steps } from './station.ts';

/**
 * A family of bots. `--plugin FILE` takes a module that exports one as `family`:
 *
 *     export const family: OfflineFamily = {
 *       name: 'metronome',
 *       about: 'looks every ten seconds, takes the first block',
 *       *act(hand) {
 *         hand.open();
 *         for (;;) {
 *           const [offer] = yield* hand.list();
 *           if (offer) yield* hand.claim(offer);
 *           yield 10_000;
 *         }
 *       },
 *     };
 *
 * `act` is one account's program over the whole month: it yields the milliseconds that it waits and goes through `hand`
 * for everything else. All chance comes from `hand.chance`, so that the same seed gives the same files. Draw whatever
 * makes an account different from the next one at the beginning of `act`: a family is not one fixed signature. Beside
 * the program a person may use the account by hand and drives its blocks; that is not the family's business.
 */
export interface OfflineFamily {
  name: string;
  /** One line for people. */
  about: string;
  /** How many accounts one operator runs, from and to; one without it. */
  crew?: readonly [least: number, most: number];
  /** What it runs on: the driver's genuine phone, a pool that a crew shares, or any of what programs run on. */
  machine?: 'phone' | 'pool' | 'any';
  /** Who solves its challenges; as long as a person takes without it. */
  solving?: Solving;
  /** `crew` are all the hands of the same operator, this one among them, in a fixed order. */
  act(hand: Hand, crew: readonly Hand[]): Steps;
}
