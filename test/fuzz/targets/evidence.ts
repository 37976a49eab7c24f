import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { enrolDevice } from '#contract/devices.ts';
import { thumbprintOf } from '#core/attestation/dpop.ts';
import { readVerdict } from '#core/attestation/play-integrity.ts';
import { decodeClassicToken } from '#core/attestation/play-integrity-token.ts';
import { trustAnchors } from '#core/attestation/trust-anchors.ts';
import {
  type EnrolmentBody,
  type EvidenceOutcome,
  evidenceFaults,
  verifyEvidence,
} from '#core/devices/evidence.ts';
import { parseRequest } from '#lambdas/shell/request.ts';
import { androidPackage, androidSigningDigest, iosAppId } from '#phone/app-identity.ts';
import { androidEvidence, iphoneEvidence } from '#phone/enrolment.ts';
import { signPlayToken } from '#phone/play-signer.ts';
import { testAnchors } from '#phone/test-anchors.ts';
import { isEqual, type Outcome, type Seed, type Target } from '../target.ts';
import { anAndroid, anIphone, base64, hashText, now, release } from './context.ts';
import { playKeys, playPolicy } from './play.ts';

const { play: _, ...anchors } = testAnchors;
const deps = {
  anchors: trustAnchors({ name: 'local', isProduction: false, testAnchors: anchors }),
  ios: { ...release, appIds: [iosAppId], environment: 'production' as const },
  android: {
    packageName: androidPackage,
    signatureDigests: [androidSigningDigest],
    minSecurityLevel: 1 as const,
    selfSignedBootKeys: [],
  },
  readPlayToken: async (token: string, nonce: string) => {
    const payload = await decodeClassicToken(token, playKeys);
    if (payload.status === 'refused') return payload;
    const verdict = readVerdict(payload.facts, { nonce }, playPolicy, now);
    return verdict.status === 'refused' ? verdict : { ...verdict, policy: playPolicy };
  },
};

const challenge = {
  challengeId: 'C'.repeat(22),
  challenge: hashText('TEST ONLY challenge'),
  accountId: 'driver-1',
};
const surroundings = { now, list: { fetchedAt: now, listed: new Map() }, requestId: 'fuzz' };

const asEvent = (body: Buffer) =>
  ({
    body: body.toString('base64'),
    isBase64Encoded: true,
    headers: { 'content-type': 'application/json' },
  }) as unknown as APIGatewayProxyEventV2;

/** As the function does it: the contract's form first, then the evidence. */
const enrol = async (bytes: Buffer) => {
  const parsed = parseRequest(enrolDevice, asEvent(bytes));
  if ('problem' in parsed) return { reason: parsed.problem };
  const body = parsed.body as EnrolmentBody;
  if (evidenceFaults(body).length > 0) return { reason: 'invalid-request' };
  const jkt = thumbprintOf(body.dpopJwk);
  const outcome: EvidenceOutcome | { status: string; reason?: string } = await verifyEvidence(deps, body, {
    ...challenge,
    jkt,
    ...surroundings,
  });
  return outcome.status === 'accepted'
    ? { body, outcome: outcome as Extract<EvidenceOutcome, { status: 'accepted' }> }
    : { reason: 'reason' in outcome ? (outcome.reason ?? 'none') : 'none' };
};

/** Bytes, whichever of the two alphabets of base64 writes them. */
const bytesOf = ({ clientData = '', certificateChain = [], dpopJwk }: EnrolmentBody) => ({
  clientData: base64(clientData),
  chain: certificateChain.map(base64),
  dpopJwk,
});

const seedOf = async (id: string, body: object): Promise<Seed> => {
  const input = Buffer.from(JSON.stringify(body));
  const due = await enrol(input);
  if (!due.outcome) throw new Error(`${id}: ${due.reason}`);
  const { outcome: best, body: sent } = due;
  return {
    id,
    input: [input],
    run: async ([bytes = Buffer.alloc(0)]): Promise<Outcome> => {
      const { outcome, body: given, reason = 'none' } = await enrol(bytes);
      if (!outcome) return { status: 'refused', reason };
      // Without a chain a Play token stands alone, bound to the same key: for a phone that does not claim by itself.
      const isWithoutChain = given.certificateChain === undefined && 'CD'.includes(outcome.tier);
      const chain = isWithoutChain ? { ...bytesOf(given), chain: bytesOf(sent).chain } : bytesOf(given);
      if (given.platform !== sent.platform || !isEqual(chain, bytesOf(sent)))
        return {
          status: 'wrong',
          complaint: 'accepted with another key, other client data or another chain',
        };
      // Without the optional assertion, or with one in another order of members, the same key is enrolled.
      const { counter = 0, receipt: _r, ...key } = outcome.ios ?? { counter: 0, receipt: '' };
      const { counter: counterDue = 0, receipt: _d, ...keyDue } = best.ios ?? { counter: 0, receipt: '' };
      if (!isEqual(key, keyDue) || (counter !== counterDue && counter !== 0))
        return { status: 'wrong', complaint: 'accepted with another App Attest key or counter' };
      // A Play token that is gone or broken costs an Android phone its tier and nothing else.
      if (outcome.tier === best.tier && given.integrityToken !== sent.integrityToken)
        return { status: 'wrong', complaint: 'the best tier with another integrity token' };
      return { status: 'same' };
    },
  };
};

export const makeEvidenceTargets = async (): Promise<Target[]> => [
  {
    name: 'enrolment-evidence',
    seeds: [
      await seedOf('ios', iphoneEvidence(anIphone(), challenge, { withAssertion: true })),
      await seedOf(
        'android',
        await androidEvidence(anAndroid(), challenge, {
          integrityToken: (nonce) => signPlayToken({ nonce, now }),
        }),
      ),
    ],
  },
];
