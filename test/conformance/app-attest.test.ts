import { createPublicKey } from 'node:crypto';
import { verifyAppAssertion } from '#core/attestation/app-attest-assertion.ts';
import { verifyAppAttestation } from '#core/attestation/app-attest-attestation.ts';
import { type ReceiptInput, verifyReceipt } from '#core/attestation/app-attest-receipt.ts';
import { p256PointOf, readCertificate } from '#core/attestation/certificate.ts';
import { conforms, rootNamed } from './vectors.ts';

interface CasePolicy {
  allowedValidationCategories: number[];
  allowMissingCategory: boolean;
  platforms?: string[];
  bundleVersions?: string[];
}

const base64 = (text: string) => Buffer.from(text, 'base64');
const rootsOf = ({ trustAnchor }: { trustAnchor: string }) => [readCertificate(rootNamed(trustAnchor))];

/** A case without a policy leaves the category open: Apple's own sample is a development build, category 1. */
const policyOf = ({ policy }: { policy?: CasePolicy }) => ({
  validationCategories: policy?.allowedValidationCategories ?? [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
  allowMissingCategory: policy?.allowMissingCategory ?? true,
  ...(policy?.bundleVersions && { bundleVersions: policy.bundleVersions }),
});

interface AttestationContext {
  appId: string;
  environment: 'production' | 'development';
  clientDataHash: string;
  keyId: string;
  verificationTime: string;
  trustAnchor: string;
  policy?: CasePolicy;
}

conforms<{ attestation: string }, AttestationContext>('app-attest.attestation', ({ input, context }) =>
  verifyAppAttestation(
    {
      attestation: base64(input.attestation),
      clientDataHash: base64(context.clientDataHash),
      keyId: base64(context.keyId),
    },
    {
      ...policyOf(context),
      appIds: [context.appId],
      environment: context.environment,
      roots: rootsOf(context),
      platforms: context.policy?.platforms ?? ['iphoneos'],
    },
    Date.parse(context.verificationTime),
  ),
);

interface AssertionContext {
  appId: string;
  publicKeyPem: string;
  clientDataHash: string;
  previousCounter: number | null;
  policy?: CasePolicy;
}

conforms<{ assertion: string }, AssertionContext>('app-attest.assertion', ({ input, context }) =>
  verifyAppAssertion(
    {
      assertion: base64(input.assertion),
      clientDataHash: base64(context.clientDataHash),
      point: p256PointOf({
        spki: createPublicKey(context.publicKeyPem).export({ type: 'spki', format: 'der' }),
      }),
      storedCounter: context.previousCounter,
    },
    { ...policyOf(context), appId: context.appId },
  ),
);

interface ReceiptContext extends Pick<ReceiptInput, 'attestedLeafSha256' | 'expectType'> {
  appId: string;
  verificationTime: string;
  trustAnchor: string;
}

conforms<{ receipt: string }, ReceiptContext>('app-attest.receipt', ({ input, context }) =>
  verifyReceipt(
    {
      receipt: base64(input.receipt),
      appIds: [context.appId],
      ...(context.attestedLeafSha256 && { attestedLeafSha256: context.attestedLeafSha256 }),
      ...(context.expectType && { expectType: context.expectType }),
    },
    rootsOf(context),
    Date.parse(context.verificationTime),
  ),
);
