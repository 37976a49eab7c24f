import { describe, expect, it } from 'vitest';
import { type KeyAttestationPolicy, verifyKeyAttestation } from '#core/attestation/key-attestation.ts';
import { androidPackage, androidSigningDigest } from '#phone/app-identity.ts';
import { nothing, tagged } from '#phone/der.ts';
import { type AndroidOptions, softwareAndroid } from '#phone/software-android.ts';
import { challenge, now, ours, verdictOn } from '#test/support/attested-phone.ts';

describe('an attested key', () => {
  it.each<[string, AndroidOptions]>([
    ['as phones write it', {}],
    ['that signs and verifies', { purposes: [2, 3] }],
    ['with a patch level to the day', { patchLevel: 20_261_005, vendorPatchLevel: 1, bootPatchLevel: 1 }],
    [
      'by a factory whose certificates are no authorities',
      {
        provisioning: 'factory',
        deviceCertificate: { extensions: [] },
      },
    ],
  ])('is verified: %s', (_, options) => {
    expect(verdictOn(options)).toBe('verified');
  });

  it.each<[string, AndroidOptions, Partial<KeyAttestationPolicy>?]>([
    ['bootloader-unlocked', { locked: false, bootState: 'unverified' }],
    ['boot-state', { bootState: 'self-signed' }],
    ['boot-state', { bootState: 'unverified' }],
    ['boot-state', { bootState: 'failed' }],
    ['patch-level-low', { patchLevel: 202_512 }],
    // Eight digits are more than any floor of six: read as a day, they are old.
    ['patch-level-low', { patchLevel: 20_190_805, vendorPatchLevel: 1, bootPatchLevel: 1 }],
    ['patch-level-low', { patchLevel: 202_699, vendorPatchLevel: 1, bootPatchLevel: 1 }],
    ['patch-level-low', { patchLevel: 0 }],
    ['app-version-low', { versionCode: 399 }],
    ['security-level-low', {}, { minSecurityLevel: 2 }],
  ])('is genuine, yet weak: %s', (reason, options, policy) => {
    expect(verdictOn(options, policy)).toBe(`weak: ${reason}`);
  });

  it('is verified on a self-signed system that is allowed, locked and by its key only', () => {
    const key = Buffer.alloc(32, 0x0a);
    const selfSigned = { bootState: 'self-signed', verifiedBootKey: key } as const;
    const policy = { selfSignedBootKeys: [key] };
    expect(verdictOn(selfSigned, policy)).toBe('verified');
    expect(verdictOn({ ...selfSigned, locked: false }, policy)).toBe('weak: bootloader-unlocked');
    expect(verdictOn({ ...selfSigned, verifiedBootKey: Buffer.alloc(0) }, policy)).toBe('weak: boot-state');
    expect(verdictOn({ ...selfSigned, bootState: 'unverified' }, policy)).toBe('weak: boot-state');
  });

  it.each([
    ['REVOKED', 'weak: revoked'],
    ['SUSPENDED', 'weak: suspended'],
  ] as const)('is weak when any certificate of its chain is %s', (status, expected) => {
    const chain = softwareAndroid({ now: () => now }).attest(challenge);
    const verdict = verifyKeyAttestation({ chain, challenge }, ours, () => undefined, now);
    const serials = verdict.status === 'verified' ? verdict.facts.serials : [];
    expect(serials).toHaveLength(5);
    for (const listed of serials) {
      const again = verifyKeyAttestation(
        { chain, challenge },
        ours,
        (one) => (one === listed ? status : undefined),
        now,
      );
      expect(`${again.status}: ${'reason' in again && again.reason}`).toBe(expected);
    }
  });

  it('is refused rather than weak when it is both', () => {
    expect(verdictOn({ locked: false, packageName: 'com.example.other' })).toBe('refused: other-package');
    expect(verdictOn({ origin: 2 }, {}, () => 'REVOKED')).toBe('refused: key-origin');
  });

  const otherKeys = { purposes: [2, 3, 7], imported: 4 };
  it.each<[string, string, AndroidOptions]>([
    ['is for encryption too', 'key-purpose', { purposes: [2, 0] }],
    ['attests others', 'key-purpose', { purposes: otherKeys.purposes }],
    ['only verifies', 'key-purpose', { purposes: [3] }],
    ['is for nothing', 'key-purpose', { purposes: [] }],
    ['was imported securely', 'key-origin', { origin: otherKeys.imported }],
    ['is RSA by its description', 'key-algorithm', { algorithm: 1 }],
    ['is of P-384 by its description', 'key-algorithm', { curve: 2 }],
    ['is of Curve25519 by its description', 'key-algorithm', { curve: 4 }],
    ['has another size', 'key-algorithm', { keySize: 384 }],
    ['signs SHA-1 only', 'key-digest', { keyDigests: [2] }],
    ['signs SHA-512 only', 'key-digest', { keyDigests: [6] }],
    ['serves all applications', 'all-applications', { allApplications: true }],
    ['serves all applications, by Android', 'all-applications', { moreSoftware: [tagged(600, nothing())] }],
    ['has levels that differ', 'security-levels-differ', { keyMintSecurityLevel: 'strongbox' }],
    ['comes from two packages', 'other-package', { morePackages: [{ name: 'a.b', versionCode: 1 }] }],
    [
      'comes from our package twice',
      'other-package',
      { morePackages: [{ name: androidPackage, versionCode: 412 }] },
    ],
    ['comes from a package that begins as ours', 'other-package', { packageName: `${androidPackage}.x` }],
    [
      'comes from an app with a second signer',
      'other-app-signature',
      { digests: [androidSigningDigest, '00'.repeat(32)] },
    ],
    ['comes from an app without a signer', 'other-app-signature', { digests: [] }],
    ['is not described', 'key-description-missing', { description: null }],
    ['is described by nothing', 'der-malformed', { description: Buffer.alloc(0) }],
  ])('is refused when it %s', (_, reason, options) => {
    expect(verdictOn(options)).toBe(`refused: ${reason}`);
  });

  it('is refused without a challenge of ours, whatever the phone wrote', () => {
    for (const given of [Buffer.alloc(0), undefined, 'text', null]) {
      const chain = softwareAndroid({ now: () => now }).attest(Buffer.alloc(0));
      const input = { chain, challenge: given as Uint8Array };
      expect(verifyKeyAttestation(input, ours, () => undefined, now)).toMatchObject({
        reason: 'challenge-missing',
      });
    }
  });
});
