import { readFileSync } from 'node:fs';
import { type Context, enrolOnce, good, needed, Refusal, Usage } from './command.ts';

/** What a driver does to show who drives; photos come from files. */

const photoIn = (file: string): Uint8Array<ArrayBuffer> => {
  try {
    return new Uint8Array(readFileSync(file));
  } catch (error) {
    throw new Usage(`The photo cannot be read: ${(error as Error).message}`);
  }
};

interface Looked {
  result: string;
  reasons: readonly { code: string; text: string }[];
  otherWays: readonly { way: string; text: string }[];
}
const tell = ({ print }: Context, { result, reasons, otherWays }: Looked) => {
  print(result);
  for (const { text } of reasons) print(`  ${text}`);
  if (otherWays.length > 0) print(`other ways: ${otherWays.map(({ way }) => way).join(', ')}`);
};

const identity = async (context: Context): Promise<void> => {
  await enrolOnce(context);
  const { session, print } = context;
  const view = good('The identity cannot be read.', await session.client.getIdentity());
  print(`${view.release.text}\n`);
  print(`release ${view.release.version}, SHA-256 ${view.release.sha256}`);
  print(view.consent ? `agreed     ${view.consent.givenAt}` : 'not agreed: `agree` does');
  print(
    `photos     ${view.references.length} of ${view.referencesWanted.least} to ${view.referencesWanted.most}`,
  );
  print(`driver     ${session.accountId()}: what the staff of a station ask for`);
  print(`asked      ${view.schedule.askedToday} times today, ${view.schedule.askedThisWeek} in seven days`);
  print(`faces      ${view.faceChecks.state}${view.faceChecks.reason ? `: ${view.faceChecks.reason}` : ''}`);
  print(`engine     ${view.faceChecks.engine}`);
};

const agree = async (context: Context): Promise<void> => {
  await enrolOnce(context);
  const { client } = context.session;
  const { release } = good('The release cannot be read.', await client.getIdentity());
  const { version, sha256 } = release;
  const { givenAt } = good('There is no consent.', await client.putConsent({ body: { version, sha256 } }));
  context.print(`agreed     to release ${version} at ${givenAt}; \`identity\` shows it`);
};

const photo = async (context: Context): Promise<void> => {
  const body = photoIn(needed(context, 'photo <file>'));
  await enrolOnce(context);
  const answer = await context.session.client.addReference({ body });
  if (!answer.ok) throw new Refusal('The photo was not taken in.', answer.body);
  if (answer.status !== 201) return tell(context, answer.body);
  const { referenceId, references, expiresAt } = answer.body;
  context.print(`kept       ${referenceId}, reference ${references}, until ${expiresAt}`);
};

const checkIn = async (context: Context): Promise<void> => {
  const blockId = needed(context, 'check-in <blockId>');
  await enrolOnce(context);
  const answer = await context.session.client.checkIn({ params: { blockId } });
  if (!answer.ok) {
    const { check } = answer.body;
    if (check)
      context.print(`asked      by ${check.askedBy}: check ${check.checkId} until ${check.expiresAt}`);
    throw new Refusal('You are not checked in; the block stays yours.', answer.body);
  }
  context.print(`checked in ${answer.body.checkedInAt}`);
};

/** For the check that is due, or a new one. */
const selfie = async (context: Context): Promise<void> => {
  const body = photoIn(needed(context, 'selfie <file>'));
  await enrolOnce(context);
  const { client } = context.session;
  const { checkId } = good('No check was opened.', await client.createSelfieCheck());
  tell(
    context,
    good('The selfie was not looked at.', await client.sendSelfie({ params: { checkId }, body })),
  );
};

const staffCode = async (context: Context): Promise<void> => {
  const code = needed(context, 'staff-code <code>');
  await enrolOnce(context);
  const { client } = context.session;
  const { checkId } = good('No check was opened.', await client.createSelfieCheck());
  const body = { way: 'staff-code', code } as const;
  const { state, text } = good(
    'The code does not hold.',
    await client.chooseWay({ params: { checkId }, body }),
  );
  context.print(`${state}     ${text}`);
};

const erase = async (context: Context): Promise<void> => {
  await enrolOnce(context);
  const { erasureId } = good('Nothing was erased.', await context.session.client.eraseIdentity());
  context.print(`erased     ${erasureId}: the key is destroyed; \`receipts\` prints the receipt`);
};

const receipts = async ({ session, print }: Context): Promise<void> => {
  const list = good('The receipts cannot be read.', await session.login.listReceipts());
  for (const { erasureId, requestedAt } of list.pending) print(`pending ${erasureId} since ${requestedAt}`);
  for (const { receipt } of list.receipts) print(receipt);
};

export const identityCommands = {
  identity,
  agree,
  photo,
  'check-in': checkIn,
  selfie,
  'staff-code': staffCode,
  erase,
  receipts,
};
