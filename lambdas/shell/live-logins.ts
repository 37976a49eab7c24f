import type { DevicesStore } from '#core/devices/devices-store.ts';
import { isLoginOver } from '#core/devices/sessions.ts';
import type { Shell } from '../http.ts';

/**
 * The shell of functions that do for a login what cannot be undone: whoever signed in before the sessions of the account
 * ended has to sign in again at once, although the token of the identity provider lives on for an hour.
 */
export const liveLogins = (shell: Shell, devices: Pick<DevicesStore, 'read'>): Shell => ({
  ...shell,
  signIn: async (authorization) => {
    const outcome = await shell.signIn(authorization);
    if (outcome.status !== 'signed-in') return outcome;
    const all = await devices.read(outcome.accountId);
    return isLoginOver(all, outcome.authenticatedAt) ? { status: 'refused' } : outcome;
  },
});
