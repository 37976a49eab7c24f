import type { AttestationMode, Tier } from '#contract/primitives.ts';
import { hashOf, verifyProof } from '#core/attestation/dpop.ts';
import type { KeyGenerations } from '#core/shared/key-generations.ts';
import type { SignedIn, SignInOutcome } from '#core/shared/sign-in.ts';
import type { CheckClaimAssertion } from './claim-assertion.ts';
import { type DeviceTokenClaims, readDeviceToken } from './device-token.ts';
import { isLiveNonce, issueNonce } from './nonce.ts';
import type { ProofsStore } from './proofs-store.ts';
import { type Revoked, type RevokedEpochs, restricted } from './revocations-store.ts';

export interface ProvenRequest {
  requestId: string;
  method: string;
  path: string;
  headers: Readonly<Record<string, string | undefined>>;
  /** The body as received, byte for byte: what a proof is bound to. */
  body: () => Uint8Array;
  /** The route takes a claim: its proof must answer a nonce, and its phone must be one that claims. */
  isClaim: boolean;
}

export interface Phone {
  account: SignedIn;
  deviceId?: string;
  tier?: Tier;
  /** Milliseconds since the epoch. */
  enrolledAt?: number;
  /** What enforcement refuses here, or would refuse. */
  unproven?: string;
}

interface Refused {
  status: 'refused';
  code:
    | 'sign-in-required'
    | 'proof-invalid'
    | 'use_dpop_nonce'
    | 'device-not-eligible'
    | 'account-restricted'
    | 'try-again';
  reason?: string;
  nonce?: string;
  /** Whose request it is, where that is known. */
  phone?: Phone;
}
export type ProofOutcome = ({ status: 'proven'; nonce?: string } & Phone) | Refused;

/** Decides whether a request comes from a driver's own phone. */
export type CheckProof = (request: ProvenRequest) => Promise<ProofOutcome>;

export interface CheckProofDeps {
  signIn: (authorization: string | undefined) => Promise<SignInOutcome>;
  modeOf: (accountId: string) => AttestationMode;
  keys: () => Promise<KeyGenerations>;
  revokedEpochs: () => Promise<RevokedEpochs | undefined>;
  proofs: ProofsStore;
  /** Public origin of the API: what proofs name. */
  origin: string;
  now: () => number;
  /** On functions that take claims. */
  checkAssertion?: CheckClaimAssertion;
}

type Finding = {
  code: 'proof-invalid' | 'use_dpop_nonce' | 'device-not-eligible' | 'try-again';
  reason: string;
};

/**
 * The proof of one request, checked in the order of what it costs: nothing is read, and one item is written, last,
 * for what changes something. Requests that only read are not remembered: whoever sees one sees its answer too.
 */
const prove = async (
  deps: CheckProofDeps,
  keys: KeyGenerations,
  { requestId, method, path, headers, body, isClaim }: ProvenRequest,
  token: { text: string; claims: DeviceTokenClaims },
): Promise<Finding | undefined> => {
  const now = deps.now();
  const { claims } = token;
  const invalid = (reason: string): Finding => ({ code: 'proof-invalid', reason });
  const bodyHash = method === 'GET' ? undefined : hashOf(body());
  const verdict = verifyProof(headers.dpop, {
    method,
    url: deps.origin + path,
    now,
    jkt: claims.cnf.jkt,
    accessToken: token.text,
    ...(bodyHash !== undefined && { bodyHash }),
    ...(isClaim && { acceptsNonce: (nonce: string | undefined) => isLiveNonce(keys, nonce, now) }),
  });
  if (verdict.status === 'refused') {
    const { reason } = verdict;
    return reason === 'nonce' ? { code: 'use_dpop_nonce', reason } : invalid(reason);
  }
  if (bodyHash === undefined) return undefined;
  const { facts } = verdict;
  const phone = { accountId: claims.sub, deviceId: claims.did };

  let counter: number | undefined;
  if (isClaim && claims.pf === 'ios' && deps.checkAssertion) {
    const assertion = deps.checkAssertion(headers, claims, { method, path, bodyHash, ...facts });
    if (assertion.status === 'refused') return invalid(assertion.reason);
    counter = assertion.facts.counter;
  }
  if (isClaim && claims.fr) return { code: 'device-not-eligible', reason: claims.fr };
  // The counter of an assertion over this very proof consumes the proof as well: one write either way.
  const use =
    counter === undefined
      ? await deps.proofs.useProof(facts, requestId, now)
      : await deps.proofs.advanceCounter(phone, counter, requestId);
  if (use === 'unknown') return { code: 'try-again', reason: 'proof-ledger' };
  return use === 'used' ? invalid(counter === undefined ? 'proof-used' : 'counter-used') : undefined;
};

