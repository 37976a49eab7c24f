import { createPublicKey } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { verifyAppAssertion } from '#core/attestation/app-attest-assertion.ts';
import { verifyAppAttestation } from '#core/attestation/app-attest-attestation.ts';
import { verifyReceipt } from '#core/attestation/app-attest-receipt.ts';
import { p256PointOf, readCertificate } from '#core/attestation/certificate.ts';
import { rootNamed, vectorsArePresent, vectorsOf } from '#test/conformance/vectors.ts';

interface Context {
  appId: string;
  clientDataHash: string;
  environment: 'production' | 'development';
  keyId: string;
  publicKeyPem: string;
  previousCounter: number;
  attestedLeafSha256?: string;
  verificationTime: string;
}

interface Evidence {
  id: string;
  bytes: Buffer;
  verify: (bytes: Buffer) => { status: string };
}

const base64 = (text: string) => Buffer.from(text, 'base64');
const release = { validationCategories: [1, 2, 3, 4], allowMissingCategory: true };

const genuine = <Field extends string>(kind: string) =>
  vectorsOf<Record<Field, string>, Context>(kind).filter((vector) => vector.genuine);

const pinned = (name: string) => (vectorsArePresent ? [readCertificate(rootNamed(name))] : []);
const attestationRoots = pinned('apple_app_attestation_root_ca.pem');
const receiptRoots = pinned('apple_root_ca_g3.pem');

/** An attestation counts as verified when the receipt in it does too. */
const attestations = genuine<'attestation'>('app-attest.attestation').map(
  ({ id, input, context }): Evidence => {
    const { appId, environment } = context;
    const now = Date.parse(context.verificationTime);
    const policy = {
      ...release,
      appIds: [appId],
      environment,
      roots: attestationRoots,
      platforms: ['iphoneos'],
    };
    const clientDataHash = base64(context.clientDataHash);
    const keyId = base64(context.keyId);
    return {
      id,
      bytes: base64(input.attestation),
      verify: (attestation) => {
        const verdict = verifyAppAttestation({ attestation, clientDataHash, keyId }, policy, now);
        if (verdict.status === 'refused') return verdict;
        const { receipt, leaf } = verdict.facts;
        const expected = {
          appIds: [appId],
          attestedLeaf: leaf,
          clientDataHash,
          expectType: 'ATTEST',
          environment,
        } as const;
        return verifyReceipt({ receipt, ...expected }, receiptRoots, now);
      },
    };
  },
);

const assertions = genuine<'assertion'>('app-attest.assertion').map(({ id, input, context }): Evidence => {
  const spki = createPublicKey(context.publicKeyPem).export({ type: 'spki', format: 'der' });
  const expected = {
    clientDataHash: base64(context.clientDataHash),
    point: p256PointOf({ spki }),
    storedCounter: context.previousCounter,
  };
  return {
    id,
    bytes: base64(input.assertion),
    verify: (assertion) =>
      verifyAppAssertion({ assertion, ...expected }, { ...release, appId: context.appId }),
  };
});

const receipts = genuine<'receipt'>('app-attest.receipt').map(({ id, input, context }): Evidence => {
  const { appId, attestedLeafSha256, verificationTime } = context;
  const expected = { appIds: [appId], ...(attestedLeafSha256 && { attestedLeafSha256 }) };
  return {
    id,
    bytes: base64(input.receipt),
    verify: (receipt) => verifyReceipt({ receipt, ...expected }, receiptRoots, Date.parse(verificationTime)),
  };
});

/** The bytes with one of them changed, dropped or put in. */
const alterations = {
  change: (bytes: Buffer, at: number, value: number) => {
    const altered = Buffer.from(bytes);
    altered[at % bytes.length] = (altered[at % bytes.length] as number) ^ value;
    return altered;
  },
  drop: (bytes: Buffer, at: number) =>
    Buffer.concat([bytes.subarray(0, at % bytes.length), bytes.subarray((at % bytes.length) + 1)]),
  insert: (bytes: Buffer, at: number, value: number) => {
    const where = at % (bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, where), Buffer.from([value]), bytes.subarray(where)]);
  },
};

const alteration = fc.record({
  how: fc.constantFrom('change' as const, 'drop' as const, 'insert' as const),
  at: fc.nat(),
  value: fc.oneof(fc.constantFrom(1, 2, 4, 8, 16, 32, 64, 128, 255), fc.integer({ min: 1, max: 255 })),
});

const describeKind = (title: string, evidence: readonly Evidence[], numRuns: number) =>
  describe.skipIf(!vectorsArePresent)(
    vectorsArePresent ? title : `${title}: NOT RUN, the vectors are absent`,
    () => {
      it.each(evidence)('$id is accepted as it is', ({ bytes, verify }) => {
        expect(verify(bytes)).toMatchObject({ status: 'verified' });
      });

      it('is refused once a single byte differs, wherever it stands', () => {
        expect(evidence.length).toBeGreaterThan(0);
        fc.assert(
          fc.property(fc.constantFrom(...evidence), alteration, ({ bytes, verify }, { how, at, value }) => {
            expect(verify(alterations[how](bytes, at, value))).toMatchObject({ status: 'refused' });
          }),
          { numRuns },
        );
      });
    },
  );

describeKind('a genuine attestation with its receipt', attestations, 800);
describeKind('a genuine assertion', assertions, 4_000);
describeKind('a genuine receipt', receipts, 800);

describe.skipIf(!vectorsArePresent)('a genuine assertion', () => {
  it.each(assertions)('$id is refused with any byte of it changed', ({ bytes, verify }) => {
    for (let at = 0; at < bytes.length; at += 1) {
      expect(verify(alterations.change(bytes, at, 1 + ((at * 89) % 255)))).toMatchObject({
        status: 'refused',
      });
    }
  });
});

describe('bytes of nobody', () => {
  const now = Date.parse('2026-11-21T12:00:00Z');
  const policy = { ...release, appIds: ['TEAM.app'], environment: 'production', roots: [] } as const;
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    // Nested containers of BER, DER and CBOR, and sizes beyond the caps.
    fc
      .tuple(fc.constantFrom(0x30, 0x24, 0x80, 0x81, 0xa1, 0xbf), fc.nat({ max: 20_000 }))
      .map(([byte, length]) => new Uint8Array(length).fill(byte)),
    fc.nat({ max: 9_000 }).map((count) => new Uint8Array(2 * count).map((_, at) => (at % 2 ? 0x80 : 0x30))),
  );

  it('are refused and never throw', () => {
    fc.assert(
      fc.property(bytes, (some) => {
        const verdicts = [
          verifyAppAttestation(
            { attestation: some, clientDataHash: some, keyId: some },
            { ...policy, platforms: [] },
            now,
          ),
          verifyAppAssertion(
            { assertion: some, clientDataHash: some, point: some, storedCounter: 0 },
            { ...release, appId: 'TEAM.app' },
          ),
          verifyReceipt({ receipt: some, appIds: policy.appIds }, [], now),
        ];
        expect(verdicts.map(({ status }) => status)).toEqual(['refused', 'refused', 'refused']);
      }),
      { numRuns: 500 },
    );
  });
});
