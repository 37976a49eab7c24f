import type { AndroidPolicy } from '#contract/device-policy.ts';
import { type PlayIntegrityPolicy, playTokenTimes, readVerdict } from '#core/attestation/play-integrity.ts';
import {
  areClassicTokenKeys,
  type ClassicTokenKeys,
  decodeClassicToken,
} from '#core/attestation/play-integrity-token.ts';
import type { PlayEvidence } from '#core/attestation/tiers.ts';
import type { DecodeIntegrityToken } from './play-integrity-gateway.ts';
import type { ProofsStore } from './proofs-store.ts';

export type ReadPlayToken = (
  token: string,
  /** base64url of the SHA-256 of what the token must be bound to. */
  binding: string,
  requestId: string,
) => Promise<PlayEvidence | { status: 'unavailable'; reason: string }>;

export interface PlayTokensDeps {
  policy: AndroidPolicy & { playIntegrity: NonNullable<AndroidPolicy['playIntegrity']> };
  proofs: ProofsStore;
  now: () => number;
  /** Of classic tokens; asked for when the first one comes. Undefined: the secret holds none. */
  classicKeys: () => Promise<ClassicTokenKeys | undefined>;
  /** Of standard tokens. */
  decodeStandard: DecodeIntegrityToken;
}

const policyOf = ({
  packageName,
  signatureDigests,
  minVersionCode,
  playIntegrity,
}: PlayTokensDeps['policy']) =>
  ({
    packageName,
    certDigests: signatureDigests.map((digest) => Buffer.from(digest, 'hex').toString('base64url')),
    ...(minVersionCode !== undefined && { minVersionCode }),
    ...playTokenTimes,
    requireLicensed: playIntegrity.requireLicensed,
    requireDeviceLabels: [],
    rejectControlling: true,
    ...(playIntegrity.maxActivityLevel !== undefined && { maxActivityLevel: playIntegrity.maxActivityLevel }),
    rejectRecallBits: [],
    rejectPlayProtect: ['HIGH_RISK'],
    requireAppAccessRisk: true,
    allowTesting: false,
  }) satisfies PlayIntegrityPolicy;

const parse = (secret: string): Record<string, unknown> => {
  try {
    return (JSON.parse(secret) ?? {}) as Record<string, unknown>;
  } catch {
    return {};
  }
};

/**
 * The keys of the Play Console, as the secret holds them: base64 in JSON. Undefined for a secret that holds none: what
 * it does hold must not become part of an error.
 */
export const readClassicKeys = (secret: string): ClassicTokenKeys | undefined => {
  const { decryptionKey, verificationKey } = parse(secret);
  if (typeof decryptionKey !== 'string' || typeof verificationKey !== 'string') return undefined;
  const keys = {
    decryptionKey: Buffer.from(decryptionKey, 'base64'),
    verificationKey: Buffer.from(verificationKey, 'base64'),
  };
  return areClassicTokenKeys(keys) ? keys : undefined;
};

/** What a Play Integrity token says, opened with keys of ours or by Google's server, and good once (PI3). */
export const playTokens = (deps: PlayTokensDeps): ReadPlayToken => {
  const policy = policyOf(deps.policy);
  const isClassic = deps.policy.playIntegrity.tokens === 'classic';

  const open = async (token: string) => {
    if (isClassic) {
      const keys = await deps.classicKeys().catch(() => undefined);
      return keys
        ? decodeClassicToken(token, keys)
        : ({ status: 'unavailable', reason: 'unusable-secret' } as const);
    }
    const decoded = await deps.decodeStandard(token);
    if (decoded.status === 'decoded') return { status: 'verified', facts: decoded.payload } as const;
    return decoded.status === 'rejected' ? ({ ...decoded, status: 'refused' } as const) : decoded;
  };

  return async (token, binding, requestId) => {
    const opened = await open(token);
    if (opened.status === 'unavailable') return opened;
    if (opened.status === 'refused') return { status: 'refused', reason: opened.reason };
    const now = deps.now();
    const read = readVerdict(
      opened.facts,
      isClassic ? { nonce: binding } : { requestHash: binding },
      policy,
      now,
    );
    if (read.status === 'refused') return read;
    const use = await deps.proofs.useProof({ jkt: 'play-integrity', jti: token }, requestId, now);
    if (use === 'unknown') return { status: 'unavailable', reason: 'proof-ledger' };
    if (use === 'used') return { status: 'refused', reason: 'token-used' };
    return { status: 'verified', facts: read.facts, policy };
  };
};