/** Why a session is over, or may be: what lives is a matter of the session, in every mode. */
const sessionRefusal = (
  revoked: RevokedEpochs | undefined,
  phone: Phone,
  isOver: (revoked: Revoked) => boolean,
  code: 'proof-invalid' | 'sign-in-required',
): Refused | undefined => {
  const refused = { status: 'refused' as const, phone };
  if (!revoked) return { ...refused, code: 'try-again', reason: 'revocations' };
  const known = revoked.get(phone.account.accountId);
  if (known?.epoch === restricted) return { ...refused, code: 'account-restricted' };
  return known && isOver(known) ? { ...refused, code, reason: 'session-ended' } : undefined;
};

/** A request with a token of ours. What it proves is a matter of the mode; that the session lives is not. */
const checkBound = async (
  deps: CheckProofDeps,
  request: ProvenRequest,
  text: string,
): Promise<ProofOutcome> => {
  const [keys, revoked] = await Promise.all([deps.keys(), deps.revokedEpochs()]);
  const nonce = issueNonce(keys, deps.now());
  const token = readDeviceToken(keys, text, deps.now());
  if (token.status === 'refused')
    return { status: 'refused', code: 'proof-invalid', reason: token.reason, nonce };
  const { claims } = token;
  const account = { accountId: claims.sub, groups: [] };
  const phone: Phone = {
    account,
    deviceId: claims.did,
    tier: claims.tier,
    ...(claims.en !== undefined && { enrolledAt: claims.en * 1_000 }),
  };
  const over = sessionRefusal(revoked, phone, ({ epoch }) => claims.ep < epoch, 'proof-invalid');
  if (over) return { ...over, nonce };

  const mode = deps.modeOf(claims.sub);
  // In every mode: what one phone lets another do needs its proof wherever it happens.
  const finding = await prove(deps, keys, request, { text, claims });
  if (!finding) return { status: 'proven', ...phone, nonce };
  const found = { ...phone, unproven: finding.reason };
  return mode === 'enforce'
    ? { status: 'refused', ...finding, nonce, phone: found }
    : { status: 'proven', ...found, nonce };
};

/** DP13: a login alone stands for a phone only where nothing is enforced. */
const checkLogin = async (deps: CheckProofDeps, authorization: string | undefined): Promise<ProofOutcome> => {
  const [login, revoked] = await Promise.all([deps.signIn(authorization), deps.revokedEpochs()]);
  if (login.status !== 'signed-in')
    return { status: 'refused', code: login.status === 'refused' ? 'sign-in-required' : 'try-again' };
  const { accountId, groups, authenticatedAt = 0 } = login;
  const account = { accountId, groups };
  const mode = deps.modeOf(accountId);
  const phone = mode === 'off' ? { account } : { account, unproven: 'no-proof' };
  if (mode === 'enforce') return { status: 'refused', code: 'proof-invalid', reason: 'no-proof', phone };
  const isOver = ({ loginsSince }: Revoked) => authenticatedAt < loginsSince;
  return sessionRefusal(revoked, phone, isOver, 'sign-in-required') ?? { status: 'proven', ...phone };
};

/** The one place where it is decided whose phone a request comes from. */
export const checkProof =
  (deps: CheckProofDeps): CheckProof =>
  (request) => {
    const { authorization } = request.headers;
    const text = /^DPoP +(\S+)$/i.exec(authorization ?? '')?.[1];
    return text ? checkBound(deps, request, text) : checkLogin(deps, authorization);
  };
