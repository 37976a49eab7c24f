import { sign } from 'node:crypto';
import { verifyProof } from '#core/attestation/dpop.ts';
import { claimAssertion } from '#core/devices/claim-assertion.ts';
import { type DeviceTokenClaims, readDeviceToken, signDeviceToken } from '#core/devices/device-token.ts';
import { isLiveNonce, issueNonce } from '#core/devices/nonce.ts';
import { readOfferToken, signOffer } from '#core/offers/offer-token.ts';
import { iosAppId } from '#phone/app-identity.ts';
import { signProof } from '#phone/dpop.ts';
import { claimClientData } from '#phone/proving-fetch.ts';
import { anOffer, someKeys } from '#test/support/builders.ts';
import { type Input, isEqual, seedOnly, signedBy, type Target } from '../target.ts';
import {
  anIphone,
  attestedKey,
  base64,
  hashText,
  isJsonOf,
  now,
  proofKey,
  release,
  textOf,
} from './context.ts';

const nothingKnown = Buffer.alloc(0);
const ascii = (text: string) => Buffer.from(text, 'latin1');
const origin = 'https://api.example.com';
const path = '/v1/claims';
const iat = now / 1_000;

const phone = anIphone();
const claims: DeviceTokenClaims = {
  sub: 'driver-1',
  did: 'A'.repeat(22),
  cnf: { jkt: proofKey.jkt },
  pf: 'ios',
  tier: 'A',
  ep: 1,
  ak: phone.point.subarray(1).toString('base64url'),
  app: iosAppId,
  vc: true,
  iat,
  exp: iat + 600,
};
const token = signDeviceToken(someKeys, claims);
const nonce = issueNonce(someKeys, now);
const offerToken = signOffer(someKeys, anOffer({ blockId: 'block-fuzz' }));
const body = Buffer.from(JSON.stringify({ offerToken }));
const bodyHash = hashText(body);
const jti = 'TEST ONLY jti';

const expected = {
  method: 'POST',
  url: `${origin}${path}`,
  now,
  jkt: proofKey.jkt,
  accessToken: token,
  bodyHash,
  acceptsNonce: (given: string | undefined) => isLiveNonce(someKeys, given, now),
};
const asked = { key: proofKey, htm: 'POST', htu: expected.url, accessToken: token, iat, jti };
const proof = signProof({ ...asked, body, nonce });
const [head = '', payload = ''] = proof.split('.');
const json = (part: string) => Buffer.from(part, 'base64url');

const resigned = ([header = nothingKnown, given = nothingKnown]: Input): string => {
  const signed = `${header.toString('base64url')}.${given.toString('base64url')}`;
  const key = { key: proofKey.privateKey, dsaEncoding: 'ieee-p1363' as const };
  return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`;
};

const saysWhatIsDue = (given: Buffer): string | undefined =>
  isJsonOf(
    given,
    claims,
    (said: Record<string, unknown>) =>
      said.htm === 'POST' &&
      typeof said.htu === 'string' &&
      new URL(said.htu).origin === origin &&
      new URL(said.htu).pathname === path &&
      said.ath === hashText(token) &&
      said.bd === bodyHash &&
      said.nonce === nonce &&
      Math.abs((said.iat as number) - iat) <= 60 &&
      typeof said.jti === 'string',
  )
    ? undefined
    : 'accepted, and its claims do not say what is due';

const check = claimAssertion(release);
const request = { method: 'POST', path, bodyHash, jti, nonce };
const clientData = claimClientData({ account: 'driver-1', method: 'POST', path, nonce, jti, bd: bodyHash });
const asserted = phone.assert(clientData);
const headersOf = ([assertion, data]: Input) => ({
  'app-attest-assertion': textOf(assertion),
  'app-attest-client-data': textOf(data),
});
const due = JSON.parse(clientData.toString()) as unknown;

const isSameAssertion = (given: Buffer): boolean =>
  given.length === asserted.assertion.length &&
  given.includes(asserted.signature) &&
  given.includes(asserted.authenticatorData);

const only = (id: string, text: string, isAccepted: (text: string) => boolean) =>
  seedOnly(id, [ascii(text)], ([given]) =>
    isAccepted(textOf(given)) ? { status: 'valid' } : { status: 'refused', reason: 'not-accepted' },
  );

export const tokenTargets: Target[] = [
  {
    name: 'dpop',
    seeds: [
      seedOnly('claim', [ascii(proof)], ([given]) => verifyProof(textOf(given), expected)),
      seedOnly(
        'token',
        [ascii(signProof({ key: proofKey, htm: 'POST', htu: expected.url, iat }))],
        ([given]) => verifyProof(textOf(given), { method: 'POST', url: expected.url, now }),
      ),
    ],
  },
  {
    name: 'dpop, signed',
    seeds: [
      signedBy(
        'claim',
        [json(head), json(payload)],
        (given) => verifyProof(resigned(given), expected),
        ([, given = nothingKnown]) => saysWhatIsDue(given),
      ),
    ],
  },
  {
    name: 'device-token',
    seeds: [
      seedOnly('ios', [ascii(token)], ([given]) => readDeviceToken({ ...someKeys }, textOf(given), now)),
      seedOnly('remembered', [ascii(token)], ([given]) => readDeviceToken(someKeys, textOf(given), now)),
    ],
  },
  { name: 'nonce', seeds: [only('fresh', nonce, (text) => isLiveNonce(someKeys, text, now))] },
  {
    name: 'offer-token',
    seeds: [only('direct', offerToken, (text) => readOfferToken({ ...someKeys }, text) !== undefined)],
  },
  {
    name: 'claim-assertion',
    seeds: [
      seedOnly(
        'ios-27',
        [ascii(asserted.assertion.toString('base64url')), ascii(clientData.toString('base64url'))],
        (given) => check(headersOf(given), claims, request),
        // Other spellings of base64, and the two members of the assertion in the other order: the counter of either
        // is spent by the same write.
        ([assertion, data], verdict) =>
          Buffer.from(textOf(data), 'base64url').equals(clientData) &&
          isSameAssertion(base64(textOf(assertion))) &&
          isEqual(verdict.facts, { counter: asserted.counter, category: 4, bundleVersion: '412' }),
      ),
    ],
  },
  {
    name: 'claim-assertion, signed',
    seeds: [
      signedBy(
        'ios-27',
        [clientData, asserted.authenticatorData.subarray(37)],
        ([data = nothingKnown, tail = nothingKnown]) => {
          const made = phone.assert(data, { key: attestedKey, tail, counter: 7 });
          const given = [made.assertion, data].map((bytes) => ascii(bytes.toString('base64url')));
          return check(headersOf(given), claims, request);
        },
        ([data = nothingKnown]) =>
          isJsonOf(data, due, (said: unknown) => isEqual(said, due))
            ? undefined
            : 'accepted, and the client data does not name the claim',
      ),
    ],
  },
];
