import type { TaskOf } from '#contract/challenges.ts';

export type ProviderRefusal =
  /** No token of this widget, or one that somebody made up. */
  | 'invalid'
  /** Redeemed before, perhaps by an earlier try of this very attempt, or too old: nobody's failed attempt either. */
  | 'expired-or-used'
  | 'foreign-challenge'
  | 'foreign-host'
  | 'solved-before'
  | 'too-old'
  /** The firewall does not vouch for this token. */
  | 'not-vouched';

/** What somebody else's service says of a token. Reasons are codes of ours and hold nothing that was sent. */
export type ProviderVerdict =
  /** `solvedAt` in milliseconds, where the service tells it. */
  | { status: 'passed'; solvedAt?: number }
  | { status: 'refused'; reason: ProviderRefusal }
  /** Nothing is known about this token: neither a pass nor a failed attempt. */
  | { status: 'unavailable'; reason: string };

export interface TokenContext {
  challengeId: string;
  /** In milliseconds: what was solved before it was not solved for this challenge. */
  issuedAt: number;
  /** Of the request that brought the token, names in lower case. */
  headers: Readonly<Record<string, string | undefined>>;
}

/** An object task of somebody else's service. */
export interface TaskService {
  view: Omit<TaskOf<'external'>, 'taskId'>;
  /** Never rejects. A token that passed goes on passing for its challenge while the process lives. */
  verify: (token: string, context: TokenContext) => Promise<ProviderVerdict>;
}

/** A service that is left alone for a while after it did not answer: our own task is shown in its place. */
export interface TaskProvider extends TaskService {
  isDown: () => boolean;
}

export const refused = (reason: ProviderRefusal) => ({ status: 'refused', reason }) as const;
export const unavailable = (reason: string) => ({ status: 'unavailable', reason }) as const;
