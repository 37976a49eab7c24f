import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkVerdict, type PlayIntegrityPolicy, readVerdict } from '#core/attestation/play-integrity.ts';
import { decodeClassicToken } from '#core/attestation/play-integrity-token.ts';
import { androidPackage, androidSigningDigest } from '#phone/app-identity.ts';
import {
  decodedVerdict,
  deviceLabels,
  type PlayOverrides,
  type PlayTokenOptions,
  signPlayToken,
} from '#phone/play-signer.ts';
import { testAnchors } from '#phone/test-anchors.ts';

const now = Date.UTC(2026, 10, 21, 12);
const nonce = 'bm9uY2U';
const requestHash = 'aGFzaA';

const ours: PlayIntegrityPolicy = {
  packageName: androidPackage,
  certDigests: [Buffer.from(androidSigningDigest, 'hex').toString('base64url')],
  minVersionCode: 400,
  maxAgeMs: 120_000,
  futureSkewMs: 10_000,
  requireLicensed: true,
  requireDeviceLabels: [deviceLabels.device],
  rejectControlling: true,
  maxActivityLevel: 3,
  rejectRecallBits: ['bitFirst'],
  rejectPlayProtect: ['HIGH_RISK'],
  requireAppAccessRisk: true,
  allowTesting: false,
};

type Parts = Record<string, Record<string, unknown> | null>;

const payloadWith = (parts: Parts = {}): unknown =>
  decodedVerdict({ requestHash, now, payload: parts as PlayOverrides }).tokenPayloadExternal;

const verdictOn = (payload: unknown, policy: Partial<PlayIntegrityPolicy> = {}) => {
  const verdict = checkVerdict(payload, { requestHash }, { ...ours, ...policy }, now);
  return verdict.status === 'refused' ? verdict.reason : verdict.status;
};

