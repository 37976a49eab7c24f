import { setTimeout as delay } from 'node:timers/promises';
import type { DrawOutcome, DrawView } from '#contract/draws.ts';
import { claimOffer, describeBlock } from './claiming.ts';
import { type Context, enrolOnce, good, needed, Usage } from './command.ts';

/** What a driver does about blocks that are drawn, or kept for one driver after the other. */

const pollMs = 500;
/** An outcome that is this late is not waited for. */
const patienceMs = 60_000;

const look = async ({ session }: Context, drawId: string): Promise<DrawView> =>
  good('The draw cannot be read.', await session.client.getDraw({ params: { drawId } }));

const tellOutcome = async (context: Context, outcome: DrawOutcome): Promise<void> => {
  const { print } = context;
  switch (outcome.status) {
    case 'won':
      return print(`won        ${describeBlock(outcome.block)}`);
    case 'confirm':
      print(`won        ${describeBlock(outcome.block)}, kept until ${outcome.heldUntil}`);
      return claimOffer(context, outcome.offerToken);
    case 'not-confirmed':
      return print(`passed on  ${describeBlock(outcome.block)}: nobody confirmed it in time`);
    case 'lost':
      return outcome.reasons.forEach(({ blockId, reason }) => {
        print(`not won    ${blockId}: ${reason}`);
      });
    default:
      return print(outcome.status);
  }
};

/** Waits for the outcome if it is near. */
const draw = async (context: Context): Promise<void> => {
  const drawId = needed(context, 'draw <drawId>');
  await enrolOnce(context);
  let view = await look(context, drawId);
  const until = Date.parse(view.drawnFrom) + patienceMs;
  const { print } = context;
  print(`draw       ${view.drawId} of ${view.stationId}, closes ${view.closesAt}, drawn ${view.drawnFrom}`);
  print(`commitment ${view.commitment}`);
  if (view.entry) print(`${view.entry.state.padEnd(10)} ${view.entry.choices.join(', ')}`);
  while (
    view.state !== 'drawn' &&
    Date.now() < until &&
    Date.parse(view.drawnFrom) < Date.now() + patienceMs
  ) {
    await delay(pollMs);
    view = await look(context, drawId);
  }
  if (!view.result) return print(`${view.state}: ask again after ${view.drawnFrom}`);
  const { rank, entrant, outcome } = view.result;
  if (rank !== undefined)
    print(`drawn      as number ${rank} of ${view.entries}, in the record as ${entrant}`);
  await tellOutcome(context, outcome);
  print(`check it: npm run verify-draw -- ${drawId}`);
};

const leaveDraw = async (context: Context): Promise<void> => {
  const drawId = needed(context, 'leave-draw <drawId>');
  await enrolOnce(context);
  good('You did not leave the draw.', await context.session.client.leaveDraw({ params: { drawId } }));
  context.print(`left       the draw ${drawId}`);
};

const reserved = async (context: Context): Promise<void> => {
  await enrolOnce(context);
  const { offers } = good('The offers cannot be read.', await context.session.client.listReservedOffers());
  if (offers.length === 0) context.print('Nothing is kept for you now.');
  for (const { expiresAt, ...block } of offers)
    context.print(`${describeBlock(block)}  yours until ${expiresAt}: claim --offer ${block.blockId}`);
};

const rotation = async (context: Context): Promise<void> => {
  const { session, print, station, argument } = context;
  const params = { stationId: station };
  await enrolOnce(context);
  if (argument === 'leave') {
    good('You did not leave the rotation.', await session.client.leaveRotation({ params }));
    return print(`left       the rotation of ${station}`);
  }
  if (argument !== undefined && argument !== 'join')
    throw new Usage('rotation, rotation join or rotation leave.');
  const place = good(
    'The rotation cannot be read.',
    await (argument ? session.client.joinRotation({ params }) : session.client.getRotation({ params })),
  );
  print(
    place.joined
      ? `joined     the rotation of ${station}: ${place.before ?? 0} of ${place.drivers} are asked before you`
      : `not in     the rotation of ${station}, in which are ${place.drivers}: \`rotation join\``,
  );
  print(`a reserved block is kept for ${place.minutes} minutes; to let one pass costs nothing`);
};

export const drawCommands = { draw, 'leave-draw': leaveDraw, reserved, rotation };
