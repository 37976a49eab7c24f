import type { Platform, Tier } from '#contract/primitives.ts';
import { currentKey, isSameText, type KeyGenerations, macOf } from '#core/shared/key-generations.ts';
import { remembered } from '#core/shared/remembered.ts';

/** DP14: an access token lives ten minutes at most, in seconds. */
export const tokenLifetime = 600;

/**
 * What a token says about a phone: all that a claim needs, so that it reads nothing.
 * A JWT of RFC 9068's kind, with the confirmation of RFC 7800; signed by HMAC (decision 0010).
 */
export interface DeviceTokenClaims {
  /** Account. */
  sub: string;
  did: string;
  cnf: { jkt: string };
  pf: Platform;
  tier: Tier;
  /** What stands between the phone and a claim. */
  fr?: string;
  /** Sessions of earlier epochs of the account are dead. */
  ep: number;
  /** iOS: the App Attest key as x and y in base64url, and the app that it speaks for. */
  ak?: string;
  app?: string;
  /** iOS 27 and later: its assertions say how the app was distributed, and one that does not is refused. */
  vc?: true;
  /** When the phone was enrolled, in seconds since the epoch. */
  en?: number;
  /** Seconds since the epoch. */
  iat: number;
  exp: number;
}

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

export const signDeviceToken = (keys: KeyGenerations, claims: DeviceTokenClaims): string => {
  const message = `${part({ alg: 'HS256', typ: 'at+jwt', kid: keys.current })}.${part(claims)}`;
  return `${message}.${macOf(currentKey(keys), message)}`;
};

const longestToken = 2_048;
/** Verified tokens that are remembered: a phone asks many times with one. */
const memory = 5_000;
const verified = new WeakMap<KeyGenerations, ReturnType<typeof remembered<DeviceTokenClaims>>>();

const read = (keys: KeyGenerations, token: string): DeviceTokenClaims | undefined => {
  const [head = '', claims = '', mac = '', ...more] = token.split('.');
  // Ours are made in one way only: the header is compared as text, so that no other algorithm is ever considered.
  const generation = [...keys.keys.keys()].find((kid) => head === part({ alg: 'HS256', typ: 'at+jwt', kid }));
  const key = generation && keys.keys.get(generation);
  if (!key || more.length > 0 || !isSameText(mac, macOf(key, `${head}.${claims}`))) return undefined;
  // Signed by us: it has the form that we gave it.
  return JSON.parse(Buffer.from(claims, 'base64url').toString()) as DeviceTokenClaims;
};

export type DeviceTokenOutcome =
  | { status: 'valid'; claims: DeviceTokenClaims }
  | { status: 'refused'; reason: 'token-invalid' | 'token-expired' };

/** Checks an access token of ours: signature and time. Whose phone it is, its proof must show. */
export const readDeviceToken = (keys: KeyGenerations, token: string, now: number): DeviceTokenOutcome => {
  let known = verified.get(keys);
  if (!known) {
    known = remembered(memory);
    verified.set(keys, known);
  }
  const earlier = known.get(token);
  const claims = earlier ?? (token.length > longestToken ? undefined : read(keys, token));
  if (!claims) return { status: 'refused', reason: 'token-invalid' };
  if (!earlier) known.set(token, claims);
  return claims.exp * 1_000 > now
    ? { status: 'valid', claims }
    : { status: 'refused', reason: 'token-expired' };
};
