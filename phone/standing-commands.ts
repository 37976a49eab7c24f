import { type Context, good, needed, Usage } from './command.ts';
import { forgetPhone } from './kept-phone.ts';

/** What a driver reads and says about decisions, with the sign-in alone. */

const standing = async ({ session, print }: Context): Promise<void> => {
  const me = good('The standing cannot be read.', await session.login.getMe());
  print(`standing   ${me.standing}`);
  for (const { reasonCode, givenAt, expiresAt } of me.strikes)
    print(`warning    ${reasonCode} of ${givenAt}, counts until ${expiresAt}`);
  for (const { blockId, pay } of me.owed) print(`owed       ${pay.amount} ${pay.currency} for ${blockId}`);
};

const notices = async ({ session, print }: Context): Promise<void> => {
  const { notices: all } = good(
    'The notices cannot be read.',
    await session.login.listNotices({ query: {} }),
  );
  for (const { noticeId, at, kind, subject, text, appealUntil, answerBy } of all) {
    print(`${noticeId}  ${at}  ${kind}`);
    print(`${subject}\n\n${text}`);
    if (appealUntil) print(`can be appealed until ${appealUntil}: appeal ${noticeId} "..."\n`);
    if (answerBy) print(`appealed: the answer comes by ${answerBy}\n`);
  }
};

/** Words after the id of the notice. */
const said = (context: Context, command: string): { noticeId: string; text: string } => {
  const noticeId = needed(context, `${command} <noticeId> "..."`);
  if (!context.text) throw new Usage(`Say what: ${command} ${noticeId} "..."`);
  return { noticeId, text: context.text };
};

const respond = async (context: Context): Promise<void> => {
  const { noticeId, text } = said(context, 'respond');
  const answer = await context.session.login.respondToNotice({ params: { noticeId }, body: { text } });
  context.print(`received   ${good('The answer was not taken.', answer).receivedAt}`);
};

const appeal = async (context: Context): Promise<void> => {
  const answer = await context.session.login.fileAppeal({ body: said(context, 'appeal') });
  const { filedAt, answerBy } = good('The appeal was not taken.', answer);
  context.print(`filed      ${filedAt}; somebody who had no part answers by ${answerBy}`);
};

/** The phone in hand stays; without one none does. */
const recover = async ({ session, kept, print }: Context): Promise<void> => {
  const { deviceId } = kept;
  const answer = await session.login.recoverAccount({ body: deviceId ? { deviceId } : {} });
  const { removedPhones, securedCase } = good('The account was not recovered.', answer);
  print(`removed    ${removedPhones} other phones; every session has ended`);
  if (securedCase) print('secured    the case is over, and nothing is held against you');
};

const leave = async ({ session, kept, print }: Context): Promise<void> => {
  const { leftAt, releasedBlocks, kept: records } = good('You have not left.', await session.login.leave());
  print(`left       ${leftAt}; ${releasedBlocks} blocks were given back. \`receipts\` shows what was erased`);
  for (const { what, why, until } of records) print(`kept       ${what}, because ${why}, until ${until}`);
  forgetPhone(kept.file);
};

export const standingCommands = { standing, notices, respond, appeal, recover, leave };
