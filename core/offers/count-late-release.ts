import type { SharingPolicy } from '#contract/sharing-policy.ts';
import type { FindContact } from '#core/shared/accounts-gateway.ts';
import type { SendMail } from '#core/shared/mail-gateway.ts';
import { behindMail } from './late-release-mail.ts';
import { behindUntil, countedSince } from './late-releases.ts';
import type { LateReleasesStore } from './late-releases-store.ts';

export interface CountLateDeps {
  late: Pick<LateReleasesStore, 'of' | 'putBehind' | 'told'>;
  releases: SharingPolicy['releases'];
  now: () => number;
  /** Where a driver reaches a person. */
  contact: string;
  findContact: FindContact;
  /** Left out: what drivers are told is shown in the app only. */
  sendMail?: SendMail;
}

export type CountOutcome =
  | { status: 'no-effect' }
  /** `mail`: what became of it; nothing where the driver knew already, or none is sent. */
  | { status: 'behind'; until: number; mail?: 'sent' | 'no-address' | 'refused' };

/**
 * What a late release has for effect. Counting the same one again is harmless. The driver is told once of every time until
 * which it lasts; what fails on the way is thrown, and is done the next time.
 */
export const countLateRelease = async (deps: CountLateDeps, driverId: string): Promise<CountOutcome> => {
  const { most, lateHours } = deps.releases;
  const now = deps.now();
  const releases = await deps.late.of(driverId, countedSince(now));
  const until = behindUntil(releases, most, now);
  if (until === undefined) return { status: 'no-effect' };
  const { toldUntil = 0 } = await deps.late.putBehind(driverId, until);
  if (toldUntil >= until || !deps.sendMail) return { status: 'behind', until };
  const { address } = await deps.findContact(driverId);
  const words = behindMail({ releases, most, lateHours, until, contact: deps.contact });
  const mail = address ? (await deps.sendMail({ to: address, ...words })).status : 'no-address';
  await deps.late.told(driverId, until);
  return { status: 'behind', until, mail };
};
