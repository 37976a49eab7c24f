import type { Chance } from '../chance.ts';
import type { OfflineFamily } from '../family.ts';
import { type Habits, habitsOf } from '../habits.ts';
import { second } from '../market.ts';
import { Person } from '../person.ts';
import { published } from '../published.ts';

/** What was recorded of somebody: milliseconds from the offer on the screen to the request. */
const recordOf = (chance: Chance, habits: Habits): number[] => {
  const { floorMs, medianMs, lapses } = published.reaction;
  return Array.from({ length: 60 + chance.below(340) }, () => {
    const lapse = chance.happens(lapses) ? chance.between(4, 25) * second : 0;
    return floorMs + chance.logNormal(medianMs * Math.exp(habits.slow), habits.reactionSigma) + lapse;
  });
};

/**
 * The hard limit: every delay comes from a person, the phone is genuine. What is left to see is that it comes to more
 * drops than people do and that it has no taste.
 */
export const humanReplay: OfflineFamily = {
  name: 'human-replay',
  about: "a recorded person's delays drawn again, on the driver's genuine phone",
  machine: 'phone',
  *act(hand) {
    const { chance } = hand;
    const recorded = habitsOf(chance, []);
    const record = recordOf(chance, recorded);
    const noise = chance.logBetween(0.001, 0.05);
    const habits: Habits = {
      ...recorded,
      workingDays: Array<number>(7).fill(chance.between(0.7, 1)),
      attendsDrops: chance.between(0.4, 0.95),
      answersPush: chance.between(0.4, 0.95),
      refreshes: recorded.refreshes * chance.between(1, 2.5),
      choosy: chance.between(0.2, 1),
      taste: 0.05,
    };
    const program = new Person(hand, habits, 1, () => chance.pick(record) * (1 + noise * chance.normal()));
    yield* program.live();
  },
};
