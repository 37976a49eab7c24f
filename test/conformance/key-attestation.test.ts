import { readCertificate } from '#core/attestation/certificate.ts';
import { type KeyAttestationPolicy, verifyKeyAttestation } from '#core/attestation/key-attestation.ts';
import { readApplicationId, readKeyDescription } from '#core/attestation/key-description.ts';
import { conforms } from './vectors.ts';

interface Context {
  challenge: string;
  verificationTime: string;
  rootSpkiSha256: string[];
  revocationList: { entries: Record<string, { status: 'REVOKED' | 'SUSPENDED' }> };
  policy: {
    packageName?: string;
    signatureDigestsSha256?: string[];
    minSecurityLevel?: 1 | 2;
    minOsPatchLevel?: number;
    minAppVersion?: number;
  };
}

/** The app of a case that says nothing about apps: whichever the chain names. */
const appNamedBy = (leaf: Buffer) => {
  const extension = readCertificate(leaf).extensions.get('1.3.6.1.4.1.11129.2.1.17');
  const named = extension && readApplicationId(readKeyDescription(extension).softwareEnforced);
  return {
    packageName: named?.packages[0]?.name.toString() ?? '',
    signatureDigests: named?.digests ?? [],
  };
};

const policyOf = ({ policy, rootSpkiSha256 }: Context, leaf: Buffer): KeyAttestationPolicy => ({
  rootPins: new Set(rootSpkiSha256),
  ...(policy.packageName
    ? {
        packageName: policy.packageName,
        signatureDigests: (policy.signatureDigestsSha256 ?? []).map((digest) =>
          Buffer.from(digest, 'base64'),
        ),
      }
    : appNamedBy(leaf)),
  minSecurityLevel: policy.minSecurityLevel ?? 1,
  ...(policy.minOsPatchLevel && { minPatchLevel: policy.minOsPatchLevel }),
  ...(policy.minAppVersion && { minVersionCode: policy.minAppVersion }),
  selfSignedBootKeys: [],
});

conforms<{ chain: string[] }, Context>('android.key-attestation', ({ input, context }) => {
  const chain = input.chain.map((der) => Buffer.from(der, 'base64'));
  return verifyKeyAttestation(
    { chain, challenge: Buffer.from(context.challenge, 'base64') },
    policyOf(context, chain[0] ?? Buffer.alloc(0)),
    (serial) => context.revocationList.entries[serial]?.status,
    Date.parse(context.verificationTime),
  );
});
