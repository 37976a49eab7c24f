import { createPublicKey } from 'node:crypto';
import { p256PointOf, readCertificate } from '#core/attestation/certificate.ts';
import type { KeyAttestationPolicy } from '#core/attestation/key-attestation.ts';
import { rootNamed, vectorsArePresent, vectorsOf } from '#test/conformance/vectors.ts';
import { base64 } from './context.ts';

/** Evidence of genuine phones, where its folder is present; what it holds is mutated like that of software phones. */
interface AppleContext {
  appId: string;
  clientDataHash: string;
  environment: 'production' | 'development';
  keyId: string;
  publicKeyPem: string;
  previousCounter: number;
  verificationTime: string;
  trustAnchor: string;
}
interface ChainContext {
  challenge: string;
  verificationTime: string;
  rootSpkiSha256: string[];
  policy: { packageName: string; signatureDigestsSha256: string[] };
}

const accepted = <Input, Context>(kind: string) =>
  vectorsOf<Input, Context>(kind).filter((vector) => vector.genuine && vector.expect.result === 'accept');

const attestations = accepted<{ attestation: string }, AppleContext>('app-attest.attestation').map(
  ({ id, input, context }) => ({
    id,
    attestation: base64(input.attestation),
    clientDataHash: base64(context.clientDataHash),
    keyId: base64(context.keyId),
    appIds: [context.appId],
    environment: context.environment,
    roots: [readCertificate(rootNamed(context.trustAnchor))],
    at: Date.parse(context.verificationTime),
  }),
);

const assertions = accepted<{ assertion: string }, AppleContext>('app-attest.assertion').map(
  ({ id, input, context }) => ({
    id,
    assertion: base64(input.assertion),
    expected: {
      clientDataHash: base64(context.clientDataHash),
      point: p256PointOf({
        spki: createPublicKey(context.publicKeyPem).export({ type: 'spki', format: 'der' }),
      }),
      storedCounter: context.previousCounter,
    },
    appId: context.appId,
  }),
);

const receipts = accepted<{ receipt: string }, AppleContext>('app-attest.receipt').map(
  ({ id, input, context }) => ({
    id,
    receipt: base64(input.receipt),
    appIds: [context.appId],
    roots: [readCertificate(rootNamed(context.trustAnchor))],
    at: Date.parse(context.verificationTime),
  }),
);

const chains = accepted<{ chain: string[] }, ChainContext>('android.key-attestation').map(
  ({ id, input, context: { policy, ...context } }) => ({
    id,
    chain: input.chain.map(base64),
    challenge: base64(context.challenge),
    at: Date.parse(context.verificationTime),
    policy: {
      rootPins: new Set(context.rootSpkiSha256),
      packageName: policy.packageName,
      signatureDigests: policy.signatureDigestsSha256.map(base64),
      minSecurityLevel: 1,
      selfSignedBootKeys: [],
    } satisfies KeyAttestationPolicy,
  }),
);

const pair = (id: string, bytes: Buffer): [string, Buffer] => [id, bytes];

export const genuine = {
  receiptRoots: vectorsArePresent ? [readCertificate(rootNamed('apple_root_ca_g3.pem'))] : [],
  attestations,
  assertions,
  receiptsInContext: receipts,
  chains,
  cbor: [
    ...attestations.map(({ id, attestation }) => pair(id, attestation)),
    ...assertions.map(({ id, assertion }) => pair(id, assertion)),
  ],
  receipts: receipts.map(({ id, receipt }) => pair(id, receipt)),
  certificates: chains.flatMap(({ id, chain }) => chain.map((der, index) => pair(`${id}-${index}`, der))),
  descriptions: chains.flatMap(({ id, chain: [leaf] }) => {
    const value = leaf && readCertificate(leaf).extensions.get('1.3.6.1.4.1.11129.2.1.17');
    return value ? [pair(id, value)] : [];
  }),
};
