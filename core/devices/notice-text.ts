import type { Platform } from '#contract/primitives.ts';
import type { DeviceNotice, NoticeKind } from './notice.ts';

/** A notice as it is stored. Times in milliseconds since the epoch. */
export interface StoredNotice extends DeviceNotice {
  accountId: string;
  at: number;
}

const phoneOf: Record<Platform, string> = { ios: 'an iPhone', android: 'an Android phone' };

const day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeZone: 'UTC' });
const time = new Intl.DateTimeFormat('en-GB', { timeStyle: 'short', timeZone: 'UTC' });
/** In universal time: an account has no time zone. */
const momentOf = (at: number): string => `${day.format(at)} at ${time.format(at)} UTC`;

const ifItWasYou = 'If this was you, there is nothing to do.';
const ifItWasNotYou = [
  'If it was not you:',
  '',
  '1. Sign in to the app and remove that phone in your list of phones. That ends every session of your account within a minute.',
  '2. Change your password.',
  '3. Tell support or the people at your station. They can see what happened and help.',
].join('\n');
const neverShare =
  'We never ask for your password, and nobody needs it to work with you. Never share it with a person, an app or a website.';

const startOf = (claimsFrom: number | undefined) =>
  claimsFrom === undefined
    ? ''
    : ` It can claim blocks from ${momentOf(claimsFrom)}. If another phone of yours claims now, it goes on until then.`;

type Text = {
  subject: string;
  happened: (phone: string, notice: StoredNotice) => string;
  next: readonly string[];
};

const texts: Record<NoticeKind, Text> = {
  enrolled: {
    subject: 'A phone was added to your account',
    happened: (phone, { at }) => `On ${momentOf(at)} ${phone} was added to your Evenfield account.`,
    next: [ifItWasYou, ifItWasNotYou],
  },
  pending: {
    subject: 'A new phone waits for your approval',
    happened: (phone, { at }) =>
      `On ${momentOf(at)} somebody signed in to your Evenfield account and added ${phone}. It cannot claim blocks until you approve it.`,
    next: [
      'If this was you, approve it in the app on the phone that you used so far. Without that phone, a person at your station or in support can approve it.',
      ifItWasNotYou,
    ],
  },
  approved: {
    subject: 'A new phone was approved',
    happened: (phone, { at, claimsFrom }) =>
      `On ${momentOf(at)} ${phone} was approved for your Evenfield account.${startOf(claimsFrom)}`,
    next: [ifItWasYou, ifItWasNotYou],
  },
  removed: {
    subject: 'A phone was removed from your account',
    happened: (phone, { at }) =>
      `On ${momentOf(at)} ${phone} was removed from your Evenfield account. It can no longer be used to claim blocks.`,
    next: [
      ifItWasYou,
      'If it was not you: sign in, look at your list of phones, remove any that you do not know, and change your password. You can add your own phone again at any time. Support and the people at your station can help.',
    ],
  },
  suspended: {
    subject: 'Your phone cannot claim blocks at the moment',
    happened: (phone, { at }) =>
      `On ${momentOf(at)} the maker of the software reported that a security key of the same kind as the one in ${phone} of yours is no longer safe. That phone cannot be used to claim blocks until this is settled.`,
    next: [
      'You have done nothing wrong, your account stays as it is, and the blocks that you have remain yours. There are several ways on:',
      [
        '- Add another phone in the app.',
        '- Show this phone to a person at your station or in support. They can find a way with you.',
        '- If the report is withdrawn, the phone comes back by itself, and we tell you.',
      ].join('\n'),
    ],
  },
  reinstated: {
    subject: 'Your phone is back',
    happened: (phone, { at }) =>
      `On ${momentOf(at)} the report about a security key in ${phone} of yours was withdrawn. The phone is in your account again.`,
    next: ['Open the app: it shows whether the phone can claim right away or waits for your approval.'],
  },
};

/** What a driver reads: what happened, when, and what to do. Nobody is accused of anything. */
export const noticeText = (notice: StoredNotice): { subject: string; text: string } => {
  const { subject, happened, next } = texts[notice.kind];
  const paragraphs = ['Hello,', happened(phoneOf[notice.platform], notice), ...next, neverShare, 'Evenfield'];
  return { subject, text: `${paragraphs.join('\n\n')}\n` };
};
