import type { APIGatewayProxyEventV2 as Event } from 'aws-lambda';
import { problemText } from '#contract/describe-problem.ts';
import { operatorGroups, type Route } from '#contract/route.ts';
import type { CheckProof, ProofOutcome } from '#core/devices/check-proof.ts';
import type { Friction } from '#core/devices/device.ts';
import { waysOn } from '#core/devices/ways-on.ts';
import type { Caller, Shell } from '../http.ts';
import type { Refusal } from './refusal.ts';
import { rawBody } from './request.ts';

const nobody: Caller = { accountId: '', groups: [] };

/** RFC 9449 sections 7.1 and 8: what was wrong with a token or proof, and how a phone learns our nonce. */
const challengeOf = ({ code, reason }: Extract<ProofOutcome, { status: 'refused' }>): string | undefined => {
  if (problemText(code).status !== 401) return undefined;
  const isToken = reason === 'session-ended' || reason?.startsWith('token-');
  const error = code === 'use_dpop_nonce' ? code : isToken ? 'invalid_token' : 'invalid_dpop_proof';
  return `DPoP error="${error}", algs="ES256"`;
};

const proofHeaders = (outcome: ProofOutcome): Record<string, string> => {
  const challenge = outcome.status === 'refused' ? challengeOf(outcome) : undefined;
  return {
    ...(outcome.nonce && { 'dpop-nonce': outcome.nonce }),
    ...(challenge && { 'www-authenticate': challenge }),
  };
};

interface Admitted {
  caller: Caller;
  headers?: Record<string, string>;
}

const unchecked: CheckProof = async () => ({ status: 'refused', code: 'proof-invalid' });

/** A driver on a phone, as far as the stage asks for proof of it. */
const admitPhone = async (
  { checkProof = unchecked, onUnproven }: Shell,
  route: Route,
  event: Event,
): Promise<Admitted | Refusal> => {
  const { http, requestId } = event.requestContext;
  const outcome = await checkProof({
    requestId,
    method: http.method,
    path: event.rawPath,
    headers: event.headers,
    body: () => rawBody(event),
    isClaim: route.claimProof ?? false,
  });
  const headers = proofHeaders(outcome);
  if (outcome.status === 'refused') {
    const { code, reason, phone } = outcome;
    if (phone) onUnproven?.({ route, phone, code, requestId, headers: event.headers });
    const ways = code === 'device-not-eligible' ? waysOn(reason as Friction) : undefined;
    return { problem: code, headers, ...(reason && { reason }), ...(ways && { ways }) };
  }
  const { account, deviceId, tier, enrolledAt, unproven } = outcome;
  // Who publishes blocks or judges drivers must not also claim.
  if (account.groups.some((group) => operatorGroups.includes(group as never)))
    return { problem: 'forbidden' };
  const phone = {
    ...(deviceId && { deviceId }),
    ...(tier && { tier }),
    ...(enrolledAt !== undefined && { enrolledAt }),
    ...(unproven && { unproven }),
  };
  return { caller: { ...account, ...phone }, headers };
};

/** Who calls, as far as the route's level asks: the one place where access is decided. */
export const admit = async (shell: Shell, route: Route, event: Event): Promise<Admitted | Refusal> => {
  if (route.level === 'public') return { caller: nobody };
  if (route.level === 'device') return admitPhone(shell, route, event);
  const outcome = await shell.signIn(event.headers.authorization);
  if (outcome.status === 'unavailable') return { problem: 'try-again' };
  if (outcome.status === 'refused') return { problem: 'sign-in-required' };
  if (route.level !== 'login') {
    const allowed: readonly string[] = [route.level, ...(route.alsoFor ?? [])];
    if (!outcome.groups.some((group) => allowed.includes(group))) return { problem: 'forbidden' };
  }
  return { caller: outcome };
};
