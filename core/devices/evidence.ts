import { createHash } from 'node:crypto';
import type { Fault } from '#contract/describe-problem.ts';
import type { AndroidPolicy, IosPolicy } from '#contract/device-policy.ts';
import type { enrolDevice } from '#contract/devices.ts';
import type { Platform, Tier } from '#contract/primitives.ts';
import type { BodyOf } from '#contract/route.ts';
import { verifyAppAssertion } from '#core/attestation/app-attest-assertion.ts';
import { verifyAppAttestation } from '#core/attestation/app-attest-attestation.ts';
import { verifyReceipt } from '#core/attestation/app-attest-receipt.ts';
import { verifyKeyAttestation } from '#core/attestation/key-attestation.ts';
import { keyAt } from '#core/attestation/p256.ts';
import { tierOf } from '#core/attestation/tiers.ts';
import type { TrustAnchors } from '#core/attestation/trust-anchors.ts';
import type { ReadPlayToken } from './play-evidence.ts';
import type { StatusLookup } from './status-list-store.ts';

export type EnrolmentBody = BodyOf<typeof enrolDevice>;

export interface EvidenceDeps {
  anchors: TrustAnchors;
  ios?: IosPolicy;
  android?: AndroidPolicy;
  /** Present when the stage takes Play Integrity tokens. */
  readPlayToken?: ReadPlayToken;
}

/** What the evidence must be bound to. */
export interface Binding {
  challenge: string;
  accountId: string;
  jkt: string;
  requestId: string;
  now: number;
  list: StatusLookup;
}

export interface AcceptedEvidence {
  status: 'accepted';
  tier: Tier;
  reasons: string[];
  facts: Record<string, string | number>;
  serials: string[];
  /** Whether the status list vouches for the serials. */
  needsStatusList: boolean;
  ios?: { keyId: string; assertionKey: string; appId: string; counter: number; receipt: string };
}

export type EvidenceOutcome =
  | AcceptedEvidence
  | { status: 'refused'; reason: string }
  /** Somebody whom we must ask does not answer. */
  | { status: 'unavailable'; reason: string };

const refused = (reason: string) => ({ status: 'refused', reason }) as const;
const sha256 = (text: string | Uint8Array) => createHash('sha256').update(text).digest();
const bytesOf = (base64: string) => Buffer.from(base64, 'base64');

/** One spelling, as proofs have it: a key in another one could be enrolled and never used. */
const isProofKey = ({ x, y }: EnrolmentBody['dpopJwk']): boolean => {
  const halves = [x, y].map((text) => Buffer.from(text, 'base64url'));
  const isCanonical = halves.every((half, index) => half.toString('base64url') === [x, y][index]);
  return isCanonical && keyAt(Buffer.concat([Buffer.of(4), ...halves])) !== undefined;
};

const fieldsOf = {
  ios: { needed: ['keyId', 'attestation', 'clientData'], optional: ['assertion'] },
  android: { needed: ['certificateChain'], optional: ['integrityToken'] },
} as const satisfies Record<Platform, Record<'needed' | 'optional', readonly (keyof EnrolmentBody)[]>>;

/** What the platform needs and the request lacks, or has of the other one: told before the challenge is spent. */
export const evidenceFaults = (body: EnrolmentBody): Fault[] => {
  const { platform } = body;
  const other = platform === 'ios' ? 'android' : 'ios';
  // An old Android phone has a Play token only.
  const needed = body.integrityToken === undefined || platform === 'ios' ? fieldsOf[platform].needed : [];
  return [
    ...(isProofKey(body.dpopJwk)
      ? []
      : [{ path: 'dpopJwk', message: 'is no point of P-256 in canonical base64url' }]),
    ...needed
      .filter((field) => body[field] === undefined)
      .map((path) => ({ path, message: `missing: ${platform} needs it` })),
    ...[...fieldsOf[other].needed, ...fieldsOf[other].optional]
      .filter((field) => body[field] !== undefined)
      .map((path) => ({ path, message: `is for ${other}` })),
  ];
};

const readJson = (bytes: Buffer): unknown => {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
};

/** Of the attested client data every member, and no other. */
const namesThisEnrolment = (clientData: Buffer, { challenge, accountId, jkt }: Binding): boolean => {
  const due = { v: 1, challenge, account: accountId, jkt };
  const given = readJson(clientData) as Record<string, unknown> | undefined;
  if (typeof given !== 'object' || given === null) return false;
  const names = Object.keys(given);
  return (
    names.length === Object.keys(due).length &&
    Object.entries(due).every(([name, value]) => given[name] === value)
  );
};

