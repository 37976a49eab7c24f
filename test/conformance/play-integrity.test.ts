import { checkVerdict, type PlayIntegrityPolicy } from '#core/attestation/play-integrity.ts';
import { decodeClassicToken } from '#core/attestation/play-integrity-token.ts';
import { conforms } from './vectors.ts';

type Context = PlayIntegrityPolicy & {
  now: string;
  nonce?: string;
  requestHash?: string;
  keys: { decryptionKeyBase64: string; verificationKeyBase64: string };
};

/** A case leaves out what it does not ask for. */
const policyOf = (context: Context): PlayIntegrityPolicy => ({
  ...{ requireLicensed: false, requireDeviceLabels: [], rejectControlling: false },
  ...{ rejectRecallBits: [], rejectPlayProtect: [], requireAppAccessRisk: false, allowTesting: false },
  ...context,
});

conforms<{ integrityToken: string }, Context>('play-integrity.classic-token', async ({ input, context }) => {
  const { keys, nonce = '' } = context;
  const payload = await decodeClassicToken(input.integrityToken, {
    decryptionKey: Buffer.from(keys.decryptionKeyBase64, 'base64'),
    verificationKey: Buffer.from(keys.verificationKeyBase64, 'base64'),
  });
  if (payload.status === 'refused') return payload;
  return checkVerdict(payload.facts, { nonce }, policyOf(context), Date.parse(context.now));
});

conforms<{ decodeIntegrityTokenResponse: { tokenPayloadExternal: unknown } | null }, Context>(
  'play-integrity.decoded-verdict',
  ({ input, context }) =>
    checkVerdict(
      input.decodeIntegrityTokenResponse?.tokenPayloadExternal,
      { requestHash: context.requestHash ?? '' },
      policyOf(context),
      Date.parse(context.now),
    ),
);
