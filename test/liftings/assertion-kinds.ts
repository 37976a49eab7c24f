import { randomBytes } from 'node:crypto';
import type { AssertionOverrides } from '#phone/software-iphone.ts';
import { ios27Map } from '#phone/software-iphone.ts';
import {
  assertionFor,
  isSamePhone,
  type Kind,
  type Means,
  type Original,
  proofFor,
  withHeaders,
} from './original.ts';

const assertionHeader = 'app-attest-assertion';
const dataHeader = 'app-attest-client-data';

/** Claims of iPhones only. */
const kind = (name: string, make: Kind['make'], when: Kind['when'] = 'both'): Kind => ({
  name: `assertion: ${name}`,
  when,
  make: (original, means) => (original.isClaim && original.holder.iphone ? make(original, means) : undefined),
});

/** The attested key signs, over something that is not this claim. */
const signedElsewhere = (
  name: string,
  changes: (original: Original, means: Means) => Record<string, unknown>,
): Kind =>
  kind(`over ${name}`, (original, means) =>
    withHeaders(original, assertionFor(original, changes(original, means))),
  );

const wrong = (name: string, changes: (means: Means) => Partial<AssertionOverrides>): Kind =>
  kind(name, (original, means) => withHeaders(original, assertionFor(original, {}, changes(means))));

const changedData = (name: string, change: (data: Record<string, unknown>) => unknown): Kind =>
  kind(`client data rewritten: ${name}`, (original) => {
    const data = JSON.parse(Buffer.from(original.headers[dataHeader] ?? '', 'base64url').toString());
    return withHeaders(original, {
      [dataHeader]: Buffer.from(JSON.stringify(change(data))).toString('base64url'),
    });
  });

const respelled = (name: string, change: (text: string) => string): Kind =>
  kind(
    `replay spelled: ${name}`,
    (original) =>
      withHeaders(original, { [assertionHeader]: change(original.headers[assertionHeader] ?? '') }),
    'after',
  );

/** Everything about the request is fresh and right; only the counter has been there before. */
const withCounter = (name: string, less: (means: Means) => number): Kind =>
  kind(
    `counter ${name}`,
    (original, means) => {
      const used = usedCounter(original);
      const fresh = { ...original, jti: randomBytes(12).toString('base64url') };
      return withHeaders(original, {
        dpop: proofFor(fresh, means.origin),
        ...assertionFor(fresh, {}, { counter: Math.max(0, used - less(means)) }),
      });
    },
    'after',
  );

const usedCounter = ({ headers }: Original): number => {
  const bytes = Buffer.from(headers[assertionHeader] ?? '', 'base64url');
  const at = bytes.indexOf('authenticatorData') + 'authenticatorData'.length;
  // After the name a byte string of 99 bytes has two bytes before it, one of 37 too.
  return bytes.readUInt32BE(at + 2 + 33);
};

export const assertionKinds: Kind[] = [
  kind('none', (original) =>
    withHeaders(original, { [assertionHeader]: undefined, [dataHeader]: undefined }),
  ),
  kind('without client data', (original) => withHeaders(original, { [dataHeader]: undefined })),
  kind('client data alone', (original) => withHeaders(original, { [assertionHeader]: undefined })),
  kind('of another claim of the phone', (original, { others }) => {
    const other = others.find((one) => one.isClaim && isSamePhone(one, original) && one !== original);
    return other && withHeaders(original, { [assertionHeader]: other.headers[assertionHeader] });
  }),
  kind('of another claim, with its client data', (original, { others }) => {
    const other = others.find((one) => one.isClaim && isSamePhone(one, original) && one !== original);
    return (
      other &&
      withHeaders(original, {
        [assertionHeader]: other.headers[assertionHeader],
        [dataHeader]: other.headers[dataHeader],
      })
    );
  }),
  kind("of another driver's phone", (original, { others }) => {
    const other = others.find((one) => one.headers[assertionHeader] && !isSamePhone(one, original));
    return other && withHeaders(original, { [assertionHeader]: other.headers[assertionHeader] });
  }),
  kind('by another attested phone', (original, { stranger }) =>
    withHeaders(
      original,
      assertionFor({ ...original, holder: { ...stranger, accountId: original.holder.accountId } }),
    ),
  ),
  signedElsewhere('another body', () => ({ bd: randomBytes(32).toString('base64url') })),
  signedElsewhere('another proof', () => ({ jti: 'another' })),
  signedElsewhere('another account', () => ({ account: 'another' })),
  signedElsewhere('another path', () => ({ path: '/v1/schedule' })),
  signedElsewhere('another method', () => ({ method: 'DELETE' })),
  signedElsewhere('another nonce', () => ({ nonce: 'another' })),
  signedElsewhere('no nonce', () => ({ nonce: undefined })),
  signedElsewhere('another purpose', () => ({ purpose: 'enrol' })),
  signedElsewhere('another version', () => ({ v: 2 })),
  signedElsewhere('a member more', () => ({ also: 1 })),
  signedElsewhere('a list for a text', ({ jti }) => ({ jti: [jti] })),
  changedData('account', (data) => ({ ...data, account: 'another' })),
  changedData('order of its members', (data) => Object.fromEntries(Object.entries(data).toReversed())),
  changedData('as a list', (data) => [data]),
  changedData('nothing', () => null),
  wrong('of another app', () => ({ rpId: 'ABCDEFGHIJ.com.example.other' })),
  wrong('of a test build', ({ chance }) => ({
    tail: ios27Map({ category: chance.pick([0, 1, 2, 3, 5]), bundleVersion: '412' }),
  })),
  kind('without the map of iOS 27', (original) =>
    original.holder.isOld
      ? undefined
      : withHeaders(original, assertionFor(original, {}, { tail: Buffer.alloc(0) })),
  ),
  wrong('bytes behind the map', () => ({
    tail: Buffer.concat([ios27Map({ category: 4, bundleVersion: '412' }), Buffer.of(0)]),
  })),
  wrong('counter zero', () => ({ counter: 0 })),
  wrong('over another hash', () => ({ clientDataHash: randomBytes(32) })),
  wrong('by the proof key', ({ stranger }) => ({ key: stranger.key.privateKey })),
  withCounter('repeated', () => 0),
  withCounter('lower', ({ chance }) => 1 + chance.below(3)),
  respelled('padding', (text) => `${text}=`),
  respelled('a character that is none', (text) => `${text.slice(0, 20)}!${text.slice(20)}`),
  respelled('other alphabet', (text) => text.replaceAll('-', '+').replaceAll('_', '/')),
];
