import type * as z from 'zod/mini';
import type {
  askPerson,
  attemptChallenge,
  ChallengeSummary,
  extendChallenge,
  getChallenge,
  TaskMode,
} from '#contract/challenges.ts';
import type { claimBlock } from '#contract/claims.ts';
import type { ProblemDocument } from '#contract/problem-document.ts';
import type { Start } from './host.ts';

// Types alone: the schemas behind the contract would be most of what a phone has to load.
const paths = {
  challenge: '/v1/challenges/{challengeId}' satisfies (typeof getChallenge)['path'],
  attempts: '/v1/challenges/{challengeId}/attempts' satisfies (typeof attemptChallenge)['path'],
  extension: '/v1/challenges/{challengeId}/extension' satisfies (typeof extendChallenge)['path'],
  person: '/v1/challenges/{challengeId}/person' satisfies (typeof askPerson)['path'],
  claims: '/v1/claims' satisfies (typeof claimBlock)['path'],
};

export type Way = ChallengeSummary['otherWays'][number];
export type Challenge = z.infer<(typeof getChallenge)['responses'][200]>;
export type Outcome = z.infer<(typeof attemptChallenge)['responses'][200]>;
export type Attempt = z.input<(typeof attemptChallenge)['body']>;
type Extension = z.infer<(typeof extendChallenge)['responses'][200]>;

/** `lost`: nobody knows whether the request arrived. */
export type Reply<T> =
  | { kind: 'answer'; body: T; date?: string | null }
  | { kind: 'refused'; problem: ProblemDocument }
  | { kind: 'lost' };

export interface Api {
  challenge(mode?: TaskMode): Promise<Reply<Challenge>>;
  /** `body` as text, so that a second sending is the same to the byte. */
  attempt(body: string): Promise<Reply<Outcome>>;
  extend(): Promise<Reply<Extension>>;
  askPerson(): Promise<Reply<unknown>>;
  claim(body: string): Promise<Reply<unknown>>;
}

const parse = (body: unknown): unknown => {
  if (typeof body !== 'string') return body;
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
};

export const openApi = ({ challengeId, request }: Start): Api => {
  const call = async <T>(method: string, path: string, body?: string): Promise<Reply<T>> => {
    try {
      const answer = await request(
        method,
        path.replace('{challengeId}', encodeURIComponent(challengeId)),
        body,
      );
      const parsed = parse(answer.body);
      if (answer.status < 300) return { kind: 'answer', body: parsed as T, date: answer.date ?? null };
      const problem = parsed as ProblemDocument | undefined;
      // A gateway or a firewall on the way speaks no problem documents.
      return problem?.code ? { kind: 'refused', problem } : { kind: 'lost' };
    } catch {
      return { kind: 'lost' };
    }
  };
  return {
    challenge: (mode) => call('GET', mode ? `${paths.challenge}?mode=${mode}` : paths.challenge),
    attempt: (body) => call('POST', paths.attempts, body),
    extend: () => call('POST', paths.extension),
    askPerson: () => call('POST', paths.person),
    claim: (body) => call('POST', paths.claims, body),
  };
};
