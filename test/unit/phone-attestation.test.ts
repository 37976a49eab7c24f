import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { verifyAppAssertion } from '#core/attestation/app-attest-assertion.ts';
import { verifyAppAttestation } from '#core/attestation/app-attest-attestation.ts';
import { verifyReceipt } from '#core/attestation/app-attest-receipt.ts';
import { isSignedBy, readCertificate, sha256 } from '#core/attestation/certificate.ts';
import { type KeyAttestationPolicy, verifyKeyAttestation } from '#core/attestation/key-attestation.ts';
import { checkVerdict } from '#core/attestation/play-integrity.ts';
import { decodeClassicToken } from '#core/attestation/play-integrity-token.ts';
import { androidPackage, androidSigningDigest, androidVersionCode, iosAppId } from '#phone/app-identity.ts';
import { softwareAppleServer } from '#phone/apple-receipt.ts';
import { basicConstraints } from '#phone/certificate.ts';
import { boolean, integer, tagged } from '#phone/der.ts';
import { androidChallenge, enrolmentClientData } from '#phone/enrolment.ts';
import { decodedVerdict, deviceLabels, type PlayOverrides, signPlayToken } from '#phone/play-signer.ts';
import { type AndroidOptions, aBatch, softwareAndroid, strangeAuthority } from '#phone/software-android.ts';
import { type AttestationOverrides, type IphoneOptions, softwareIphone } from '#phone/software-iphone.ts';
import { testAnchors } from '#phone/test-anchors.ts';
import { rootCertificates, rootKeys } from '#phone/test-roots.ts';
import localStage from '../../lib/stages/local.json' with { type: 'json' };

const now = Date.UTC(2026, 10, 21, 12);
const day = 86_400_000;
const challenge = { challengeId: 'c', challenge: 'abc', accountId: 'driver-1' };
const certificates = (all: readonly string[]) =>
  all.map((text) => readCertificate(Buffer.from(text, 'base64')));

describe('the test roots', () => {
  it.each(['appAttest', 'receipt', 'keyAttestation'] as const)(
    'of %s is signed by the key that its label makes, and says that it is for tests',
    (root) => {
      const [certificate] = certificates([rootCertificates[root]]);
      const { privateKey, spki } = rootKeys[root]();
      expect(certificate?.spki).toEqual(spki);
      expect(certificate && isSignedBy(certificate, createPublicKey(privateKey))).toBe(true);
      expect(certificate?.x509.subject).toContain('TEST ONLY');
    },
  );
});

it('the local stage trusts the software phones and knows their app', () => {
  const { ios, android, testAnchors: trusted } = localStage.devices;
  const { appAttestRoots, receiptRoots, keyAttestationRootPins } = testAnchors;
  expect(trusted).toEqual({ appAttestRoots, receiptRoots, keyAttestationRootPins });
  expect(ios.appIds).toEqual([iosAppId]);
  expect(android).toMatchObject({ packageName: androidPackage, signatureDigests: [androidSigningDigest] });
  expect(android.minVersionCode).toBeLessThanOrEqual(androidVersionCode);
});

const applePolicy = {
  appIds: [iosAppId],
  environment: 'production' as const,
  roots: certificates(testAnchors.appAttestRoots),
  validationCategories: [4],
  allowMissingCategory: true,
  platforms: ['iphoneos'],
};

const anIphone = (options: IphoneOptions = {}) => softwareIphone({ now: () => now, ...options });

const attested = (options: IphoneOptions = {}, wrong: Partial<AttestationOverrides> = {}) => {
  const phone = anIphone(options);
  const clientData = enrolmentClientData(challenge, phone.dpopKey.jkt);
  const made = phone.attest({ clientData }, wrong);
  const keyId = Buffer.from(phone.keyId, 'base64');
  const verdict = verifyAppAttestation(
    { attestation: made.attestation, clientDataHash: sha256(clientData), keyId },
    applePolicy,
    now,
  );
  return { phone, made, clientData, verdict };
};

