import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { cached } from '#core/shared/cached.ts';
import { askServer, type OutboundAnswer } from '#core/shared/https-gateway.ts';
import { remembered } from '#core/shared/remembered.ts';
import type { ReadSecret } from '#core/shared/secrets-gateway.ts';
import {
  type ProviderRefusal,
  type ProviderVerdict,
  refused,
  type TaskService,
  type TokenContext,
  unavailable,
} from './provider.ts';

export interface SiteverifyDeps {
  readSecret: ReadSecret;
  now: () => number;
  /** In the place of the service's own. */
  url?: string | undefined;
  /** Of each try. */
  timeoutMs?: number;
}

/** What differs between the services that answer `siteverify`. */
export interface SiteverifyService {
  url: string;
  secretArn: string;
  hosts: readonly string[];
  /** Names that the service may give in place of a host. */
  isHostUnknown?: (hostname: string | null | undefined) => boolean;
  maxAgeMs: number;
  /** By the service's code: what it says about the token. All other codes are about us or about the service. */
  refusals: Readonly<Record<string, ProviderRefusal>>;
  /** Parameters besides `secret` and `response`. */
  parameters: (token: string, context: TokenContext) => Record<string, string>;
  isBound?: (answer: Solved, context: TokenContext) => boolean;
}

const answerSchema = z.object({
  success: z.boolean(),
  'error-codes': z.nullish(z.array(z.string())),
  challenge_ts: z.nullish(z.string()),
  hostname: z.nullish(z.string()),
  cdata: z.nullish(z.string()),
});
type Solved = z.infer<typeof answerSchema>;
type Answer =
  | { status: 'solved'; solved: Solved }
  | { status: 'failed'; codes: readonly string[] }
  | { status: 'unavailable'; reason: string; mayPass?: boolean };

/** With both tries 4 s: a block is held for 60. */
const tries = 2;
const defaultTimeoutMs = 2_000;
const sizeLimit = 16 * 1024;
const secretLifetimeMs = 300_000;
const mostPasses = 256;
/** Their clocks against ours; hCaptcha's times are whole seconds. */
const toleranceMs = 5_000;

/** The service's codes that are no verdict about a token, as reasons of ours. */
const troubles: Readonly<Record<string, string>> = {
  'missing-input-secret': 'unusable-secret',
  'invalid-input-secret': 'unusable-secret',
  'sitekey-secret-mismatch': 'unusable-secret',
  'not-using-dummy-passcode': 'unusable-secret',
  'bad-request': 'bad-request',
  'internal-error': 'internal-error',
};

const parse = (body: Buffer): Solved | undefined => {
  try {
    return z.safeParse(answerSchema, JSON.parse(body.toString())).data;
  } catch {
    return undefined;
  }
};

const readAnswer = (answer: OutboundAnswer): Answer => {
  if (answer.status === 'unavailable') return { ...answer, mayPass: answer.reason !== 'too-large' };
  const { code, body } = answer;
  // Failures about a request come with 400 as well.
  if (code !== 200 && code !== 400)
    return { status: 'unavailable', reason: `status-${code}`, mayPass: code >= 500 };
  const solved = parse(body);
  if (!solved) return unavailable('unreadable-answer');
  if (!solved.success) return { status: 'failed', codes: solved['error-codes'] ?? [] };
  return code === 200 ? { status: 'solved', solved } : unavailable('unreadable-answer');
};

const isWorthAnother = (answer: Answer): boolean =>
  answer.status === 'unavailable'
    ? answer.mayPass === true
    : answer.status === 'failed' && answer.codes.includes('internal-error');

/** ISO 8601 with date, time and zone; undefined for anything else. */
const readTime = (text: string | null | undefined): number | undefined => {
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:?\d\d)$/.test(text ?? '');
  const time = isTime ? Date.parse(text as string) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
};

/** One verdict about all codes: what is about us or the service is nobody's failed attempt. */
const judgeFailure = (codes: readonly string[], service: SiteverifyService): ProviderVerdict => {
  const trouble = codes.find((code) => !Object.hasOwn(service.refusals, code));
  if (trouble !== undefined)
    return unavailable((Object.hasOwn(troubles, trouble) && troubles[trouble]) || 'unknown-code');
  const [first] = codes;
  return first === undefined
    ? unavailable('unreadable-answer')
    : refused(service.refusals[first] ?? 'invalid');
};

const judgeSolution = (
  solved: Solved,
  service: SiteverifyService,
  context: TokenContext,
  now: number,
): ProviderVerdict => {
  const { hosts, isHostUnknown, isBound, maxAgeMs } = service;
  const solvedAt = readTime(solved.challenge_ts);
  if (solvedAt === undefined) return unavailable('unreadable-answer');
  if (solvedAt > now + toleranceMs) return unavailable('clocks-differ');
  if (isBound && !isBound(solved, context)) return refused('foreign-challenge');
  if (!hosts.includes(solved.hostname ?? '') && !isHostUnknown?.(solved.hostname))
    return refused('foreign-host');
  if (solvedAt < context.issuedAt - toleranceMs) return refused('solved-before');
  if (solvedAt < now - maxAgeMs - toleranceMs) return refused('too-old');
  return { status: 'passed', solvedAt };
};

/** Verifies tokens by the interface that reCAPTCHA began and Turnstile and hCaptcha share. */
export const siteverifyGateway = (
  service: SiteverifyService,
  deps: SiteverifyDeps,
): TaskService['verify'] => {
  const { now, url = service.url, timeoutMs = defaultTimeoutMs } = deps;
  const secret = cached(async () => (await deps.readSecret(service.secretArn)).trim(), secretLifetimeMs, now);
  // The service redeems a token once; our write that follows may have to be tried again.
  const passes = remembered<ProviderVerdict>(mostPasses);

  const ask = async (token: string, context: TokenContext): Promise<ProviderVerdict> => {
    const key = await secret().catch(() => '');
    if (!key) return unavailable('unusable-secret');
    const parameters = { secret: key, response: token, ...service.parameters(token, context) };
    const request = {
      method: 'POST' as const,
      url,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: String(new URLSearchParams(parameters)),
      timeoutMs,
      sizeLimit,
    };
    let answer = readAnswer(await askServer(request));
    let isRepeated = false;
    for (let tried = 1; tried < tries && isWorthAnother(answer); tried += 1) {
      answer = readAnswer(await askServer(request));
      isRepeated = true;
    }
    if (answer.status === 'unavailable') return unavailable(answer.reason);
    if (answer.status === 'solved') return judgeSolution(answer.solved, service, context, now());
    const verdict = judgeFailure(answer.codes, service);
    // The try whose answer was lost may be the one that redeemed the token.
    const isLost = isRepeated && verdict.status === 'refused' && verdict.reason === 'expired-or-used';
    return isLost ? unavailable('answer-lost') : verdict;
  };

  return async (token, context) => {
    const name = createHash('sha256').update(`${context.challengeId}.${token}`).digest('base64');
    const earlier = passes.get(name);
    if (earlier) return earlier;
    const verdict = await ask(token, context);
    if (verdict.status === 'passed') passes.set(name, verdict);
    return verdict;
  };
};
