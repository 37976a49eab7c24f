import type { ForgettingStore } from '../scoring/forgetting-store.ts';
import type { PseudonymsStore } from './pseudonyms-store.ts';

export interface ForgetDeps {
  pseudonyms: Pick<PseudonymsStore, 'find' | 'forget'>;
  accounts: ForgettingStore;
}

/**
 * Deletes what is scored of a driver and what was found, and then whose it was: begun again it still finds what is left.
 * What the driver was ever told is with the case that told it. What arrives in between, and what the archive has, is
 * nobody's from then on and expires.
 */
export const forgetAccount = async (
  { pseudonyms, accounts }: ForgetDeps,
  driverId: string,
): Promise<'forgotten' | 'unknown'> => {
  const accountKey = await pseudonyms.find(driverId);
  if (!accountKey) return 'unknown';
  await accounts.forget(accountKey);
  await pseudonyms.forget(driverId, accountKey);
  return 'forgotten';
};