const iosEvidence = (
  { anchors, ios }: EvidenceDeps,
  { keyId, attestation, assertion, clientData }: EnrolmentBody,
  binding: Binding,
): EvidenceOutcome => {
  if (!ios) return refused('platform-not-supported');
  const data = bytesOf(clientData ?? '');
  if (!namesThisEnrolment(data, binding)) return refused('other-client-data');
  const clientDataHash = sha256(data);
  const { now } = binding;
  const attested = verifyAppAttestation(
    { attestation: bytesOf(attestation ?? ''), clientDataHash, keyId: bytesOf(keyId ?? '') },
    { ...ios, roots: anchors.appAttestRoots, platforms: ['iphoneos'] },
    now,
  );
  if (attested.status === 'refused') return attested;
  const { facts } = attested;
  const receipt = verifyReceipt(
    {
      receipt: facts.receipt,
      appIds: [facts.appId],
      attestedLeaf: facts.leaf,
      clientDataHash,
      expectType: 'ATTEST',
      environment: ios.environment,
    },
    anchors.receiptRoots,
    now,
  );
  if (receipt.status === 'refused') return receipt;
  let counter = 0;
  if (assertion !== undefined) {
    const asserted = verifyAppAssertion(
      { assertion: bytesOf(assertion), clientDataHash, point: facts.point, storedCounter: 0 },
      { ...ios, appId: facts.appId },
    );
    if (asserted.status === 'refused') return asserted;
    counter = asserted.facts.counter;
  }
  const { tier, reasons } = tierOf({ platform: 'ios' });
  return {
    status: 'accepted',
    tier,
    reasons,
    serials: [],
    needsStatusList: false,
    facts: {
      environment: ios.environment,
      keyId: facts.keyId.toString('base64url'),
      ...(facts.osVersion && { osVersion: facts.osVersion }),
      ...(facts.category !== undefined && { category: facts.category }),
      ...(facts.bundleVersion && { bundleVersion: facts.bundleVersion }),
    },
    ios: {
      keyId: facts.keyId.toString('base64url'),
      assertionKey: facts.point.subarray(1).toString('base64url'),
      appId: facts.appId,
      counter,
      receipt: facts.receipt.toString('base64'),
    },
  };
};

const isPointOf = (point: Buffer, { x, y }: EnrolmentBody['dpopJwk']) =>
  point.equals(Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]));

const androidEvidence = async (
  { anchors, android, readPlayToken }: EvidenceDeps,
  { certificateChain, integrityToken, dpopJwk }: EnrolmentBody,
  { challenge, accountId, jkt, now, list, requestId }: Binding,
): Promise<EvidenceOutcome> => {
  if (!android) return refused('platform-not-supported');
  const nonce = sha256(`v1|play|${challenge}${accountId}enrol${jkt}`).toString('base64url');
  const play: Awaited<ReturnType<ReadPlayToken>> = !readPlayToken
    ? { status: 'not-configured' }
    : integrityToken === undefined
      ? { status: 'not-sent' }
      : await readPlayToken(integrityToken, nonce, requestId);
  if (play.status === 'unavailable') return play;

  const key = certificateChain
    ? verifyKeyAttestation(
        {
          chain: certificateChain.map(bytesOf),
          challenge: sha256(`v1|android|${challenge}${accountId}enrol`),
        },
        {
          ...android,
          rootPins: anchors.keyAttestationPins,
          signatureDigests: android.signatureDigests.map((digest) => Buffer.from(digest, 'hex')),
          selfSignedBootKeys: android.selfSignedBootKeys.map((bootKey) => Buffer.from(bootKey, 'hex')),
          requireSha256: true,
        },
        (serial) => list.listed.get(serial),
        now,
      )
    : undefined;
  if (key?.status === 'refused') return key;
  if (key && !isPointOf(key.facts.point, dpopJwk)) return refused('other-key');
  // Without a key attestation the token is all there is: it must hold.
  if (!key && play.status !== 'verified')
    return refused(play.status === 'refused' ? `play-${play.reason}` : 'key-attestation-missing');
  const tiered = tierOf({ platform: 'android', key: key ?? { status: 'none' }, play });
  return {
    status: 'accepted',
    ...tiered,
    serials: key?.facts.serials ?? [],
    needsStatusList: key?.status === 'verified',
    facts: key
      ? {
          spki: key.facts.spki.toString('base64url'),
          provisioning: key.facts.provisioning,
          securityLevel: key.facts.securityLevel,
          versionCode: key.facts.versionCode,
          ...(key.facts.patchLevel !== undefined && { patchLevel: key.facts.patchLevel }),
          ...(key.facts.osVersion !== undefined && { osVersion: key.facts.osVersion }),
          // AK11: tags that nobody knows yet are tolerated, and seen.
          ...(key.facts.unknownTags.length > 0 && { unknownTags: key.facts.unknownTags.join(',') }),
          ...(key.facts.certificatesIssuedIn30Days !== undefined && {
            certificatesIssuedIn30Days: key.facts.certificatesIssuedIn30Days,
          }),
        }
      : {},
  };
};

/** Checks what a phone brings, in full: G6, one contract and nothing else is tried. */
export const verifyEvidence = async (
  deps: EvidenceDeps,
  body: EnrolmentBody,
  binding: Binding,
): Promise<EvidenceOutcome> =>
  body.platform === 'ios' ? iosEvidence(deps, body, binding) : androidEvidence(deps, body, binding);
