import type { ProblemDocument } from '#contract/problem-document.ts';
import { type Context, describeDevice, enrol, enrolOnce, good, needed, Refusal } from './command.ts';
import { identityCommands } from './identity-commands.ts';
import { forgetPhone } from './kept-phone.ts';
import { solveChallenge } from './solve-challenge.ts';
import { standingCommands } from './standing-commands.ts';

const describeBlock = (block: {
  blockId: string;
  stationId: string;
  startAt: string;
  endAt: string;
  pay: { amount: number; currency: string };
}): string => {
  const { blockId, stationId, startAt, endAt, pay } = block;
  return `${blockId}  ${stationId}  ${startAt} to ${endAt}  ${(pay.amount / 100).toFixed(2)} ${pay.currency}`;
};

const list = async (context: Context): Promise<void> => {
  await enrolOnce(context);
  const { session, print, station } = context;
  const page = good(
    'The offers cannot be read.',
    await session.client.listOffers({ params: { stationId: station } }),
  );
  if (!page) return;
  if (page.offers.length === 0) print(`Station ${station} offers nothing now.`);
  for (const offer of page.offers) print(`${describeBlock(offer)}  ${offer.mode}`);
};

/** The one asked for, or the first that can be claimed at once. */
const findOffer = async ({ session, station, offer: wanted }: Context) => {
  for (let cursor: string | undefined; ; ) {
    const page = good(
      'The offers cannot be read.',
      await session.client.listOffers({
        params: { stationId: station },
        query: cursor === undefined ? {} : { cursor },
      }),
    );
    const found = page?.offers.find(({ blockId, mode }) => (wanted ? blockId === wanted : mode === 'direct'));
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

const ask = async (context: Context): Promise<void> => {
  const challengeId = needed(context, 'ask <challengeId>');
  await enrolOnce(context);
  const { askedAt } = good(
    'Nobody was asked.',
    await context.session.client.askPerson({ params: { challengeId } }),
  );
  context.print(`waiting    since ${askedAt}; claim again when a person has let you pass`);
};

const claim = async (context: Context): Promise<void> => {
  await enrolOnce(context);
  const { offerToken } = await findOffer(context);
  const first = await context.session.client.claimBlock({ body: { offerToken } });
  const clearance = first.ok ? undefined : await clear(context, first.body);
  const answer = clearance
    ? await context.session.client.claimBlock({ body: { offerToken, clearance } })
    : first;
  const { block } = good('The block was not claimed.', answer);
  context.print(`claimed    ${describeBlock(block)}`);
  context.print(`releasable until ${block.releasableUntil}: release ${block.blockId}`);
};

const release = async (context: Context): Promise<void> => {
  const blockId = needed(context, 'release <blockId>');
  await enrolOnce(context);
  good('The block was not released.', await context.session.client.releaseBlock({ params: { blockId } }));
  context.print(`released   ${blockId}`);
};

const schedule = async (context: Context): Promise<void> => {
  await enrolOnce(context);
  const { blocks } = good('The schedule cannot be read.', await context.session.client.listSchedule());
  if (blocks.length === 0) context.print('No blocks.');
  for (const block of blocks) context.print(describeBlock(block));
};

const devices = async ({ session, kept, print }: Context): Promise<void> => {
  const { devices: all } = good('The phones cannot be read.', await session.login.listDevices());
  if (all.length === 0) print('No phones.');
  for (const device of all) {
    print(`${describeDevice(device)}${device.deviceId === kept.deviceId ? '  <- this phone' : ''}`);
  }
};

const approve = async (context: Context): Promise<void> => {
  const deviceId = needed(context, 'approve <deviceId>');
  await enrolOnce(context);
  const answer = await context.session.client.approveDevice({ params: { deviceId } });
  context.print(`approved   ${describeDevice(good('The phone was not approved.', answer))}`);
};

const remove = async (context: Context): Promise<void> => {
  const { session, kept, print } = context;
  const deviceId = needed(context, 'remove <deviceId>');
  good('The phone was not removed.', await session.login.removeDevice({ params: { deviceId } }));
  print(`removed    ${deviceId}`);
  // A key is enrolled once: the next command takes a new phone.
  if (kept.deviceId === deviceId) forgetPhone(kept.file);
};

/** A key is attested once: a phone that is enrolled already says so and stays. */
const enrolNow = async (context: Context): Promise<void> => {
  const { session, kept, print } = context;
  if (!kept.deviceId) return enrol(context);
  const { devices: all } = good('The phones cannot be read.', await session.login.listDevices());
  const device = all.find(({ deviceId }) => deviceId === kept.deviceId);
  if (!device) {
    throw new Error('The API does not know this phone any more: `--new enrol` takes a new one.');
  }
  print(`enrolled   ${describeDevice(device)}`);
};

export const commands = {
  enrol: enrolNow,
  list,
  claim,
  ask,
  release,
  schedule,
  devices,
  approve,
  remove,
  ...identityCommands,
  ...standingCommands,
} satisfies Record<string, (context: Context) => Promise<void>>;
