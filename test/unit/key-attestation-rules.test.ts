import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  type KeyAttestationPolicy,
  type RevocationStatus,
  verifyKeyAttestation,
} from '#core/attestation/key-attestation.ts';
import { androidPackage, androidSigningDigest } from '#phone/app-identity.ts';
import { authorityUnder, basicConstraints, extension, googleName, nameOf } from '#phone/certificate.ts';
import { boolean, enumerated, integer, nothing, octets, sequence, set, tagged, tlv } from '#phone/der.ts';
import { aKeyDescription, writeKeyDescription } from '#phone/key-description.ts';
import {
  type AndroidOptions,
  factoryBatch,
  keyDescriptionOid,
  remoteProvisioning,
  softwareAndroid,
} from '#phone/software-android.ts';
import { testAnchors } from '#phone/test-anchors.ts';
import { testKey } from '#phone/test-keys.ts';
import { rootAuthority } from '#phone/test-roots.ts';

const now = Date.UTC(2026, 10, 21, 12);
const day = 86_400_000;
const challenge = randomBytes(32);

const ours: KeyAttestationPolicy = {
  rootPins: new Set(testAnchors.keyAttestationRootPins),
  packageName: androidPackage,
  signatureDigests: [Buffer.from(androidSigningDigest, 'hex')],
  minVersionCode: 400,
  minPatchLevel: 202_601,
  minSecurityLevel: 1,
  selfSignedBootKeys: [],
  requireSha256: true,
};

const verdictOn = (
  options: AndroidOptions = {},
  policy: Partial<KeyAttestationPolicy> = {},
  revoked: RevocationStatus = () => undefined,
) => {
  const chain = softwareAndroid({ now: () => now, ...options }).attest(challenge);
  const { status, ...rest } = verifyKeyAttestation(
    { chain, challenge },
    { ...ours, ...policy },
    revoked,
    now,
  );
  return 'reason' in rest ? `${status}: ${rest.reason}` : status;
};

/** A description whose bytes are changed after it was written well. */
const describing = (change: (description: Buffer) => Uint8Array): AndroidOptions => ({
  description: change(writeKeyDescription(aKeyDescription(now), challenge)),
});

const replaced = (from: Uint8Array, to: Uint8Array) =>
  describing((description) => {
    const at = description.indexOf(from);
    expect(at).toBeGreaterThan(0);
    return Buffer.concat([description.subarray(0, at), to, description.subarray(at + from.length)]);
  });

/** The hardware's list, and Android's, with a part of theirs changed. */
const listsOf = (hardware: readonly Buffer[], software: readonly Buffer[] = []) =>
  sequence(
    integer(400),
    enumerated(1),
    integer(400),
    enumerated(1),
    octets(challenge),
    octets(Buffer.alloc(0)),
    sequence(...appOf(), ...software),
    sequence(...hardware),
  );

const appOf = () => [
  tagged(
    709,
    octets(
      sequence(
        set(sequence(octets(Buffer.from(androidPackage)), integer(412))),
        set(octets(Buffer.from(androidSigningDigest, 'hex'))),
      ),
    ),
  ),
];

const fields = {
  purpose: tagged(1, set(integer(2))),
  algorithm: tagged(2, integer(3)),
  digest: tagged(5, set(integer(4))),
  curve: tagged(10, integer(1)),
  origin: tagged(702, integer(0)),
  rootOfTrust: tagged(
    704,
    sequence(octets(Buffer.alloc(32, 1)), boolean(true), enumerated(0), octets(Buffer.alloc(32, 2))),
  ),
  patchLevel: tagged(706, integer(202_610)),
};

const withRoot = (...parts: readonly Buffer[]): AndroidOptions => ({
  description: listsOf(Object.values({ ...fields, rootOfTrust: tagged(704, sequence(...parts)) })),
});

