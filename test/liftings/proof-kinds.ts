import { createHmac, randomBytes } from 'node:crypto';
import type { ProofInput } from '#phone/dpop.ts';
import {
  assertionFor,
  isSamePhone,
  type Kind,
  type Means,
  type Original,
  proofFor,
  withHeaders,
} from './original.ts';

const order = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551');

const kind = (name: string, make: Kind['make'], when: Kind['when'] = 'both'): Kind => ({ name, when, make });
const isWrite = ({ method }: Original) => method !== 'GET';
const partsOf = ({ headers }: Original) => (headers.dpop ?? '').split('.') as [string, string, string];
const json = (part: string) =>
  JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;
const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** The phone itself has signed it, for another purpose or at another time. */
const signedElsewhere = (
  name: string,
  changes: (original: Original, means: Means) => Partial<ProofInput> | undefined,
): Kind =>
  kind(`phone signed: ${name}`, (original, means) => {
    const changed = changes(original, means);
    if (!changed) return undefined;
    const fresh = { ...original, jti: randomBytes(12).toString('base64url') };
    const dpop = proofFor(fresh, means.origin, changed);
    return withHeaders(original, { dpop, ...(fresh.isClaim && assertionFor(fresh)) });
  });

/** The header or the claims are rewritten and the signature stays. */
const rewritten = (
  name: string,
  which: 0 | 1,
  change: (members: Record<string, unknown>, means: Means) => Record<string, unknown>,
): Kind =>
  kind(`rewritten: ${name}`, (original, means) => {
    const parts = partsOf(original);
    const changed = part(change(json(parts[which]), means));
    return changed === parts[which]
      ? undefined
      : withHeaders(original, { dpop: parts.with(which, changed).join('.') });
  });

const otherSignature = (name: string, change: (signature: Buffer, means: Means) => Buffer): Kind =>
  kind(`signature: ${name}`, (original, means) => {
    const [head, claims, signature] = partsOf(original);
    const changed = change(Buffer.from(signature, 'base64url'), means);
    return withHeaders(original, { dpop: `${head}.${claims}.${changed.toString('base64url')}` });
  });

const respelled = (name: string, change: (proof: string) => string, when: Kind['when'] = 'both'): Kind =>
  kind(
    `spelling: ${name}`,
    (original) => {
      const dpop = change(original.headers.dpop ?? '');
      return dpop === original.headers.dpop ? undefined : withHeaders(original, { dpop });
    },
    when,
  );

const seconds = (now: number) => Math.floor(now / 1_000);

/** (r, n-s) verifies as well: only the ledger tells that it is the same proof. */
const mirrored = (signature: Buffer): Buffer => {
  const s = BigInt(`0x${signature.subarray(32).toString('hex')}`);
  const other = (order - s).toString(16).padStart(64, '0');
  return Buffer.concat([signature.subarray(0, 32), Buffer.from(other, 'hex')]);
};

const flip = (bytes: Buffer, at: number) => {
  const changed = Buffer.from(bytes);
  changed[at] = (changed[at] as number) ^ 1;
  return changed;
};

