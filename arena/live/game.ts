import type { LiveFamily } from '../family.ts';
import type { Mode } from '../options.ts';
import { type Participant, startParticipant } from './children.ts';
import type { Defence } from './local-system.ts';
import type { Roster, Seat } from './messages.ts';
import type { Tally } from './tally.ts';

export interface GamePlan {
  api: string;
  stationId: string;
  mode: Mode;
  defence: Defence | 'as found';
  humans: number;
  /** Bot accounts by family. */
  bots: readonly { family: LiveFamily; accounts: number }[];
  seconds: number;
  seed: number;
  plugin?: string;
  keepPhones: boolean;
  /** The first of the seeded drivers that plays, from 1: games on one system take different ones. */
  firstDriver: number;
  manyAddresses: boolean;
}

export interface PublishedBlock {
  blockId: string;
  /** In minor units. */
  amount: number;
  /** Whether it opened in the second half of the game. */
  isLate: boolean;
}

export interface GameResult {
  mode: Mode;
  defence: Defence | 'as found';
  seconds: number;
  blocks: readonly PublishedBlock[];
  tallies: Tally[];
}

/** Participants of one process: four of them leave the service the rest of a small machine. */
const peoplePerProcess = 16;
const hurried = {
  dropEveryMs: 5_000,
  /** People have the time to see the last drop, to decide and to be asked something. */
  lastBeforeMs: 5_000,
  /** Blocks of a drop for each account: people find some that bots have left, and good ones are scarce. */
  blocksPerAccount: 0.25,
};
/** A draw is over before the next one opens: nobody who reads one list at a time misses one for another. */
const drawn = { dropEveryMs: 15_000, lastBeforeMs: 20_000, blocksPerAccount: 0.5 };
const paces = { direct: hurried, gated: hurried, draw: drawn } as const satisfies Record<
  Mode,
  typeof hurried
>;
/** Time for all processes to hear that it starts. */
const startInMs = 1_000;

/** Addresses 127.2.0.1 and on, a /24 for each: networks are told apart by their prefix. */
const addressOf = (network: number) => `127.${2 + Math.floor(network / 250)}.${1 + (network % 250)}.7`;

/** Who sits where: people by sixteen, every family in a process of its own. Pure. */
export const rostersOf = (plan: GamePlan): Roster[] => {
  const { api, stationId, humans, bots, plugin, keepPhones, manyAddresses } = plan;
  let driver = plan.firstDriver;
  let network = 0;
  const seats = (count: number, shared: boolean): Seat[] => {
    const first = network;
    return Array.from({ length: count }, (_, index) => {
      const seat = { user: `driver${driver}@evenfield.test`, seed: plan.seed * 1_000 + driver, index, count };
      driver += 1;
      network += shared && index > 0 ? 0 : 1;
      return manyAddresses ? { ...seat, address: addressOf(shared ? first : network - 1) } : seat;
    });
  };
  const roster = (family: string, members: readonly Seat[]): Roster => ({
    kind: 'roster',
    api,
    stationId,
    family,
    seats: members,
    keepPhones,
    ...(plugin && { plugin }),
  });
  const people = seats(humans, false);
  const rooms = Array.from({ length: Math.ceil(humans / peoplePerProcess) }, (_, room) =>
    people.slice(room * peoplePerProcess, (room + 1) * peoplePerProcess),
  );
  return [
    ...rooms.map((members) => roster('person', members)),
    ...bots
      .filter(({ accounts }) => accounts > 0)
      .map(({ family, accounts }) => roster(family.name, seats(accounts, family.network === 'shared'))),
  ];
};

/** A few processes at a time: sign-ins and enrolments of all at once would only wait for each other. */
const bringIn = async (members: readonly Participant[], rosters: readonly Roster[]) => {
  for (let first = 0; first < members.length; first += 3) {
    const some = members.slice(first, first + 3);
    for (const [index, member] of some.entries()) member.send(rosters[first + index] as Roster);
    await Promise.all(some.map(({ heard }) => heard('ready')));
  }
};

/** One game in real time, from sign-in to the last claim. */
export const playGame = async (plan: GamePlan): Promise<GameResult> => {
  const { api, stationId, mode, seed, seconds } = plan;
  const rosters = rostersOf(plan);
  const members = rosters.map(({ family }) => startParticipant('participants', family));
  const publisher = startParticipant('publisher', 'publisher');
  const all: Participant[] = [publisher, ...members];
  const blocks: PublishedBlock[] = [];
  let middle = Number.POSITIVE_INFINITY;
  publisher.onPublished((drop) => {
    const isLate = drop.opensAt >= middle;
    blocks.push(...drop.blocks.map((block) => ({ ...block, isLate })));
    const blockIds = drop.blocks.map(({ blockId }) => blockId);
    for (const member of members) member.send({ kind: 'drop', blockIds });
  });
  try {
    const accounts = rosters.reduce((sum, { seats }) => sum + seats.length, 0);
    const { dropEveryMs, lastBeforeMs, blocksPerAccount } = paces[mode];
    const perDrop = Math.max(4, Math.min(100, Math.round(accounts * blocksPerAccount)));
    publisher.send({
      ...{ kind: 'market', api, stationId, mode, seed },
      ...{ blocks: perDrop, dropEveryMs, lastBeforeMs },
    });
    await publisher.heard('ready');
    await bringIn(members, rosters);
    const from = Date.now() + startInMs;
    middle = from + seconds * 500;
    for (const one of all) one.send({ kind: 'play', from, until: from + seconds * 1_000 });
    const played = await Promise.all(all.map(({ heard }) => heard('played')));
    const tallies = played.flatMap((one) => one.tallies);
    return { mode, defence: plan.defence, seconds, blocks, tallies };
  } finally {
    await Promise.all(all.map((one) => one.stop()));
  }
};
