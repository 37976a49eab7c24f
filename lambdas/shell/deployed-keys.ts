import { cached } from '#core/shared/cached.ts';
import { loadKeys } from '#core/shared/key-generations.ts';
import { readSecret, secretLifetimeMs } from './deployed-shell.ts';

/** The keys named in the environment, read when first needed and again every few minutes. */
export const deployedKeys = (named: readonly string[]) =>
  cached(() => loadKeys(named, readSecret), secretLifetimeMs, Date.now);
