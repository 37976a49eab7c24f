import { loadOfferKeys } from '#core/offers/offer-keys.ts';
import { cached } from '#core/shared/cached.ts';
import { readSecret, secretLifetimeMs } from './deployed-shell.ts';

/** The keys named in the environment, read when first needed and again every few minutes. */
export const deployedOfferKeys = (named: readonly string[]) =>
  cached(() => loadOfferKeys(named, readSecret), secretLifetimeMs, Date.now);
