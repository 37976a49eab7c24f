import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PlayIntegrityPolicy, PlayVerdict } from '#core/attestation/play-integrity.ts';
import { type Evidence, type KeyEvidence, type PlayEvidence, tierOf } from '#core/attestation/tiers.ts';

const policy: PlayIntegrityPolicy = {
  packageName: 'org.example.driver',
  certDigests: [],
  minVersionCode: 400,
  maxAgeMs: 120_000,
  futureSkewMs: 10_000,
  requireLicensed: true,
  requireDeviceLabels: ['MEETS_DEVICE_INTEGRITY'],
  rejectControlling: true,
  maxActivityLevel: 3,
  rejectRecallBits: ['bitFirst'],
  rejectPlayProtect: ['HIGH_RISK'],
  requireAppAccessRisk: true,
  allowTesting: false,
};

const basic = 'MEETS_BASIC_INTEGRITY';
const device = 'MEETS_DEVICE_INTEGRITY';
const strong = 'MEETS_STRONG_INTEGRITY';
const virtual = 'MEETS_VIRTUAL_INTEGRITY';

const aVerdict = (changes: Partial<PlayVerdict> = {}): PlayVerdict => ({
  recognised: true,
  versionCode: 412,
  labels: new Set([basic, device, strong]),
  sdkVersion: 36,
  licensed: true,
  activityLevel: 'LEVEL_1',
  recallBits: [],
  playProtect: 'NO_ISSUES',
  riskEvaluated: true,
  controllingApp: false,
  ...changes,
});

const saying = (changes: Partial<PlayVerdict> = {}): PlayEvidence => ({
  status: 'verified',
  facts: aVerdict(changes),
  policy,
});

const verified: KeyEvidence = { status: 'verified' };
const none: KeyEvidence = { status: 'none' };
const tierWith = (key: KeyEvidence, play: PlayEvidence) => tierOf({ platform: 'android', key, play });

describe('the tier of a device', () => {
  it('is A for an iPhone that App Attest vouches for', () => {
    expect(tierOf({ platform: 'ios' })).toEqual({ tier: 'A', reasons: [] });
  });

  it('is A with strong integrity, an attested key and no app that steers', () => {
    expect(tierWith(verified, saying())).toEqual({ tier: 'A', reasons: [] });
  });

  it.each<[string, string, KeyEvidence, PlayEvidence]>([
    ['B', 'no-strong-integrity', verified, saying({ labels: new Set([device]) })],
    ['B', 'play-not-configured', verified, { status: 'not-configured' }],
    ['C', 'play-not-sent', verified, { status: 'not-sent' }],
    ['C', 'play-stale', verified, { status: 'refused', reason: 'stale' }],
    ['C', 'play-token-encryption', verified, { status: 'refused', reason: 'token-encryption' }],
    ['C', 'app-access-risk-missing', verified, saying({ riskEvaluated: false })],
    ['C', 'controlling-app', verified, saying({ controllingApp: true })],
    ['C', 'not-licensed', verified, saying({ licensed: false })],
    ['C', 'device-activity', verified, saying({ activityLevel: 'LEVEL_4' })],
    ['C', 'play-protect', verified, saying({ playProtect: 'HIGH_RISK' })],
    ['D', 'play-other-app-certificate', verified, { status: 'refused', reason: 'other-app-certificate' }],
    ['D', 'play-testing-response', verified, { status: 'refused', reason: 'testing-response' }],
    ['D', 'app-unrecognised', verified, saying({ recognised: false })],
    ['D', 'app-version-low', verified, saying({ versionCode: 12 })],
    ['D', 'device-recalled', verified, saying({ recallBits: ['bitFirst'] })],
    ['D', 'basic-integrity-only', verified, saying({ labels: new Set([basic]) })],
    ['D', 'virtual-device', verified, saying({ labels: new Set([virtual]) })],
    ['D', 'no-integrity', verified, saying({ labels: new Set() })],
    ['D', 'bootloader-unlocked', { status: 'weak', reason: 'bootloader-unlocked' }, saying()],
    ['D', 'revoked', { status: 'weak', reason: 'revoked' }, saying()],
    ['C', 'key-attestation-missing', none, saying({ sdkVersion: 32 })],
    ['D', 'key-attestation-missing', none, saying({ sdkVersion: 33 })],
  ])('is %s for %s', (tier, reason, key, play) => {
    expect(tierWith(key, play)).toEqual({ tier, reasons: [reason] });
  });

  it('is D without a word from key attestation or Play', () => {
    expect(tierWith(none, { status: 'not-sent' }).tier).toBe('D');
    expect(tierWith(none, { status: 'not-configured' }).tier).toBe('D');
  });

  it('is D when a phone does not say that it is too old for an attested key', () => {
    const { sdkVersion: _, ...facts } = aVerdict();
    expect(tierWith(none, { status: 'verified', facts, policy }).tier).toBe('D');
  });

  it('names each cause once', () => {
    const play = saying({ labels: new Set([device]), controllingApp: true, licensed: false });
    expect(tierWith({ status: 'weak', reason: 'patch-level-low' }, play)).toEqual({
      tier: 'D',
      reasons: ['patch-level-low', 'no-strong-integrity', 'not-licensed', 'controlling-app'],
    });
  });
});

