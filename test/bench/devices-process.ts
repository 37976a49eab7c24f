import { createPublicKey, type KeyObject, randomBytes, randomUUID, sign, verify } from 'node:crypto';
import { claimBlock } from '#contract/claims.ts';
import { trustAnchors } from '#core/attestation/trust-anchors.ts';
import { checkProof } from '#core/devices/check-proof.ts';
import { claimAssertion } from '#core/devices/claim-assertion.ts';
import { type DeviceTokenClaims, signDeviceToken, tokenLifetime } from '#core/devices/device-token.ts';
import { type EnrolmentBody, verifyEvidence } from '#core/devices/evidence.ts';
import { issueNonce } from '#core/devices/nonce.ts';
import { iosAppId } from '#phone/app-identity.ts';
import { androidEvidence, iphoneEvidence, type SoftwarePhone } from '#phone/enrolment.ts';
import { softwareAndroid } from '#phone/software-android.ts';
import { softwareIphone } from '#phone/software-iphone.ts';
import { someKeys } from '#test/support/builders.ts';
import {
  assertionPolicy,
  type BoundPhone,
  claimProof,
  devicePolicy,
  publicApiOrigin,
  testAnchors,
} from './phones.ts';

/**
 * Prints the microseconds of CPU that each piece of work with phones costs, one number for each run. Everything that
 * phones do, such as signing, is done before the clock of a run is read.
 */

const now = Date.now();
const nonce = issueNonce(someKeys, now);
const { method, path } = claimBlock;
const body = JSON.stringify({ offerToken: randomBytes(180).toString('base64url') });
const rawBody = Buffer.from(body);
/** As many drivers as a warm function hears of in a rush. */
const phonesOfPlatform = 100;

const bind = (phone: SoftwarePhone): BoundPhone & { claims: DeviceTokenClaims } => {
  const accountId = randomUUID();
  const iat = Math.floor(now / 1_000);
  const claims: DeviceTokenClaims = {
    sub: accountId,
    did: randomBytes(16).toString('base64url'),
    cnf: { jkt: phone.dpopKey.jkt },
    pf: phone.platform,
    tier: 'A',
    ep: 1,
    ...(phone.platform === 'ios' && {
      ak: phone.point.subarray(1).toString('base64url'),
      app: iosAppId,
      vc: true,
    }),
    iat,
    exp: iat + tokenLifetime,
  };
  return { phone, accountId, accessToken: signDeviceToken(someKeys, claims), claims };
};

const several = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));
const androids = several(phonesOfPlatform, () => bind(softwareAndroid()));
const iphones = several(phonesOfPlatform, () => bind(softwareIphone()));

const publicKeys = new Map(androids.map(({ phone }) => [phone, createPublicKey(phone.dpopKey.privateKey)]));

const checkAssertion = claimAssertion(assertionPolicy);
const check = checkProof({
  signIn: async () => ({ status: 'refused' }),
  modeOf: () => 'enforce',
  keys: async () => someKeys,
  revokedEpochs: async () => new Map(),
  // A ledger that costs nothing: the write is counted elsewhere.
  proofs: { useProof: async () => 'first', advanceCounter: async () => 'first' },
  origin: publicApiOrigin,
  now: () => now,
  checkAssertion,
});

type Piece = () => unknown;
const mustBe = (expected: string, { status, ...rest }: { status: string }) => {
  if (status !== expected) throw new Error(`${status} instead of ${expected}: ${JSON.stringify(rest)}`);
};

const claimBy = (phone: BoundPhone): Piece => {
  const headers = claimProof(phone, { body, nonce, now });
  const request = { requestId: randomUUID(), method, path, headers, body: () => rawBody, isClaim: true };
  return async () => mustBe('proven', await check(request));
};

const assertionBy = (phone: (typeof iphones)[number]): Piece => {
  const headers = claimProof(phone, { body, nonce, now });
  const { jti, bd } = JSON.parse(Buffer.from(headers.dpop?.split('.')[1] ?? '', 'base64url').toString());
  const request = { method, path, bodyHash: bd as string, jti: jti as string, nonce };
  return () => mustBe('verified', checkAssertion(headers, phone.claims, request));
};

const { ios, android } = devicePolicy;
const evidenceDeps = {
  anchors: trustAnchors({ name: 'local', isProduction: false, testAnchors }),
  ...(ios && { ios }),
  ...(android && { android }),
};
const enrolment = async (
  phone: SoftwarePhone,
  evidenceFor: (challenge: { challengeId: string; challenge: string; accountId: string }) => unknown,
): Promise<Piece> => {
  const challenge = randomBytes(32).toString('base64url');
  const accountId = randomUUID();
  const evidence = await evidenceFor({ challengeId: randomUUID(), challenge, accountId });
  const binding = {
    challenge,
    accountId,
    jkt: phone.dpopKey.jkt,
    requestId: randomUUID(),
    now,
    list: { fetchedAt: now, listed: new Map() },
  };
  return async () =>
    mustBe('accepted', await verifyEvidence(evidenceDeps, evidence as EnrolmentBody, binding));
};

const bareSignature = ({ phone }: BoundPhone): Piece => {
  const data = Buffer.from(claimProof({ phone, accountId: '', accessToken: '' }, { body, nonce }).dpop ?? '');
  const signature = sign('sha256', data, phone.dpopKey.privateKey);
  const key = publicKeys.get(phone) as KeyObject;
  return () => mustBe('true', { status: String(verify('sha256', data, key, signature)) });
};

interface Work {
  /** How many of it make one run. */
  pieces: number;
  prepare: (index: number) => Piece | Promise<Piece>;
}

const work = {
  dpop: {
    pieces: 500,
    prepare: (index: number) => claimBy(androids[index % phonesOfPlatform] as BoundPhone),
  },
  dpopFirst: { pieces: 100, prepare: () => claimBy(bind(softwareAndroid())) },
  assertion: {
    pieces: 300,
    prepare: (index: number) => assertionBy(iphones[index % phonesOfPlatform] as (typeof iphones)[number]),
  },
  claimOfIphone: {
    pieces: 300,
    prepare: (index: number) => claimBy(iphones[index % phonesOfPlatform] as BoundPhone),
  },
  signature: {
    pieces: 500,
    prepare: (index: number) => bareSignature(androids[index % phonesOfPlatform] as BoundPhone),
  },
  enrolmentOfIphone: {
    pieces: 30,
    prepare: () => {
      const phone = softwareIphone();
      return enrolment(phone, (challenge) => iphoneEvidence(phone, challenge, { withAssertion: true }));
    },
  },
  enrolmentOfAndroid: {
    pieces: 30,
    prepare: () => {
      const phone = softwareAndroid();
      return enrolment(phone, (challenge) => androidEvidence(phone, challenge));
    },
  },
} satisfies Record<string, Work>;
export type DeviceWork = keyof typeof work;

const cpuOf = async ({ pieces, prepare }: Work): Promise<number> => {
  const prepared = await Promise.all(several(pieces, prepare));
  // The rubbish of phones is not the verifier's.
  globalThis.gc?.();
  const before = process.cpuUsage();
  for (const piece of prepared) await piece();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / pieces;
};

const runs = Number(process.argv[2]);
const warmUps = 3;
const entries = Object.entries(work) as [DeviceWork, Work][];
const samples = Object.fromEntries(entries.map(([name]) => [name, [] as number[]]));
for (let run = -warmUps; run < runs; run += 1)
  for (const [name, subject] of entries) {
    const cpu = await cpuOf(subject);
    if (run >= 0) samples[name]?.push(cpu);
  }
process.stdout.write(JSON.stringify(samples));
