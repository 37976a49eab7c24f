import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCertificate } from '#core/attestation/certificate.ts';
import { verifyKeyAttestation } from '#core/attestation/key-attestation.ts';
import { checkVerdict, type PlayIntegrityPolicy } from '#core/attestation/play-integrity.ts';
import { decodeClassicToken } from '#core/attestation/play-integrity-token.ts';
import { vectorsArePresent, vectorsOf } from '#test/conformance/vectors.ts';

/** Chains tried per genuine phone, and tokens; raised by hand for a long run. */
const runs = Number(process.env.EVENFIELD_BYTE_RUNS ?? 400);
const seed = 20_261_122;
const title = (what: string) =>
  vectorsArePresent ? what : `${what}: NOT RUN, the attestation vectors are absent`;

type Change = { kind: 'flip' | 'drop' | 'insert'; where: number; byte: number };

const change: fc.Arbitrary<Change> = fc.record({
  kind: fc.constantFrom('flip' as const, 'drop' as const, 'insert' as const),
  where: fc.nat(),
  byte: fc.integer({ min: 1, max: 255 }),
});

/** The bytes with one of them changed, gone or added. */
const changed = (bytes: Buffer, { kind, where, byte }: Change): Buffer => {
  const at = where % bytes.length;
  const middle =
    kind === 'flip' ? [(bytes[at] as number) ^ byte] : kind === 'insert' ? [byte, bytes[at] as number] : [];
  return Buffer.concat([bytes.subarray(0, at), Buffer.from(middle), bytes.subarray(at + 1)]);
};

const swapped = (chain: Buffer[], one: number, other: number) =>
  chain.with(one, chain[other] as Buffer).with(other, chain[one] as Buffer);

interface ChainContext {
  challenge: string;
  verificationTime: string;
  rootSpkiSha256: string[];
  policy: { packageName: string; signatureDigestsSha256: string[] };
}

const phones = vectorsOf<{ chain: string[] }, ChainContext>('android.key-attestation')
  .filter(({ genuine, expect: { result } }) => genuine && result === 'accept')
  .map(({ id, input, context }) => ({
    id,
    chain: input.chain.map((der) => Buffer.from(der, 'base64')),
    verdictOn: (chain: Buffer[]) =>
      verifyKeyAttestation(
        { chain, challenge: Buffer.from(context.challenge, 'base64') },
        {
          rootPins: new Set(context.rootSpkiSha256),
          packageName: context.policy.packageName,
          signatureDigests: context.policy.signatureDigestsSha256.map((text) => Buffer.from(text, 'base64')),
          minSecurityLevel: 1,
          selfSignedBootKeys: [],
        },
        () => undefined,
        Date.parse(context.verificationTime),
      ),
  }));

describe.skipIf(!vectorsArePresent)(title('a genuine chain of certificates'), () => {
  it('is among the cases', () => expect(phones.length).toBeGreaterThan(0));

  it.each(phones)('$id is refused once a byte of any certificate differs', ({ chain, verdictOn }) => {
    expect(verdictOn(chain).status).toBe('verified');
    fc.assert(
      fc.property(fc.nat({ max: chain.length - 1 }), change, (which, by) => {
        const other = chain.map((der, index) => (index === which ? changed(der, by) : der));
        expect(verdictOn(other).status).toBe('refused');
      }),
      { numRuns: runs, seed },
    );
  });

  it.each(phones)('$id is refused with a certificate too few, too many or in the wrong place', (phone) => {
    const keyOf = (der: Buffer) => readCertificate(der).spki.toString('hex');
    const strangers = phones.flatMap(({ chain }) => chain);
    for (const [at, der] of phone.chain.entries()) {
      // Every certificate of a root key is as good: phones send several.
      const others = strangers.filter((other) => keyOf(other) !== keyOf(der));
      const chains = [
        phone.chain.toSpliced(at, 1),
        phone.chain.toSpliced(at, 0, der),
        ...strangers.map((other) => phone.chain.toSpliced(at, 0, other)),
        ...others.map((other) => phone.chain.with(at, other)),
        ...[...phone.chain.keys()].filter((to) => to !== at).map((to) => swapped(phone.chain, at, to)),
      ];
      for (const chain of chains) expect(phone.verdictOn(chain).status).toBe('refused');
    }
  });
});

type TokenContext = PlayIntegrityPolicy & {
  now: string;
  nonce: string;
  keys: { decryptionKeyBase64: string; verificationKeyBase64: string };
};

const tokens = vectorsOf<{ integrityToken: string }, TokenContext>('play-integrity.classic-token').filter(
  ({ expect: { result } }) => result === 'accept',
);

describe.skipIf(!vectorsArePresent)(title('a classic Play token'), () => {
  it('is among the cases', () => expect(tokens.length).toBeGreaterThan(0));

  it.each(tokens)('$id is refused once a character of it differs', async ({ input, context }) => {
    const policy = { ...context, requireAppAccessRisk: false, allowTesting: false };
    const verdictOn = async (token: string) => {
      const payload = await decodeClassicToken(token, {
        decryptionKey: Buffer.from(context.keys.decryptionKeyBase64, 'base64'),
        verificationKey: Buffer.from(context.keys.verificationKeyBase64, 'base64'),
      });
      if (payload.status === 'refused') return payload;
      return checkVerdict(payload.facts, { nonce: context.nonce }, policy, Date.parse(context.now));
    };
    expect((await verdictOn(input.integrityToken)).status).toBe('verified');
    await fc.assert(
      fc.asyncProperty(change, async (by) => {
        const token = changed(Buffer.from(input.integrityToken), by).toString('latin1');
        expect((await verdictOn(token)).status).toBe('refused');
      }),
      { numRuns: runs, seed },
    );
  });
});
