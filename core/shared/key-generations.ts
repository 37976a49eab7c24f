import { createHmac, timingSafeEqual } from 'node:crypto';
import type { ReadSecret } from './secrets-gateway.ts';

/** Keys by generation: the newest signs, every one listed is accepted. */
export interface KeyGenerations {
  current: string;
  keys: ReadonlyMap<string, string>;
}

/** Loads the keys named as `generation=arn`, the current generation first. */
export const loadKeys = async (named: readonly string[], readSecret: ReadSecret): Promise<KeyGenerations> => {
  const entries = await Promise.all(
    named.map(async (entry): Promise<[string, string]> => {
      const [generation = '', arn = ''] = entry.split(/=(.*)/s);
      return [generation, await readSecret(arn)];
    }),
  );
  const current = entries[0]?.[0];
  if (!current) throw new Error('no key is configured');
  return { current, keys: new Map(entries) };
};

/** The newest key. */
export const currentKey = ({ current, keys }: KeyGenerations): string => {
  const key = keys.get(current);
  if (!key) throw new Error(`no key of generation ${current}`);
  return key;
};

/** HMAC-SHA-256 of a message in base64url, the first `length` bytes of it. */
export const macOf = (key: string, message: string, length = 32): string =>
  createHmac('sha256', key).update(message).digest().subarray(0, length).toString('base64url');

/** Compares as text: base64url has several spellings of one value, and a token must have one. */
export const isSameText = (given: string, due: string): boolean => {
  const [a, b] = [Buffer.from(given), Buffer.from(due)];
  return a.length === b.length && timingSafeEqual(a, b);
};