describe('what Google says of a phone', () => {
  it.each<[string, Parts]>([
    ['as it says it', {}],
    [
      'with numbers as numbers',
      { requestDetails: { timestampMillis: now }, appIntegrity: { versionCode: 412 } },
    ],
    ['two minutes later', { requestDetails: { timestampMillis: String(now - 120_000) } }],
    ['ten seconds early', { requestDetails: { timestampMillis: String(now + 10_000) } }],
    [
      'with labels that nobody knows',
      { deviceIntegrity: { deviceRecognitionVerdict: ['NEW', deviceLabels.device] } },
    ],
    ['without apps that see ours', { environmentDetails: { appAccessRiskVerdict: { appsDetected: [] } } }],
    ['with a part that nobody knows', { somethingNew: { a: [1] } }],
    [
      'with a bit of ours that does not count',
      { deviceIntegrity: { deviceRecall: { values: { bitSecond: true } } } },
    ],
    ['with the verdict that Google gave up', { deviceIntegrity: { legacyDeviceRecognitionVerdict: [] } }],
  ])('is accepted %s', (_, parts) => {
    expect(verdictOn(payloadWith(parts))).toBe('verified');
  });

  it.each<[string, Parts]>([
    ['other-request', { requestDetails: { requestHash: undefined } }],
    ['other-request', { requestDetails: { requestHash: '' } }],
    ['other-request', { requestDetails: null }],
    ['other-request-package', { requestDetails: { requestPackageName: 'com.example.other' } }],
    ['stale', { requestDetails: { timestampMillis: String(now - 120_001) } }],
    ['stale', { requestDetails: { timestampMillis: undefined } }],
    ['future', { requestDetails: { timestampMillis: String(now + 10_001) } }],
    ['testing-response', { testingDetails: { isTestingResponse: true } }],
    ['other-package', { appIntegrity: { packageName: 'com.example.other' } }],
    ['other-package', { appIntegrity: { packageName: undefined } }],
    ['other-app-certificate', { appIntegrity: { certificateSha256Digest: undefined } }],
    ['other-app-certificate', { appIntegrity: { certificateSha256Digest: [...ours.certDigests, 'x'] } }],
    ['app-unrecognised', { appIntegrity: { appRecognitionVerdict: 'PLAY_RECOGNIZED_2' } }],
    ['app-unrecognised', { appIntegrity: { appRecognitionVerdict: undefined } }],
    ['app-version-low', { appIntegrity: { versionCode: undefined } }],
    ['app-version-low', { appIntegrity: { versionCode: '399' } }],
    ['device-integrity', { deviceIntegrity: { deviceRecognitionVerdict: ['MEETS_DEVICE_INTEGRITY_2'] } }],
    ['device-integrity', { deviceIntegrity: null }],
    ['device-recalled', { deviceIntegrity: { deviceRecall: { values: { bitFirst: true } } } }],
    ['device-activity', { deviceIntegrity: { recentDeviceActivity: { deviceActivityLevel: 'LEVEL_5' } } }],
    [
      'device-activity',
      { deviceIntegrity: { recentDeviceActivity: { deviceActivityLevel: 'LEVEL_UNEVALUATED' } } },
    ],
    ['not-licensed', { accountDetails: { appLicensingVerdict: 'LICENSED_2' } }],
    ['not-licensed', { accountDetails: null }],
    ['play-protect', { environmentDetails: { playProtectVerdict: 'NEW_RISK' } }],
    ['app-access-risk-missing', { environmentDetails: { appAccessRiskVerdict: {} } }],
    ['app-access-risk-missing', { environmentDetails: null }],
    [
      'controlling-app',
      { environmentDetails: { appAccessRiskVerdict: { appsDetected: ['KNOWN_STEERING'] } } },
    ],
  ])('is refused as %s', (reason, parts) => {
    expect(verdictOn(payloadWith(parts))).toBe(reason);
  });

  it.each<[string, Parts]>([
    ['labels as text', { deviceIntegrity: { deviceRecognitionVerdict: deviceLabels.device } }],
    [
      'labels as an object',
      { deviceIntegrity: { deviceRecognitionVerdict: { 0: deviceLabels.device, length: 1 } } },
    ],
    ['a label that is no text', { deviceIntegrity: { deviceRecognitionVerdict: [[deviceLabels.device]] } }],
    ['digests as text', { appIntegrity: { certificateSha256Digest: ours.certDigests[0] } }],
    ['a time in a list', { requestDetails: { timestampMillis: [String(now)] } }],
    ['a time with a fraction', { requestDetails: { timestampMillis: now + 0.5 } }],
    ['a time in hexadecimal', { requestDetails: { timestampMillis: `0x${now.toString(16)}` } }],
    ['a version below zero', { appIntegrity: { versionCode: -1 } }],
    ['a hash in a list', { requestDetails: { requestHash: [requestHash] } }],
    ['a package in a list', { appIntegrity: { packageName: [androidPackage] } }],
    ['a verdict in a list', { appIntegrity: { appRecognitionVerdict: ['PLAY_RECOGNIZED'] } }],
    ['a test that is text', { testingDetails: { isTestingResponse: 'true' } }],
    ['a recall that is text', { deviceIntegrity: { deviceRecall: { values: { bitFirst: 'true' } } } }],
    ['apps as text', { environmentDetails: { appAccessRiskVerdict: { appsDetected: 'KNOWN_INSTALLED' } } }],
    ['a licence that is null', { accountDetails: { appLicensingVerdict: null } }],
  ])('is refused as malformed with %s', (_, parts) => {
    expect(verdictOn(payloadWith(parts))).toBe('payload-malformed');
  });

  it('is refused when we do not say what it must be bound to', () => {
    for (const binding of [{}, { nonce: '' }, { requestHash: '' }]) {
      expect(checkVerdict(payloadWith({ requestDetails: binding }), binding, ours, now).status).toBe(
        'refused',
      );
    }
    expect(checkVerdict(payloadWith(), { nonce: requestHash }, ours, now).status).toBe('refused');
  });

  it('is not bent by what objects inherit', () => {
    const payload = JSON.parse(JSON.stringify(payloadWith({ accountDetails: null })));
    Object.setPrototypeOf(payload, { accountDetails: { appLicensingVerdict: 'LICENSED' } });
    expect(verdictOn(payload)).toBe('not-licensed');
  });

  it('is told apart from forgery, so that an honest phone in poor state keeps a tier', () => {
    const poor = payloadWith({ deviceIntegrity: null, accountDetails: null, environmentDetails: null });
    expect(readVerdict(poor, { requestHash }, ours, now)).toMatchObject({
      status: 'verified',
      facts: { recognised: true, licensed: false, riskEvaluated: false, labels: new Set() },
    });
    const unevaluated = payloadWith({ appIntegrity: null });
    expect(readVerdict(unevaluated, { requestHash }, ours, now)).toMatchObject({
      facts: { recognised: false },
    });
  });

  it('ends in a verdict whatever it is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (payload) => {
        expect(checkVerdict(payload, { requestHash }, ours, now).status).toBe('refused');
      }),
    );
    const part = fc.constantFrom(...Object.keys(payloadWith() as object), 'testingDetails');
    const anyPart = fc.dictionary(part, fc.oneof(fc.jsonValue(), fc.dictionary(fc.string(), fc.jsonValue())));
    fc.assert(
      fc.property(anyPart, (parts) => {
        const verdict = checkVerdict({ ...(payloadWith() as object), ...parts }, { requestHash }, ours, now);
        if ('requestDetails' in parts) expect(verdict.status).toBe('refused');
      }),
    );
  });
});

