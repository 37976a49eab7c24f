import {
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  X509Certificate,
} from 'node:crypto';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { verifyKeyAttestation } from '#core/attestation/key-attestation.ts';
import { authorityUnder, basicConstraints, extension, googleName, nameOf } from '#phone/certificate.ts';
import { octets, sequence } from '#phone/der.ts';
import { aKeyDescription, writeKeyDescription } from '#phone/key-description.ts';
import {
  type AndroidOptions,
  factoryBatch,
  keyDescriptionOid,
  softwareAndroid,
} from '#phone/software-android.ts';
import { testKey } from '#phone/test-keys.ts';
import { rootAuthority } from '#phone/test-roots.ts';
import { challenge, day, now, ours, verdictOn } from '#test/support/attested-phone.ts';

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
  const otherCurve = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({
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
    ['of a key on another curve', 'key-type', { leaf: { spki: otherCurve } }],
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

  it('uses no key before its certificate was verified, so that nobody chooses keys that are dear to use', () => {
    const modulus = randomBytes(2_048);
    modulus[0] = 0xff;
    modulus.writeUInt8(0xff, modulus.length - 1);
    const dear = createPublicKey({
      key: { kty: 'RSA', n: modulus.toString('base64url'), e: 'AQAB' },
      format: 'jwk',
    }).export({ format: 'der', type: 'spki' });
    const forge = ([leaf, device, ...rest]: readonly Buffer[]) => {
      const forged = Buffer.from(device as Buffer);
      forged.writeUInt8((forged.at(-1) as number) ^ 1, forged.length - 1);
      return [leaf as Buffer, forged, ...rest];
    };
    const verify = vi.spyOn(X509Certificate.prototype, 'verify');
    onTestFinished(() => verify.mockRestore());
    expect(verdictOn({ deviceCertificate: { spki: dear }, chain: forge })).toBe('refused: chain-signature');
    const used = verify.mock.calls.map(([key]: [KeyObject]) => key.asymmetricKeyType);
    // The root by itself, two authorities, and the certificate that is forged.
    expect(used).toEqual(['ec', 'ec', 'ec', 'ec']);
  });

  it('is refused when it leads to a key that is not pinned', () => {
    expect(verdictOn({}, { rootPins: new Set(['00'.repeat(32)]) })).toBe('refused: untrusted-root');
    expect(verdictOn({}, { rootPins: new Set() })).toBe('refused: untrusted-root');
  });
});
