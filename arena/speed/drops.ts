import { type Chance, seededChance } from '../chance.ts';
import { holdDraw, seedOfDraw, type Ticket } from './holding.ts';
import { paceOf, reactionOf } from './people.ts';

export interface SpeedPlan {
  drops: number;
  seed: number;
  humans: number;
  /** Of one drop, all as good as each other. */
  blocks: number;
  /** Blocks that an entry names. */
  choices: { people: number; bot: number };
  /** From the opening of a draw to its close. */
  windowMs: number;
  chainHash: string;
}

/** Of all accounts the last: people come before it. */
export interface Counted {
  /** Blocks won. */
  won: number[];
  /** What was to be expected of those who took part, and by how much chance alone deviates from it. */
  expected: number[];
  variance: number[];
}

export interface Played {
  paces: readonly number[];
  /** By drop and person. */
  reactions: readonly Float64Array[];
  direct: readonly number[];
  draw: Counted;
}

export const botMs = 1;
/** From a claim to its answer, as the live arena measures it: who claims all has to wait for each. */
const answerMs = 20;

const shuffled = (chance: Chance, from: number[], count: number): number[] => {
  for (let place = 0; place < count; place += 1) {
    const other = place + Math.floor(chance() * (from.length - place));
    [from[place], from[other]] = [from[other] as number, from[place] as number];
  }
  return from.slice(0, count);
};

/** First come, first served: a person takes one block, the bot whatever it reaches. */
const directWins = (reactions: Float64Array, blocks: number): { people: number[]; bot: number } => {
  const order = [...reactions.keys()].sort((a, b) => (reactions[a] ?? 0) - (reactions[b] ?? 0));
  const botAt = (claim: number) => botMs + claim * (botMs + answerMs);
  const people: number[] = [];
  let bot = 0;
  while (people.length + bot < blocks) {
    const next = order[people.length];
    if (next === undefined || botAt(bot) <= (reactions[next] ?? 0)) bot += 1;
    else people.push(next);
  }
  return { people, bot };
};

const driverIdOf = (account: number) => `bec00000-0000-4000-8000-${String(account).padStart(12, '0')}`;

/** The same drops in both modes: the same people, as quick in one as in the other. Repeats with its seed. */
export const playDrops = (plan: SpeedPlan): Played => {
  const { drops, seed, humans, blocks, choices, windowMs, chainHash } = plan;
  const chance = seededChance(seed);
  const accounts = humans + 1;
  const bot = humans;
  const driverIds = Array.from({ length: accounts }, (_, account) => driverIdOf(account));
  const paces = Array.from({ length: humans }, () => paceOf(chance));
  const zeros = () => Array.from({ length: accounts }, () => 0);
  const direct = zeros();
  const draw: Counted = { won: zeros(), expected: zeros(), variance: zeros() };
  const all = Array.from({ length: blocks }, (_, block) => block);
  const add = (sums: number[], account: number, by: number) => {
    sums[account] = (sums[account] ?? 0) + by;
  };
  const reactions = Array.from({ length: drops }, (_, drop) => {
    const after = Float64Array.from(paces, (pace) => reactionOf(chance, pace));
    const first = directWins(after, blocks);
    for (const person of first.people) add(direct, person, 1);
    add(direct, bot, first.bot);
    const ticketOf = (account: number): Ticket => ({
      account,
      driverId: driverIds[account] ?? '',
      choices: shuffled(chance, all, account === bot ? choices.bot : choices.people),
    });
    const tickets = [...paces.keys()]
      .filter((person) => (after[person] ?? 0) < windowMs)
      .map(ticketOf)
      .concat(ticketOf(bot));
    const drawId = `drop-${seed}-${drop}`;
    const winners = holdDraw(seedOfDraw(seed, drawId, chainHash), drawId, tickets);
    for (const winner of winners) add(draw.won, winner, 1);
    const each = winners.length / tickets.length;
    for (const { account } of tickets) {
      add(draw.expected, account, each);
      add(draw.variance, account, each * (1 - each));
    }
    return after;
  });
  return { paces, reactions, direct, draw };
};