const keys = {
  decryptionKey: Buffer.from(testAnchors.play.decryptionKey, 'base64'),
  verificationKey: Buffer.from(testAnchors.play.verificationKey, 'base64'),
};

const opened = async (options: Partial<PlayTokenOptions> = {}) => {
  const verdict = await decodeClassicToken(await signPlayToken({ nonce, now, ...options }), keys);
  return verdict.status === 'refused' ? verdict.reason : verdict.status;
};

const reheaded = (token: string, header: object | string) => {
  const text = typeof header === 'string' ? header : JSON.stringify(header);
  return [Buffer.from(text).toString('base64url'), ...token.split('.').slice(1)].join('.');
};

describe('a classic token', () => {
  it('opens with our keys', async () => {
    expect(await opened()).toBe('verified');
    expect(await opened({ jweHeader: { typ: 'JWE' }, jwsHeader: { kid: '1' } })).toBe('verified');
  });

  it.each<[string, string, Partial<PlayTokenOptions>]>([
    ['of another encryption', 'token-encryption', { jweHeader: { alg: 'A256GCMKW' } }],
    ['that is not wrapped', 'token-encryption', { jweHeader: { alg: 'dir' } }],
    ['of another cipher', 'token-encryption', { jweHeader: { enc: 'A256CBC-HS512' } }],
    ['of a shorter key', 'token-encryption', { jweHeader: { enc: 'A128GCM' } }],
    ['that says where to get a key', 'token-encryption', { jweHeader: { jku: 'https://example.com' } }],
    ['that brings its key', 'token-signature', { jwsHeader: { jwk: {} } }],
    ['that is both kinds', 'token-signature', { jwsHeader: { enc: 'A256GCM' } }],
    ['of another signer', 'token-signature', { signer: 'TEST ONLY rules' }],
    ['of another key', 'token-encryption', { decryptionKey: Buffer.alloc(32) }],
    ['of no JSON', 'payload-malformed', { content: Buffer.from('{') }],
    ['of no text', 'payload-malformed', { content: Buffer.of(0xff, 0xfe) }],
    ['with a member twice', 'payload-malformed', { content: Buffer.from('{"a":{"b":1,"b":2}}') }],
    ['with a member in two spellings', 'payload-malformed', { content: Buffer.from('{"a":1,"\\u0061":2}') }],
  ])('is refused %s', async (_, reason, options) => {
    expect(await opened(options)).toBe(reason);
  });

  it('may hold one name in two objects, and signs of JSON within text', async () => {
    const content = Buffer.from('{"a":{"b":"{\\"b\\":1,\\"b\\":2}"},"c":[{"b":1},{"b":2}],"b":"a"}');
    expect(await opened({ content })).toBe('verified');
  });

  it('is refused under another header, and when it is no token', async () => {
    const token = await signPlayToken({ nonce, now });
    const header = '{"alg":"dir","alg":"A256KW","enc":"A256GCM"}';
    const others = [
      reheaded(token, header),
      reheaded(token, { alg: 'none' }),
      reheaded(token, { alg: 'A256KW', enc: 'A256GCM', zip: 'DEF' }),
      reheaded(token, { alg: 'A256KW', enc: 'A256GCM', crit: ['b64'], b64: false }),
      reheaded(token, '[]'),
      ...[
        '',
        '.',
        '....',
        'a.b.c.d.e',
        `${token}.`,
        ` ${token}`,
        `${token}\n`,
        `${token}=`,
        'x'.repeat(20_000),
      ],
    ];
    for (const other of others) expect((await decodeClassicToken(other, keys)).status).toBe('refused');
    for (const other of [undefined, null, 1, {}, [token]]) {
      expect((await decodeClassicToken(other as unknown as string, keys)).status).toBe('refused');
    }
  });
});