const key: fc.Arbitrary<KeyEvidence> = fc.constantFrom(verified, none, {
  status: 'weak' as const,
  reason: 'suspended' as const,
});

const facts: fc.Arbitrary<PlayVerdict> = fc
  .record({
    recognised: fc.boolean(),
    labels: fc.subarray([basic, device, strong, virtual]).map((labels) => new Set(labels)),
    sdkVersion: fc.integer({ min: 24, max: 40 }),
    licensed: fc.boolean(),
    activityLevel: fc.constantFrom('LEVEL_1', 'LEVEL_3', 'LEVEL_4', 'LEVEL_UNEVALUATED'),
    recallBits: fc.subarray(['bitFirst', 'bitSecond']),
    playProtect: fc.constantFrom('NO_ISSUES', 'HIGH_RISK', 'SOMETHING_NEW'),
    riskEvaluated: fc.boolean(),
    controllingApp: fc.boolean(),
  })
  .map(aVerdict);

const play: fc.Arbitrary<PlayEvidence> = fc.oneof(
  fc.constantFrom<PlayEvidence>(
    { status: 'not-configured' },
    { status: 'not-sent' },
    { status: 'refused', reason: 'stale' },
    { status: 'refused', reason: 'other-package' },
  ),
  facts.map((said) => ({ status: 'verified' as const, facts: said, policy })),
);

const evidence: fc.Arbitrary<Evidence & { platform: 'android' }> = fc
  .record({ key, play })
  .map((both) => ({ platform: 'android' as const, ...both }));

describe('whatever the evidence', () => {
  it('a device that may claim has an attested key', () => {
    fc.assert(
      fc.property(evidence, (given) => {
        if (tierOf(given).tier < 'C') expect(given.key.status).toBe('verified');
      }),
    );
  });

  it('only strong integrity without a steering app is A, and only A goes without reasons', () => {
    fc.assert(
      fc.property(evidence, (given) => {
        const { tier, reasons } = tierOf(given);
        expect(reasons.length === 0).toBe(tier === 'A');
        if (tier !== 'A') return;
        expect(given.play).toMatchObject({ facts: { controllingApp: false, recognised: true } });
        expect(given.play.status === 'verified' && given.play.facts.labels.has(strong)).toBe(true);
      }),
    );
  });

  it('a phone never gains by a weaker key', () => {
    fc.assert(
      fc.property(evidence, (given) => {
        expect(tierOf(given).tier >= tierOf({ ...given, key: verified }).tier).toBe(true);
      }),
    );
  });

  it('a phone with an attested key never gains by holding back what Play says, but C for D', () => {
    fc.assert(
      fc.property(facts, (said) => {
        const silent = tierWith(verified, { status: 'not-sent' }).tier;
        const spoken = tierWith(verified, { status: 'verified', facts: said, policy }).tier;
        expect(silent).toBe('C');
        if (spoken < 'C') expect(silent > spoken).toBe(true);
      }),
    );
  });
});
