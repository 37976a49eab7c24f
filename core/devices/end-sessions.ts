import type { Surroundings } from '#core/shared/tries.ts';
import { changeDevices } from './change-devices.ts';
import type { DevicesStore } from './devices-store.ts';
import { endLogins } from './sessions.ts';

export type EndSessionsOutcome =
  /** `repeated`: for this key they were ended before. */
  { status: 'ended' | 'repeated' } | { status: 'refused'; code: 'try-again' };

/**
 * Ends every session of an account within a minute: its phones ask for another token, and whoever signed in before `at`
 * (milliseconds since the epoch) signs in again before anything is done with a phone. Once for each key, such as a case.
 */
export const endSessions = async (
  deps: Surroundings & { store: DevicesStore },
  { accountId, at, key }: { accountId: string; at: number; key: string },
): Promise<EndSessionsOutcome> => {
  const now = deps.now();
  const outcome = await changeDevices<never>(deps, accountId, (all) =>
    all.endedFor?.includes(key)
      ? { status: 'unchanged' }
      : { status: 'change', after: endLogins(all, key, at), alongside: { at: now } },
  );
  if (outcome.status === 'refused') return { status: 'refused', code: 'try-again' };
  return { status: outcome.status === 'changed' ? 'ended' : 'repeated' };
};
