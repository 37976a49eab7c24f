import { claimOffer, describeBlock, findOffer } from './claiming.ts';
import { type Context, describeDevice, enrol, enrolOnce, good, needed } from './command.ts';
import { drawCommands } from './draw-commands.ts';
import { identityCommands } from './identity-commands.ts';
import { forgetPhone } from './kept-phone.ts';
import { standingCommands } from './standing-commands.ts';

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
  await claimOffer(context, offerToken);
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
  ...drawCommands,
  ...identityCommands,
  ...standingCommands,
} satisfies Record<string, (context: Context) => Promise<void>>;
