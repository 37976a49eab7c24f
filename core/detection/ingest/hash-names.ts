import { macOf } from '#core/shared/key-generations.ts';
import { remembered } from '#core/shared/remembered.ts';

/** What is a name in the archive without being readable there: equal across accounts, and nothing but equal. */
export type NameKind = 'device' | 'event' | 'key' | 'network' | 'offer';
export type HashName = (kind: NameKind, name: string) => string;

/** 16 bytes: no two of a billion names collide. */
const bytes = 16;
/** Some 2 MB. */
const memory = 20_000;

/** HMAC under a secret: whoever has the archive alone cannot try all networks. The kind keeps equal names of two kinds apart. */
export const hashNames = (key: string): HashName => {
  const known = remembered<string>(memory);
  return (kind, name) => {
    const message = `${kind}|${name}`;
    const earlier = known.get(message);
    if (earlier) return earlier;
    const hash = macOf(key, message, bytes);
    // Of events each is its own: remembering them would forget the names that come again.
    if (kind !== 'event') known.set(message, hash);
    return hash;
  };
};