export const proofKinds: Kind[] = [
  signedElsewhere('stale', (_, { chance, now }) => ({ iat: seconds(now()) - 62 - chance.below(600) })),
  signedElsewhere('in the future', (_, { chance, now }) => ({
    iat: seconds(now()) + 10 + chance.below(600),
  })),
  signedElsewhere('time as text', ({ iat }) => ({ claims: { iat: String(iat) } })),
  signedElsewhere('no time', () => ({ claims: { iat: undefined } })),
  signedElsewhere('another origin', (_, { chance }) => ({
    htu: `${chance.pick(['https://evil.example', 'https://api.example.com.evil.example', 'http://localhost'])}/v1/claims`,
  })),
  signedElsewhere('another port', ({ path }, { origin }) => ({ htu: `${origin}0${path}` })),
  signedElsewhere('user in the URL', ({ path }, { origin }) => ({
    htu: origin.replace('://', '://evil@') + path,
  })),
  signedElsewhere('relative URL', ({ path }) => ({ htu: path })),
  signedElsewhere('another path', (_, { origin }) => ({ htu: `${origin}/v1/device-tokens` })),
  signedElsewhere('another method', ({ method }) => ({ htm: method === 'POST' ? 'DELETE' : 'POST' })),
  signedElsewhere('method in lower case', ({ method }) => ({ htm: method.toLowerCase() })),
  signedElsewhere('for another token', (_, { chance, holders }) => ({
    accessToken: `${chance.pick(holders).token}x`,
  })),
  signedElsewhere('without a token', () => ({ accessToken: undefined })),
  signedElsewhere('for another body', (original) => (isWrite(original) ? { body: 'another' } : undefined)),
  signedElsewhere('without a body', (original) => (isWrite(original) ? { body: undefined } : undefined)),
  signedElsewhere('hash of the body in hex', (original) =>
    isWrite(original) ? { claims: { bd: Buffer.from(original.body).toString('hex') } } : undefined,
  ),
  signedElsewhere('no identifier', () => ({ claims: { jti: undefined } })),
  signedElsewhere('empty identifier', () => ({ jti: '' })),
  signedElsewhere('long identifier', () => ({ jti: 'x'.repeat(129) })),
  signedElsewhere('no nonce', ({ isClaim }) => (isClaim ? { nonce: undefined } : undefined)),
  signedElsewhere('old nonce', ({ isClaim }, { chance, now, nonceAt }) =>
    isClaim && nonceAt ? { nonce: nonceAt(now() - 182_000 - 1_000 * chance.below(9_000)) } : undefined,
  ),
  signedElsewhere('nonce to come', ({ isClaim }, { now, nonceAt }) =>
    isClaim && nonceAt ? { nonce: nonceAt(now() + 10_000) } : undefined,
  ),
  signedElsewhere('foreign nonce', ({ isClaim, nonce = '' }) =>
    isClaim ? { nonce: `${nonce.split('.')[0]}.${randomBytes(16).toString('base64url')}` } : undefined,
  ),
  signedElsewhere('nonce with another time', ({ isClaim, nonce = '' }) =>
    isClaim ? { nonce: `${nonce.split('.')[0]}0.${nonce.split('.')[1]}` } : undefined,
  ),
  signedElsewhere('nonce as a list', ({ isClaim, nonce }) =>
    isClaim ? { claims: { nonce: [nonce] } } : undefined,
  ),
  signedElsewhere('with crit', () => ({ header: { crit: ['exp'] } })),
  signedElsewhere('as a login token', () => ({ header: { typ: 'JWT' } })),
  signedElsewhere('with a private key', () => ({ header: { jwk: { kty: 'EC', crv: 'P-256', d: 'AA' } } })),
  signedElsewhere('by another key under this one', (_, { stranger }) => ({
    signer: stranger.key.privateKey,
  })),
  signedElsewhere("with another phone's key", (_, { stranger }) => ({ key: stranger.key })),
  kind("another phone's proof", (original, { chance, others }) => {
    const other = chance.pick(others);
    return isSamePhone(other, original)
      ? undefined
      : withHeaders(original, { dpop: other.headers.dpop ?? '' });
  }),
  kind('proof of another request of the phone', (original, { others }) => {
    const other = others.find((one) => isSamePhone(one, original) && one.path !== original.path);
    return other && withHeaders(original, { dpop: other.headers.dpop ?? '' });
  }),
  rewritten('alg none', 0, (head) => ({ ...head, alg: 'none' })),
  rewritten('alg ES384', 0, (head) => ({ ...head, alg: 'ES384' })),
  rewritten("another's key", 0, (head, { stranger }) => ({ ...head, jwk: stranger.key.jwk })),
  rewritten('members of the header', 0, (head, { chance }) => ({
    ...head,
    [chance.pick(['kid', 'crit', 'zip', 'b64', 'x5u'])]: chance.pick(['x', ['b64'], false]),
  })),
  rewritten('fresh time', 1, (claims, { now }) => ({ ...claims, iat: seconds(now()) + 1 })),
  rewritten('fresh identifier', 1, (claims) => ({ ...claims, jti: randomBytes(12).toString('hex') })),
  rewritten('identifier in other case', 1, (claims) => ({
    ...claims,
    jti: String(claims.jti).toUpperCase().concat('x'),
  })),
  rewritten('another path', 1, (claims, { origin }) => ({ ...claims, htu: `${origin}/v1/schedule` })),
  rewritten('without nonce', 1, ({ nonce: _, ...claims }) => claims),
  rewritten('members in another order', 1, (claims) =>
    Object.fromEntries(Object.entries(claims).toReversed()),
  ),
  kind('HMAC with the public key', (original) => {
    const [head, claims] = partsOf(original);
    const signed = `${part({ ...json(head), alg: 'HS256' })}.${claims}`;
    const key = Buffer.from(JSON.stringify(original.holder.key.jwk));
    return withHeaders(original, {
      dpop: `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`,
    });
  }),
  otherSignature('one bit', (signature, { chance }) => flip(signature, chance.below(64))),
  otherSignature('zero', () => Buffer.alloc(64)),
  otherSignature('random', () => randomBytes(64)),
  otherSignature('short', (signature) => signature.subarray(0, 63)),
  otherSignature('long', (signature) => Buffer.concat([signature, Buffer.alloc(1)])),
  otherSignature('r and s exchanged', (signature) =>
    Buffer.concat([signature.subarray(32), signature.subarray(0, 32)]),
  ),
  kind(
    'signature: (r, n-s) of a used proof',
    (original) => {
      const [head, claims, signature] = partsOf(original);
      const other = mirrored(Buffer.from(signature, 'base64url')).toString('base64url');
      return isWrite(original) ? withHeaders(original, { dpop: `${head}.${claims}.${other}` }) : undefined;
    },
    'after',
  ),
  respelled('padding', (proof) => `${proof}==`),
  respelled('last character', (proof) => {
    const last = alphabet.indexOf(proof.at(-1) ?? '');
    return `${proof.slice(0, -1)}${alphabet[last ^ 1]}`;
  }),
  respelled('other alphabet', (proof) => proof.replaceAll('-', '+').replaceAll('_', '/')),
  respelled('a character between', (proof) => `${proof.slice(0, -5)}=${proof.slice(-5)}`),
  respelled('lower case', (proof) => proof.toLowerCase()),
  respelled('twice', (proof) => `${proof},${proof}`),
  respelled('twice with a space', (proof) => `${proof}, ${proof}`),
  respelled('a part more', (proof) => `${proof}.${proof.split('.')[2]}`),
  respelled('without signature', (proof) => proof.slice(0, proof.lastIndexOf('.') + 1)),
  respelled('in quotes', (proof) => `"${proof}"`),
  kind('two different proofs', (original, { chance, others }) =>
    withHeaders(original, { dpop: `${original.headers.dpop},${chance.pick(others).headers.dpop}` }),
  ),
  kind('no proof', (original) => withHeaders(original, { dpop: undefined })),
  kind('empty proof', (original) => withHeaders(original, { dpop: '' })),
];