describe('a software iPhone', () => {
  it.each<[string, IphoneOptions]>([
    ['iOS 27', {}],
    ['iOS 27 with the flag set', { ios27: { category: 4, bundleVersion: '412', edFlag: true } }],
    ['iOS 18', { ios27: false }],
    ['no word about the platform', { platform: null }],
  ])('attests its key: %s', (_, options) => {
    const { verdict, phone } = attested(options);
    expect(verdict).toMatchObject({ status: 'verified', facts: { point: phone.point, appId: iosAppId } });
  });

  it.each<[string, string, IphoneOptions, Partial<AttestationOverrides>]>([
    ['environment', 'aaguid', { environment: 'development' }, {}],
    ['app', 'rp-id', { appId: 'TESTTEAM01.com.example.other' }, {}],
    ['category', 'validation-category', { ios27: { category: 1, bundleVersion: '412' } }, {}],
    ['platform', 'platform', { platform: 'macosx' }, {}],
    ['iOS 27 without the map', 'validation-category-missing', { ios27: false, osVersion: '27.1' }, {}],
    ['counter', 'counter-nonzero', {}, { counter: 1 }],
    ['bytes behind the map', 'format', {}, { tail: Buffer.of(0) }],
    ['client data', 'nonce-mismatch', {}, { clientDataHash: sha256('something else') }],
    ['nonce', 'nonce-mismatch', {}, { nonce: Buffer.alloc(32) }],
    ['credential', 'credential-id', {}, { credentialId: Buffer.alloc(32) }],
    ['format', 'fmt', {}, { fmt: 'packed' }],
    ['validity', 'certificate-expired', {}, { leaf: { notAfter: now - 1_000 } }],
    [
      'a leaf that is an authority',
      'chain-not-ca',
      {},
      { leafExtensions: (made) => [basicConstraints(true), ...made.slice(1)] },
    ],
    ['a root in the list', 'format', {}, { x5c: (chain) => chain }],
  ])('is refused for a wrong %s: %s', (_, reason, options, wrong) => {
    expect(attested(options, wrong).verdict).toEqual({ status: 'refused', reason });
  });

  it('signs assertions with a counter that grows', () => {
    const phone = anIphone();
    const clientData = Buffer.from('{"v":1}');
    const policy = { appId: iosAppId, validationCategories: [4], allowMissingCategory: false };
    const check = (assertion: Uint8Array, storedCounter: number) =>
      verifyAppAssertion(
        { assertion, clientDataHash: sha256(clientData), point: phone.point, storedCounter },
        policy,
      );
    const [first, second] = [phone.assert(clientData), phone.assert(clientData)];
    expect(check(first.assertion, 0)).toMatchObject({ status: 'verified', facts: { counter: 1 } });
    expect(check(second.assertion, 1)).toMatchObject({ status: 'verified', facts: { counter: 2 } });
    expect(check(second.assertion, 2)).toMatchObject({ status: 'refused', reason: 'counter-replay' });
    const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    expect(check(phone.assert(clientData, { key: stranger }).assertion, 2).status).toBe('refused');
    expect(check(phone.assert(clientData, { rpId: 'other' }).assertion, 2).status).toBe('refused');
    expect(check(phone.assert(Buffer.from('{}')).assertion, 2).status).toBe('refused');
  });

  it('brings a receipt, and Apple’s server gives a new one with a metric when a day has passed', () => {
    const { made, phone } = attested();
    const about = { appIds: [iosAppId], attestedLeaf: made.leaf, attestedPoint: phone.point };
    const roots = certificates(testAnchors.receiptRoots);
    const first = {
      ...about,
      receipt: made.receipt,
      expectType: 'ATTEST',
      environment: 'production',
    } as const;
    expect(verifyReceipt(first, roots, now)).toMatchObject({ status: 'verified' });
    expect(verifyReceipt(first, applePolicy.roots, now).status).toBe('refused');

    let at = now + 3_600_000;
    const apple = softwareAppleServer({ riskMetric: 7, now: () => at });
    expect(apple(made.receipt.toString('base64')).status).toBe(304);
    expect(apple('AAAA').status).toBe(400);
    const changed = Buffer.from(made.receipt);
    changed[80] = (changed[80] ?? 0) ^ 1;
    expect(apple(changed.toString('base64')).status).toBe(400);
    at = now + day;
    const answer = apple(made.receipt.toString('base64'));
    const second = { ...about, receipt: Buffer.from(answer.body, 'base64'), expectType: 'RECEIPT' } as const;
    expect(verifyReceipt(second, roots, at)).toMatchObject({ status: 'verified', facts: { riskMetric: 7 } });
    expect(apple(answer.body).status).toBe(304);
  });

  it('takes a few milliseconds to attest', () => {
    attested();
    const from = performance.now();
    for (let phones = 0; phones < 20; phones += 1) anIphone().attest({ clientData: Buffer.from('{}') });
    for (let phones = 0; phones < 20; phones += 1) softwareAndroid().attest(Buffer.alloc(32));
    // A few times what two busy cores need.
    expect((performance.now() - from) / 40).toBeLessThan(25);
  });
});