describe('an attested key', () => {
  it.each<[string, AndroidOptions]>([
    ['as phones write it', {}],
    ['with the fewest fields', { description: listsOf(Object.values(fields)) }],
    ['that signs and verifies', { purposes: [2, 3] }],
    ['with tags in another order', { description: listsOf(Object.values(fields).reverse()) }],
    ['with a tag that nobody knows', { moreHardware: [tagged(799, octets(Buffer.from('new')))] }],
    ['with a tag of three bytes', { moreHardware: [tagged(20_000, integer(7))] }],
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

  it.each(['purpose', 'algorithm', 'curve', 'origin', 'rootOfTrust'] as const)(
    'is refused when Android, not the hardware, says its %s',
    (name) => {
      const { [name]: moved, ...rest } = fields;
      expect(verdictOn({ description: listsOf(Object.values(rest), [moved]) })).toMatch(/^refused: /);
    },
  );

  it('is refused when the hardware, not Android, names the app', () => {
    const inHardware = [...Object.values(fields), ...appOf()];
    const description = Buffer.from(listsOf(inHardware));
    const empty = sequence(
      integer(400),
      enumerated(1),
      integer(400),
      enumerated(1),
      octets(challenge),
      octets(Buffer.alloc(0)),
      sequence(),
      sequence(...inHardware),
    );
    expect(verdictOn({ description })).toBe('verified');
    expect(verdictOn({ description: empty })).toBe('refused: application-missing');
  });

  const key = octets(Buffer.alloc(32, 1));
  it.each<[string, AndroidOptions]>([
    ['bytes behind it', describing((description) => Buffer.concat([description, Buffer.of(0)]))],
    ['a ninth element', { more: [boolean(true)] }],
    ['a tag twice', { moreHardware: [tagged(706, integer(202_610))] }],
    ['an unknown tag twice', { moreHardware: [tagged(799, nothing()), tagged(799, nothing())] }],
    ['a tag twice in Android’s list', { moreSoftware: appOf() }],
    ['a tag without a value', { moreHardware: [tagged(799)] }],
    ['a tag with two values', { moreHardware: [tagged(799, nothing(), nothing())] }],
    ['an element without a tag', { moreHardware: [integer(1)] }],
    ['a primitive tag', { moreHardware: [Buffer.of(0x9f, 0x86, 0x1f, 0)] }],
    ['a low tag written long', { moreHardware: [Buffer.of(0xbf, 0x05, 0x02, 0x05, 0x00)] }],
    ['a tag with leading zeros', { moreHardware: [Buffer.of(0xbf, 0x80, 0x86, 0x1f, 0x02, 0x05, 0x00)] }],
    ['a tag without end', { moreHardware: [Buffer.alloc(12, 0xff)] }],
    ['a length written long', replaced(tagged(2, integer(3)), Buffer.of(0xa2, 0x81, 0x03, 0x02, 0x01, 0x03))],
    ['an indefinite length', replaced(tagged(2, integer(3)), Buffer.of(0xa2, 0x80, 0x02, 0x01, 0x03, 0, 0))],
    [
      'an INTEGER written long',
      replaced(tagged(2, integer(3)), Buffer.of(0xa2, 0x04, 0x02, 0x02, 0x00, 0x03)),
    ],
    ['a long INTEGER where nobody looks', { moreHardware: [tagged(505, Buffer.of(0x02, 0x02, 0x00, 0x03))] }],
    ['a NULL with content', { moreHardware: [tagged(509, tlv(0x05, Buffer.of(1)))] }],
    ['a BOOLEAN of 01', { locked: 1 }],
    ['a number in place of the lock', withRoot(key, integer(1), enumerated(0), key)],
    ['an INTEGER in place of the boot state', withRoot(key, boolean(true), integer(0), key)],
    ['a boot state of Android to come', withRoot(key, boolean(true), enumerated(4), key)],
    ['a root of trust without a boot hash', withRoot(key, boolean(true), enumerated(0))],
    ['a root of trust with five elements', withRoot(key, boolean(true), enumerated(0), key, key)],
    ['an empty root of trust', withRoot()],
    [
      'a nest of sequences',
      {
        moreHardware: [
          tagged(
            799,
            [...Array(3_000)].reduce<Buffer>((inner) => sequence(inner), nothing()),
          ),
        ],
      },
    ],
  ])('is refused when its description has %s', (_, options) => {
    expect(verdictOn(options)).toMatch(/^refused: (der-malformed|chain-length)$/);
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

describe('a chain of certificates', () => {
  const authority = (name: Buffer, extensions?: readonly Buffer[]) =>
    authorityUnder(
      authorityUnder(rootAuthority('keyAttestation'), {
        name,
        key: testKey('TEST ONLY rules 1'),
        ...(extensions && { extensions }),
      }),
      {
        name: googleName(['O', 'Google LLC'], ['CN', 'Droid CA3']),
        key: testKey('TEST ONLY rules 2'),
      },
    );
  const description = extension(keyDescriptionOid, writeKeyDescription(aKeyDescription(now), challenge));
  const isCa = basicConstraints(true);
  const pss = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({
    format: 'der',
    type: 'spki',
  });

  it.each<[string, string, AndroidOptions]>([
    [
      'of another authority of Google',
      'provisioning-unknown',
      { authority: authority(googleName(['O', 'Google LLC'], ['CN', 'Droid CA9'])) },
    ],
    [
      'of a namesake',
      'provisioning-unknown',
      { authority: authority(googleName(['O', 'Google'], ['CN', 'Droid CA2'])) },
    ],
    [
      'of a namesake with a serial number',
      'provisioning-unknown',
      {
        authority: authority(
          nameOf([
            ['O', 'Google LLC'],
            ['CN', 'Droid CA2'],
            ['serialNumber', '01'],
          ]),
        ),
      },
    ],
    ['of nobody', 'provisioning-unknown', { authority: authority(sequence()) }],
    [
      'with an authority that is none',
      'chain-authority',
      { authority: authority(googleName(['O', 'Google LLC'], ['CN', 'Droid CA2']), []) },
    ],
    [
      'with a device certificate that is no authority',
      'chain-authority',
      { deviceCertificate: { extensions: [basicConstraints(false)] } },
    ],
    [
      'with an expired device certificate',
      'certificate-expired',
      { deviceCertificate: { notAfter: now - 1_000 } },
    ],
    [
      'with a device certificate to come',
      'certificate-expired',
      { deviceCertificate: { notBefore: now + 1_000 } },
    ],
    [
      'with a factory certificate to come',
      'certificate-not-yet-valid',
      { provisioning: 'factory', deviceCertificate: { notBefore: now + day } },
    ],
    ['that goes on below an attested key', 'extended-chain', { deviceExtensions: [description] }],
    ['whose leaf is an authority', 'extended-chain', { leafExtensions: [isCa] }],
    [
      'that claims StrongBox below a TEE',
      'security-level-not-of-chain',
      { securityLevel: 'strongbox', provisioning: 'factory', authority: factoryBatch('tee') },
    ],
    ['of a key on another curve', 'key-type', { leaf: { spki: pss } }],
    [
      'of a key that nobody knows',
      'certificate-malformed',
      { leaf: { spki: sequence(sequence(octets(Buffer.alloc(1))), octets(Buffer.alloc(9))) } },
    ],
    ['with the description twice', 'certificate-malformed', { leafExtensions: [description] }],
    ['without its root', 'untrusted-root', { chain: (chain) => chain.slice(0, -1) }],
    [
      'of two certificates',
      'chain-length',
      { chain: (chain) => [chain[0] as Buffer, chain.at(-1) as Buffer] },
    ],
    ['of seven certificates', 'chain-length', { chain: (chain) => [...chain, ...chain.slice(-2)] }],
    ['of too many bytes', 'chain-length', { leafExtensions: [extension('1.2.3', Buffer.alloc(32_768))] }],
    [
      'with bytes behind a certificate',
      'der-malformed',
      { chain: ([leaf, ...rest]) => [Buffer.concat([leaf as Buffer, Buffer.of(0)]), ...rest] },
    ],
  ])('is refused %s', (_, reason, options) => {
    expect(verdictOn(options)).toBe(`refused: ${reason}`);
  });

  it('does not pass for one of a factory by naming its root twice', () => {
    const expired: AndroidOptions = { deviceCertificate: { notAfter: now - day } };
    const twice = (chain: readonly Buffer[]) => [...chain, chain.at(-1) as Buffer];
    expect(verdictOn({ ...expired, chain: twice })).toBe('refused: extended-chain');
    expect(verdictOn({ chain: twice })).toBe('refused: extended-chain');
  });

  it('is refused when it is no list of bytes', () => {
    for (const chain of [undefined, null, 'x', {}, [1, 2, 3], ['a', 'b', 'c'], Array(4)]) {
      const input = { chain: chain as unknown as Uint8Array[], challenge };
      expect(verifyKeyAttestation(input, ours, () => undefined, now).status).toBe('refused');
    }
  });

  it('is refused by a clock that does not know the time', () => {
    for (const provisioning of ['rkp', 'factory'] as const) {
      const chain = softwareAndroid({ now: () => now, provisioning }).attest(challenge);
      expect(verifyKeyAttestation({ chain, challenge }, ours, () => undefined, Number.NaN).status).toBe(
        'refused',
      );
    }
  });

  it('ignores the dates that a phone wrote into its leaf', () => {
    expect(verdictOn({ leaf: { notBefore: now + day, notAfter: now + 2 * day } })).toBe('verified');
    expect(verdictOn({ leaf: { notBefore: 0, notAfter: 0 } })).toBe('verified');
  });

  it('leads to the pinned key through whichever authorities', () => {
    expect(remoteProvisioning().chain.length).toBe(3);
    expect(verdictOn({}, { rootPins: new Set(['00'.repeat(32)]) })).toBe('refused: untrusted-root');
    expect(verdictOn({}, { rootPins: new Set() })).toBe('refused: untrusted-root');
  });
});
