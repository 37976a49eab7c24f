import type { ForgettingStore } from '../scoring/forgetting-store.ts';
import type { PseudonymsStore } from './pseudonyms-store.ts';

export interface ForgetDeps {
  pseudonyms: Pick<PseudonymsStore, 'find' | 'forget'>;
  accounts: ForgettingStore;
}

/**
 * Deletes what is scored of a driver and what was found, and then whose it was: begun again it still finds what is left.
 * What the driver was ever told is with the case that told it. What is still under way is dropped when it arrives; what
 * a consumer took in the seconds before it heard of that, and what the archive has, is nobody's and expires.
 */
export const forgetAccount = async (deps: ForgetDeps, driverId: string): Promise<'forgotten' | 'unknown'> => {
  const { pseudonyms, accounts } = deps;
  const accountKey = await pseudonyms.find(driverId);
  if (accountKey !== undefined) await accounts.forget(accountKey);
  await pseudonyms.forget(driverId, accountKey);
  if (accountKey !== undefined) return 'forgotten';
  // One may have been made in between.
  return (await pseudonyms.find(driverId)) === undefined ? 'unknown' : forgetAccount(deps, driverId);
};
