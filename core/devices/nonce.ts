import { currentKey, isSameText, type KeyGenerations, macOf } from '#core/shared/key-generations.ts';

/** A nonce is new for so long, in milliseconds: a person may look at a list of offers before claiming. */
const lifetimeMs = 180_000;
const macLength = 16;

/** The keys sign tokens too; the prefix keeps the two apart. */
const sign = (key: string, issuedAt: string) => macOf(key, `nonce|${issuedAt}`, macLength);

/** DP9: a server nonce that needs no storage: when it was issued, signed. The same for every phone. */
export const issueNonce = (keys: KeyGenerations, now: number): string => {
  const issuedAt = Math.floor(now / 1_000).toString(36);
  return `${issuedAt}.${sign(currentKey(keys), issuedAt)}`;
};

export const isLiveNonce = ({ keys }: KeyGenerations, nonce: string | undefined, now: number): boolean => {
  const [, issuedAt = '', mac = ''] = /^([0-9a-z]{1,9})\.([\w-]{22})$/.exec(nonce ?? '') ?? [];
  const age = now - Number.parseInt(issuedAt, 36) * 1_000;
  // A second ahead: clocks of two functions differ.
  return (
    age >= -1_000 &&
    age <= lifetimeMs &&
    [...keys.values()].some((key) => isSameText(mac, sign(key, issuedAt)))
  );
};
