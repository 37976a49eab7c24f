import { createHmac, randomBytes } from 'node:crypto';
import type { DeviceTokenClaims } from '#core/devices/device-token.ts';
import {
  assertionFor,
  type Holder,
  type Kind,
  type Means,
  type Original,
  proofFor,
  withHeaders,
} from './original.ts';

const kind = (name: string, make: Kind['make']): Kind => ({ name, when: 'both', make });
const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const claimsOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as DeviceTokenClaims;

const withToken = (original: Original, token: string) =>
  withHeaders(original, { authorization: `DPoP ${token}` });

/** The phone proves the very token that it shows: everything but the token is right. */
const proven = (original: Original, { origin }: Means, token: string) => {
  const holder: Holder = { ...original.holder, token };
  const fresh = { ...original, holder, jti: randomBytes(12).toString('base64url') };
  return withHeaders(original, {
    authorization: `DPoP ${token}`,
    dpop: proofFor(fresh, origin),
    ...(fresh.isClaim && assertionFor(fresh)),
  });
};

/** Claims changed, the service's signature kept. */
const forged = (name: string, change: (claims: DeviceTokenClaims, means: Means) => object): Kind =>
  kind(`token forged: ${name}`, (original, means) => {
    const [head = '', claims = '', mac = ''] = original.holder.token.split('.');
    const changed = part(change(claimsOf(original.holder.token), means));
    return changed === claims ? undefined : proven(original, means, `${head}.${changed}.${mac}`);
  });

const respelled = (name: string, change: (token: string) => string): Kind =>
  kind(`token spelled: ${name}`, (original, means) => {
    const token = change(original.holder.token);
    return token === original.holder.token ? undefined : proven(original, means, token);
  });

/** By the service itself, at another time or for another phone. */
const issued = (
  name: string,
  changes: (original: Original, means: Means) => Partial<DeviceTokenClaims> | undefined,
  generation?: 'unknown',
): Kind =>
  kind(`token: ${name}`, (original, means) => {
    const changed = changes(original, means);
    const token = changed && means.signToken?.(original.holder, changed, generation);
    return token ? proven(original, means, token) : undefined;
  });

const bearing = (name: string, authorization: (original: Original) => string | undefined): Kind =>
  kind(`fallback: ${name}`, (original) =>
    withHeaders(original, { authorization: authorization(original), dpop: undefined }),
  );

const seconds = (now: number) => Math.floor(now / 1_000);

export const tokenKinds: Kind[] = [
  kind("token: another driver's", (original, { chance, holders }) => {
    const other = chance.pick(holders);
    return other.accountId === original.holder.accountId ? undefined : withToken(original, other.token);
  }),
  kind("token: another driver's, proven by this phone", (original, means) => {
    const other = means.chance.pick(means.holders);
    return other.accountId === original.holder.accountId ? undefined : proven(original, means, other.token);
  }),
  issued('of an ended session', () => ({ ep: 0 })),
  issued('expired', (_, { now }) => ({ iat: seconds(now()) - 700, exp: seconds(now()) - 100 })),
  issued('of this second', (_, { now }) => ({ exp: seconds(now()) })),
  issued('for another key', (_, { stranger }) => ({ cnf: { jkt: stranger.key.jkt } })),
  issued('of a phone that must wait', ({ isClaim }, { chance }) =>
    isClaim ? { fr: chance.pick(['cooling-off', 'human-check', 'not-trusted', 'suspended']) } : undefined,
  ),
  issued('signed by an unknown generation', () => ({}), 'unknown'),
  issued('of another App Attest key', ({ isClaim, holder }, { stranger }) =>
    isClaim && holder.iphone && stranger.iphone
      ? { ak: stranger.iphone.point.subarray(1).toString('base64url') }
      : undefined,
  ),
  issued('of another app', ({ isClaim, holder }) =>
    isClaim && holder.iphone ? { app: 'ABCDEFGHIJ.com.example.other' } : undefined,
  ),
  issued("of another account's phone", ({ isClaim, holder }) =>
    isClaim && holder.iphone ? { sub: 'someone-else' } : undefined,
  ),
  forged("another's account", (claims, { chance, holders }) => ({
    ...claims,
    sub: `${chance.pick(holders).accountId}x`,
  })),
  forged('the best tier', (claims) => ({ ...claims, tier: claims.tier === 'A' ? 'B' : 'A' })),
  forged('a later end', (claims) => ({ ...claims, exp: claims.exp + 3_600 })),
  forged('a later session', (claims) => ({ ...claims, ep: claims.ep + 1 })),
  forged("the stranger's key", (claims, { stranger }) => ({ ...claims, cnf: { jkt: stranger.key.jkt } })),
  forged('another platform', (claims) => ({ ...claims, pf: claims.pf === 'ios' ? 'android' : 'ios' })),
  forged('a member more', (claims) => ({ ...claims, admin: true })),
  kind('token forged: alg none', (original, means) => {
    const [, claims = ''] = original.holder.token.split('.');
    return proven(original, means, `${part({ alg: 'none', typ: 'at+jwt' })}.${claims}.`);
  }),
  kind('token forged: own secret', (original, means) => {
    const [head = '', claims = ''] = original.holder.token.split('.');
    const mac = createHmac('sha256', 'a guess').update(`${head}.${claims}`).digest('base64url');
    return proven(original, means, `${head}.${claims}.${mac}`);
  }),
  respelled(
    'one character',
    (token) => `${token.slice(0, -2)}${token.at(-2) === 'A' ? 'B' : 'A'}${token.at(-1)}`,
  ),
  respelled('last character', (token) => `${token.slice(0, -1)}${token.at(-1) === 'A' ? 'B' : 'A'}`),
  respelled('padding', (token) => `${token}=`),
  respelled('a part more', (token) => `${token}.x`),
  respelled('cut', (token) => token.slice(0, -1)),
  respelled('upper case', (token) => token.toUpperCase()),
  kind('token: twice', (original) =>
    withHeaders(original, { authorization: `DPoP ${original.holder.token} ${original.holder.token}` }),
  ),
  kind('token: two headers', (original) =>
    withHeaders(original, {
      authorization: `DPoP ${original.holder.token},DPoP ${original.holder.token}`,
    }),
  ),
  kind('fallback: login with the proof', (original) =>
    withHeaders(original, { authorization: `Bearer ${original.holder.login}` }),
  ),
  kind('fallback: login as a device token', (original, means) =>
    proven(original, means, original.holder.login),
  ),
  bearing('login alone', ({ holder }) => `Bearer ${holder.login}`),
  bearing('device token as bearer', ({ holder }) => `Bearer ${holder.token}`),
  bearing('device token alone', ({ holder }) => `DPoP ${holder.token}`),
  bearing('nothing', () => undefined),
];
