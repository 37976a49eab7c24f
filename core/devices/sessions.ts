import { type DriverDevices, nextEpoch } from './device.ts';

/** What ends the sessions of an account and leaves its phones as they are. */

/** Takes every phone of the account out of use at once; the phones stay as they are. */
export const restrict = (all: DriverDevices, caseId: string): DriverDevices => ({
  ...nextEpoch(all),
  restrictedBy: caseId,
});

/** The way back: sessions start again with the next token. */
export const lift = ({ restrictedBy: _, ...all }: DriverDevices): DriverDevices => all;

/** Reasons beyond these are forgotten: what ended sessions so long ago is not asked for again. */
const reasonsKept = 20;

/** Ends every session, and with it what logins from before `since` may do. */
export const endLogins = (all: DriverDevices, key: string, since: number): DriverDevices => ({
  ...nextEpoch(all),
  loginsSince: Math.max(since, all.loginsSince ?? 0),
  endedFor: [...(all.endedFor ?? []), key].slice(-reasonsKept),
});

/** Whether a login may still do something with phones; without its time it is none of those that came later. */
export const isLoginOver = ({ loginsSince = 0 }: DriverDevices, authenticatedAt = 0): boolean =>
  authenticatedAt < loginsSince;
