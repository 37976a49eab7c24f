import type { ChallengeState, Rung, TaskMode } from '#contract/challenges.ts';
import { hashOf } from '#core/attestation/dpop.ts';
import type { Clearance } from './risk/decide.ts';

/** From which states a challenge may take which step, and where it leads. Conditions on writes derive from it. */
export const challengeTransitions = {
  attempt: { from: ['open'], to: 'open' },
  pass: { from: ['open'], to: 'passed' },
  fail: { from: ['open'], to: 'failed' },
  /** By a person: whoever failed the puzzle can still be let through. */
  passByPerson: { from: ['open', 'failed'], to: 'passed' },
} as const satisfies Record<string, { from: readonly ChallengeState[]; to: ChallengeState }>;
export type ChallengeStep = keyof typeof challengeTransitions;

export const mayStep = (step: ChallengeStep, state: ChallengeState): boolean =>
  (challengeTransitions[step].from as readonly ChallengeState[]).includes(state);

/** Tasks that a challenge may be answered with; also the first part of a task's identifier. */
export type TaskKind = 'work' | 'unlock' | TaskMode | 'external';

export type AttemptResult = 'passed' | 'continue' | 'failed';

/** What was answered, by its digest: the same answer again gets the same outcome. */
export interface Attempt {
  digest: string;
  result: AttemptResult;
  /** Why it failed: a stable code. */
  reason?: string;
}

/** Bound to a driver, a phone, and one version of one block. Times in milliseconds since the epoch. */
export interface Challenge {
  challengeId: string;
  driverId: string;
  /** None where a login stands for a phone. */
  deviceId?: string;
  blockId: string;
  version: number;
  state: ChallengeState;
  rung: Rung;
  /** Where every task of this challenge comes from; never leaves the server. */
  seed: string;
  points: number;
  reasons: readonly string[];
  /** What earlier passes still cover: a new one is added to them. */
  covered: readonly Clearance[];
  issuedAt: number;
  expiresAt: number;
  /** The block is kept for the driver until then; absent when no hold was left to give. */
  heldUntil?: number;
  extended?: true;
  /** A person was asked. */
  askedAt?: number;
  passedAt?: number;
  attempts: readonly Attempt[];
  /** When a task was shown first, by its identifier. */
  shownAt: Readonly<Record<string, number>>;
}

export const mostAttempts = 3;

export const attemptsLeft = ({ attempts }: Pick<Challenge, 'attempts'>): number =>
  Math.max(0, mostAttempts - attempts.filter(({ result }) => result === 'failed').length);

/** The task that is due: a new one after every answer. */
export const taskIdOf = ({ attempts }: Pick<Challenge, 'attempts'>, kind: TaskKind): string =>
  `${kind}.${attempts.length}`;

/** Everything about a task follows from this: 43 characters that nobody can guess from other tasks. */
export const taskSeed = ({ seed }: Pick<Challenge, 'seed'>, taskId: string): string =>
  hashOf(Buffer.from(`task|${seed}|${taskId}`));

/** Which tasks pass which rung: a harder one passes an easier one. */
export const acceptedKinds: Readonly<Record<Rung, readonly TaskKind[]>> = {
  work: ['work', 'unlock', 'picture', 'sound', 'external'],
  unlock: ['unlock', 'picture', 'sound', 'external'],
  task: ['picture', 'sound', 'external'],
  person: [],
};

export const isExpired = ({ expiresAt }: Pick<Challenge, 'expiresAt'>, now: number): boolean =>
  expiresAt <= now;
