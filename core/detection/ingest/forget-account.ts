import type { ChunksStore } from './chunks-store.ts';
import type { PseudonymsStore } from './pseudonyms-store.ts';

export interface ForgetDeps {
  pseudonyms: Pick<PseudonymsStore, 'find' | 'forget'>;
  chunks: Pick<ChunksStore, 'forget'>;
}

/**
 * Deletes what is scored of a driver, and then whose it was: begun again it still finds what is left. What arrives in
 * between, and what the archive has, is nobody's from then on and expires.
 */
export const forgetAccount = async (
  { pseudonyms, chunks }: ForgetDeps,
  driverId: string,
): Promise<'forgotten' | 'unknown'> => {
  const accountKey = await pseudonyms.find(driverId);
  if (!accountKey) return 'unknown';
  await chunks.forget(accountKey);
  await pseudonyms.forget(driverId, accountKey);
  return 'forgotten';
};