const androidPolicy: KeyAttestationPolicy = {
  rootPins: new Set(testAnchors.keyAttestationRootPins),
  packageName: androidPackage,
  signatureDigests: [Buffer.from(androidSigningDigest, 'hex')],
  minVersionCode: 400,
  minPatchLevel: 202_601,
  minSecurityLevel: 1,
  selfSignedBootKeys: [],
  requireSha256: true,
};

const keyVerdict = (options: AndroidOptions = {}, policy: Partial<KeyAttestationPolicy> = {}) => {
  const phone = softwareAndroid({ now: () => now, ...options });
  const input = { chain: phone.attest(androidChallenge(challenge)), challenge: androidChallenge(challenge) };
  return {
    phone,
    verdict: verifyKeyAttestation(input, { ...androidPolicy, ...policy }, () => undefined, now),
  };
};

describe('a software Android phone', () => {
  it.each<[string, AndroidOptions]>([
    ['remotely provisioned, TEE', {}],
    ['remotely provisioned, StrongBox', { securityLevel: 'strongbox' }],
    ['from the factory, expired', { provisioning: 'factory' }],
    ['from the factory, StrongBox', { provisioning: 'factory', securityLevel: 'strongbox' }],
  ])('attests the key of its proofs: %s', (_, options) => {
    const { verdict, phone } = keyVerdict(options);
    expect(verdict).toMatchObject({ status: 'verified', facts: { packageName: androidPackage } });
    const { x, y } = phone.dpopKey.jwk;
    const point = verdict.status === 'verified' ? verdict.facts.point.toString('base64url', 1) : '';
    expect(point).toBe(
      Buffer.concat([Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]).toString('base64url'),
    );
  });

  const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  it.each<[string, string, AndroidOptions]>([
    ['an unlocked bootloader', 'bootloader-unlocked', { locked: false }],
    ['a BOOLEAN that is not DER', 'der-malformed', { locked: 1 }],
    ['a boot that failed', 'boot-state', { bootState: 'failed' }],
    ['a self-signed system', 'boot-state', { bootState: 'self-signed' }],
    ['no root of trust', 'root-of-trust-missing', { rootOfTrust: false }],
    ['an old patch', 'patch-level-low', { patchLevel: 202_412 }],
    ['another package', 'other-package', { packageName: 'com.example.other' }],
    ['a second package', 'other-package', { morePackages: [{ name: 'com.example.second', versionCode: 1 }] }],
    ['another signer', 'other-app-signature', { digests: ['00'.repeat(32)] }],
    ['an old app', 'app-version-low', { versionCode: 1 }],
    ['an imported key', 'key-origin', { origin: 2 }],
    ['a key that decrypts', 'key-purpose', { purposes: [2, 1] }],
    ['another curve', 'key-algorithm', { curve: 2 }],
    ['another digest', 'key-digest', { keyDigests: [2] }],
    ['all applications', 'all-applications', { allApplications: true }],
    ['a key in software', 'key-origin', { securityLevel: 'software' }],
    ['levels that differ', 'security-levels-differ', { keyMintSecurityLevel: 'strongbox' }],
    ['an element twice', 'der-malformed', { moreHardware: [tagged(706, integer(209_901))] }],
    ['a ninth element', 'der-malformed', { more: [boolean(true)] }],
    ['no description', 'key-description-missing', { description: null }],
    ['an expired device certificate', 'certificate-expired', { deviceCertificate: { notAfter: now - day } }],
    [
      'a device certificate that is no authority',
      'chain-authority',
      { deviceCertificate: { extensions: [basicConstraints(false)] } },
    ],
    ['the right names by a stranger', 'chain-signature', { authority: strangeAuthority(stranger) }],
    [
      'a chain in the wrong order',
      'provisioning-unknown',
      { chain: ([leaf, device, third, second, root]) => [leaf, device, second, third, root] as Buffer[] },
    ],
    ['no root', 'untrusted-root', { chain: (chain) => chain.slice(0, -1) }],
  ])('is not trusted with %s: %s', (_, reason, options) => {
    expect(keyVerdict(options).verdict).toMatchObject({ reason });
  });

  it('shares its attestation key with the others of its batch', () => {
    const batch = aBatch();
    const serials = [1, 2].map(() => {
      const { verdict } = keyVerdict({ provisioning: 'factory', ...batch });
      return verdict.status === 'verified' ? verdict.facts.serials[1] : undefined;
    });
    expect(serials[0]).toBe(batch.deviceSerial.replace(/^0+/, ''));
    expect(serials[1]).toBe(serials[0]);
  });

  it('tells how many certificates it was issued', () => {
    const { verdict } = keyVerdict({ certificatesIssued: 24 });
    expect(verdict).toMatchObject({ facts: { provisioning: 'remote', certificatesIssuedIn30Days: 24 } });
  });
});

