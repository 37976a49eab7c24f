import type { Mail } from '#core/shared/mail-gateway.ts';
import { countsUntil, type LateRelease } from './late-releases.ts';

export interface BehindFacts {
  /** Those that count. */
  releases: readonly LateRelease[];
  /** So many have no effect. */
  most: number;
  lateHours: number;
  until: number;
  /** Where a driver reaches a person. */
  contact: string;
}

/** In UTC: a driver’s blocks may lie in several time zones. */
const momentOf = new Intl.DateTimeFormat('en', {
  ...{ day: 'numeric', month: 'long', year: 'numeric' },
  ...{ hour: 'numeric', minute: '2-digit', hourCycle: 'h23', timeZone: 'UTC', timeZoneName: 'short' },
});
const said = (at: number) => momentOf.format(at);

/** What counted, what it means and until when, and who can be asked. */
export const behindMail = ({ releases, most, lateHours, until, contact }: BehindFacts): Omit<Mail, 'to'> => ({
  subject: `You are drawn after other drivers until ${said(until)}`,
  text: [
    `You gave back ${releases.length} blocks less than ${lateHours} hours before they started:`,
    [...releases]
      .sort((a, b) => a.at - b.at)
      .map((release) => `- on ${said(release.at)}. It counts until ${said(countsUntil(release))}.`)
      .join('\n'),
    `Up to ${most} such releases within 14 days have no effect. You have more, so that your entries are drawn ` +
      `after those of all other drivers until ${said(until)}. It ends by itself then.`,
    'Nothing else changes: you can enter every draw, claim every other offer, take part in rotations, and keep ' +
      'all your blocks. Entering late, letting an offer pass, or not winning never counts against you.',
    `If this is wrong, or there was a good reason, write to ${contact}: a person will read it.`,
  ].join('\n\n'),
});
