import { readCertificate } from '#core/attestation/certificate.ts';
import { type KeyAttestationPolicy, verifyKeyAttestation } from '#core/attestation/key-attestation.ts';
import { androidPackage, androidSigningDigest } from '#phone/app-identity.ts';
import { writeCbor } from '#phone/cbor.ts';
import { extension } from '#phone/certificate.ts';
import { aKeyDescription, writeKeyDescription } from '#phone/key-description.ts';
import { testAnchors } from '#phone/test-anchors.ts';
import { type Input, seedOnly, signedBy, type Target } from '../target.ts';
import { treeOf, write } from '../tree.ts';
import { anAndroid, now, sha256 } from './context.ts';
import { genuine } from './genuine.ts';

const challenge = sha256('TEST ONLY attestationChallenge');
const policy: KeyAttestationPolicy = {
  rootPins: new Set(testAnchors.keyAttestationRootPins),
  packageName: androidPackage,
  signatureDigests: [Buffer.from(androidSigningDigest, 'hex')],
  minVersionCode: 400,
  minPatchLevel: 202_601,
  minSecurityLevel: 1,
  selfSignedBootKeys: [],
  requireSha256: true,
};
const nobody = () => undefined;
const nothingKnown = Buffer.alloc(0);

const description = writeKeyDescription(aKeyDescription(now), challenge);
const provisioning = extension(
  '1.3.6.1.4.1.11129.2.1.30',
  writeCbor({
    pairs: [
      [1, 3],
      [3, 'google'],
    ],
  }),
);

/** Every certificate of a root key is as good as another: phones send several, and the rest of the chain is the seed's. */
const hasOtherRootOfSameKey = (given: Input, chain: Input): boolean =>
  given.length === chain.length &&
  chain.slice(0, -1).every((der, index) => der.equals(given[index] as Buffer)) &&
  readCertificate(given.at(-1) as Buffer).spki.equals(readCertificate(chain.at(-1) as Buffer).spki);

const chainOf = (id: string, chain: Buffer[], due: Buffer, ours: KeyAttestationPolicy, at: number) =>
  seedOnly(
    id,
    chain,
    (given) => verifyKeyAttestation({ chain: given, challenge: due }, ours, nobody, at),
    (given) => hasOtherRootOfSameKey(given, chain),
  );

/** Read by the fuzzer's own lenient reader, so that both would have to be wrong in the same way. */
const saysWhatIsDue = (bytes: Buffer): boolean => {
  const fields = treeOf(bytes)?.kids ?? [];
  const text = (at: number) => (fields[at] ? write(fields[at]).toString('hex') : '');
  return (
    fields.length === 8 &&
    text(1) === text(3) &&
    ['0a0101', '0a0102'].includes(text(1)) &&
    text(4) === `0420${challenge.toString('hex')}`
  );
};

export const androidTargets: Target[] = [
  {
    name: 'key-attestation-chain',
    isList: true,
    seeds: [
      chainOf('remote', anAndroid().attest(challenge), challenge, policy, now),
      chainOf('factory', anAndroid({ provisioning: 'factory' }).attest(challenge), challenge, policy, now),
      ...genuine.chains.map((phone) =>
        chainOf(phone.id, phone.chain, phone.challenge, phone.policy, phone.at),
      ),
    ],
  },
  {
    name: 'key-attestation, signed',
    seeds: [
      signedBy(
        'remote',
        [description, provisioning, nothingKnown],
        ([given = nothingKnown, forDevice = nothingKnown, forLeaf = nothingKnown]) =>
          verifyKeyAttestation(
            {
              chain: anAndroid({
                description: given,
                certificatesIssued: null,
                deviceExtensions: forDevice.length ? [forDevice] : [],
                leafExtensions: forLeaf.length ? [forLeaf] : [],
              }).attest(challenge),
              challenge,
            },
            policy,
            nobody,
            now,
          ),
        ([given = nothingKnown]) =>
          saysWhatIsDue(given) ? undefined : 'other challenge, levels or number of elements',
      ),
    ],
  },
];