describe('a software Play signer', () => {
  const nonce = 'bm9uY2U';
  const policy = {
    packageName: androidPackage,
    certDigests: [Buffer.from(androidSigningDigest, 'hex').toString('base64url')],
    minVersionCode: 400,
    maxAgeMs: 120_000,
    futureSkewMs: 10_000,
    requireLicensed: true,
    requireDeviceLabels: [deviceLabels.strong],
    rejectControlling: true,
    rejectRecallBits: [],
    rejectPlayProtect: [],
    requireAppAccessRisk: true,
    allowTesting: false,
  };
  const keys = {
    decryptionKey: Buffer.from(testAnchors.play.decryptionKey, 'base64'),
    verificationKey: Buffer.from(testAnchors.play.verificationKey, 'base64'),
  };
  const verdictOn = async (payload: PlayOverrides) => {
    const opened = await decodeClassicToken(await signPlayToken({ nonce, now, payload }), keys);
    if (opened.status === 'refused') return opened;
    return checkVerdict(opened.facts, { nonce }, policy, now);
  };

  it('makes tokens that open with our keys, and decoded verdicts of standard ones', async () => {
    expect(await verdictOn({})).toMatchObject({ status: 'verified', facts: { recognised: true } });
    const { tokenPayloadExternal } = decodedVerdict({ requestHash: 'hash', now });
    expect(checkVerdict(tokenPayloadExternal, { requestHash: 'hash' }, policy, now).status).toBe('verified');
  });

  it.each<[string, string, PlayOverrides]>([
    ['other nonce', 'other-nonce', { requestDetails: { nonce: 'other' } }],
    ['stale token', 'stale', { requestDetails: { timestampMillis: String(now - 200_000) } }],
    [
      'unlocked phone',
      'device-integrity',
      { deviceIntegrity: { deviceRecognitionVerdict: [deviceLabels.basic] } },
    ],
    ['changed app', 'app-unrecognised', { appIntegrity: { appRecognitionVerdict: 'UNRECOGNIZED_VERSION' } }],
    ['app from elsewhere', 'not-licensed', { accountDetails: { appLicensingVerdict: 'UNLICENSED' } }],
    [
      'controlling app',
      'controlling-app',
      { environmentDetails: { appAccessRiskVerdict: { appsDetected: ['UNKNOWN_CONTROLLING'] } } },
    ],
    ['missing part', 'app-access-risk-missing', { environmentDetails: null }],
    ['testing response', 'testing-response', { testingDetails: { isTestingResponse: true } }],
  ])('says what is wrong: %s, %s', async (_, reason, payload) => {
    expect(await verdictOn(payload)).toEqual({ status: 'refused', reason });
  });

  it('can be somebody else', async () => {
    const opened = (options: object) =>
      signPlayToken({ nonce, now, ...options }).then((token) => decodeClassicToken(token, keys));
    expect((await opened({ signer: 'TEST ONLY somebody else' })).status).toBe('refused');
    expect((await opened({ decryptionKey: Buffer.alloc(32) })).status).toBe('refused');
  });
});
