import { logNormal, seededChance, uniform } from '../chance.ts';
import type { LiveFamily } from '../family.ts';
import { type Account, openAccount, openHands } from './account.ts';
import { openBoard } from './board.ts';
import { findFamily } from './find-family.ts';
import type { FromChild, Roster, Seat, ToChild } from './messages.ts';
import { emptyTally, type Tally } from './tally.ts';
import { worldOf } from './world.ts';

/** Accounts of one family, as clients of the API: started by the arena, ended with it. */

const tell = (message: FromChild) => process.send?.(message);
const ours = new Set<string>();
const started = Promise.withResolvers<{ from: number; until: number }>();

process.on('disconnect', () => process.exit(0));
process.on('message', (message: ToChild) => {
  if (message.kind === 'drop') for (const blockId of message.blockIds) ours.add(blockId);
  if (message.kind === 'play') started.resolve(message);
  if (message.kind === 'roster')
    takePart(message).catch((error: unknown) =>
      tell({ kind: 'failed', words: error instanceof Error ? error.message : String(error) }),
    );
});

const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

const takePart = async (roster: Roster) => {
  const family = await findFamily(roster);
  const solved = await openHands(roster.api);
  const accounts: Account[] = [];
  // One after the other: enrolments of all processes at once would only wait for each other.
  for (const seat of roster.seats) accounts.push(await openAccount(roster, family, seat));
  tell({ kind: 'ready' });
  const { from, until } = await started.promise;
  await wait(from - Date.now());
  const board = openBoard();
  const tallies = await Promise.all(
    accounts.map((account, index) =>
      play(roster, family, roster.seats[index] as Seat, account, { solved, board: board(), until }),
    ),
  );
  tell({ kind: 'played', tallies });
};

const play = async (
  { stationId }: Roster,
  family: LiveFamily,
  { user, seed, index, count }: Seat,
  { client, driverId }: Account,
  {
    solved,
    board,
    until,
  }: { solved: Solved; board: ReturnType<ReturnType<typeof openBoard>>; until: number },
): Promise<Tally> => {
  const tally = emptyTally(family.name, user);
  const chance = seededChance(seed);
  const world = worldOf(
    {
      client,
      stationId,
      seat: { index, count },
      chance,
      board,
      until,
      now: Date.now,
      wait,
      isOurs: (blockId) => ours.has(blockId),
      solvedByHand: (challengeId) => solved(driverId, challengeId),
      touch: () => ({
        x: uniform(chance, 20, 370),
        y: uniform(chance, 120, 780),
        holdMs: logNormal(chance, 109, 0.468),
      }),
    },
    tally,
  );
  await family.play(world);
  await world.drawsEnded();
  return tally;
};
type Solved = Awaited<ReturnType<typeof openHands>>;
