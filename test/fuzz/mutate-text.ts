import type { Chance } from '#test/faults/chance.ts';
import type { MutateAny } from './mutate-tree.ts';

const latin1 = (bytes: Buffer) => bytes.toString('latin1');

/** Header members with which verifiers of JOSE were fooled before (RFC 8725). */
const headers: Record<string, unknown>[] = [
  { alg: 'none' },
  { alg: 'None' },
  { alg: 'HS256' },
  { alg: 'RS256' },
  { alg: 'ES384' },
  { alg: ['ES256'] },
  { alg: 'A256GCMKW' },
  { alg: 'dir' },
  { alg: 'RSA-OAEP' },
  { alg: 'PBES2-HS256+A128KW', p2c: 2_000_000_000, p2s: 'AAAA' },
  { enc: 'A128CBC-HS256' },
  { enc: 'A128GCM' },
  { crit: [] },
  { crit: ['b64'], b64: false },
  { crit: ['exp'] },
  { zip: 'DEF' },
  { kid: '../../../dev/null' },
  { kid: "1' OR '1'='1" },
  { jku: 'https://attacker.example/keys' },
  { x5u: 'https://attacker.example/certificate' },
  { x5c: ['MIIB'] },
  { typ: 'JWT' },
  { typ: 'DPOP+JWT' },
  { typ: 'application/dpop+jwt' },
  { jwk: { kty: 'oct', k: 'AAAA' } },
  { jwk: { kty: 'EC', crv: 'P-256', x: 'AAAA', y: 'AAAA' } },
  { jwk: null },
  { jwk: [] },
  { epk: { kty: 'EC', crv: 'P-256', x: 'AAAA', y: 'AAAA' } },
  JSON.parse('{"__proto__":{"alg":"none"}}'),
];

const asJson = (part: string): Record<string, unknown> | undefined => {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
};
const toPart = (bytes: Buffer | string) => Buffer.from(bytes).toString('base64url');

type ChangeText = (text: string, chance: Chance) => string;

/** Spellings that a lenient reader of base64url takes for the same bytes, and neighbours of them. */
const respellings: ChangeText[] = [
  (text) => `${text}=`,
  (text) => `${text}==`,
  (text) => text.replaceAll('-', '+').replaceAll('_', '/'),
  (text, chance) => {
    const at = chance.below(text.length + 1);
    return `${text.slice(0, at)}${chance.pick([' ', '\n', '\t', '\0', '=', '%', '\u00e9', ','])}${text.slice(at)}`;
  },
  (text) => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const last = alphabet.indexOf(text.at(-1) ?? '');
    return last < 0 ? text : text.slice(0, -1) + alphabet[last ^ 1];
  },
  (text) => text.toLowerCase(),
  (text) => text.toUpperCase(),
  (text) => text.toWellFormed().normalize('NFKD'),
];
export const respell: ChangeText = (text, chance) => chance.pick(respellings)(text, chance);

/** Changes to the list of parts of a compact JWS or JWE, or of a token with separators. */
const lists: ((parts: string[], chance: Chance) => string[])[] = [
  (parts, chance) => parts.toSpliced(chance.below(parts.length), 1),
  (parts, chance) => parts.toSpliced(chance.below(parts.length + 1), 0, ''),
  (parts, chance) => parts.toSpliced(chance.below(parts.length + 1), 0, chance.pick(parts)),
  (parts, chance) => parts.with(chance.below(parts.length), ''),
  (parts, chance) => parts.with(chance.below(parts.length), chance.pick(parts)),
  (parts) => parts.toReversed(),
  (parts, chance) => Array.from({ length: chance.pick([2, 50]) }, () => parts).flat(),
];

const mutateHeader = (part: string, chance: Chance): string => {
  const members = asJson(part);
  return members ? toPart(JSON.stringify({ ...members, ...chance.pick(headers) })) : part;
};

const mutatePart = (part: string, chance: Chance, donor: Buffer, any: MutateAny): string => {
  if (chance.happens(0.3)) return respell(part, chance);
  return toPart(any(Buffer.from(part, 'base64url'), chance, donor));
};

/** Tokens of parts: JOSE and those of our own. */
export const mutateParts = (bytes: Buffer, chance: Chance, donor: Buffer, any: MutateAny): Buffer => {
  const text = latin1(bytes);
  const separator = text.includes('~') ? '~' : '.';
  const parts = text.split(separator);
  const at = chance.below(parts.length);
  const part = parts[at] ?? '';
  const changed = chance.weigh([
    { weight: 2, make: () => parts.with(0, mutateHeader(parts[0] ?? '', chance)) },
    { weight: 4, make: () => parts.with(at, mutatePart(part, chance, donor, any)) },
    { weight: 1, make: () => chance.pick(lists)(parts, chance) },
    { weight: 1, make: () => [respell(text, chance)] },
    { weight: 1, make: () => [chance.pick([`${text},${text}`, ` ${text}`, `${text}\n`, `DPoP ${text}`])] },
  ]);
  return Buffer.from(changed.make().join(separator), 'latin1');
};
