import type { Rung, TaskMode } from '#contract/challenges.ts';
import type { TaskFacts } from '#core/challenge/task-facts.ts';

/** Something that serves the pages and answers for challenges: the whole system, or a stand-in for it. */
export interface World {
  origin: string;
  /** A new challenge of a new driver. */
  challenge(rung: Rung): Promise<OpenChallenge>;
  stop(): Promise<void>;
}

/** A choice, and when in the clip it is seen or heard to be right, in milliseconds. */
export interface Finding {
  n: number;
  momentMs: number;
}
export const findingsOf = ({ answer, moments }: TaskFacts): Finding[] =>
  answer.map((n, index) => ({ n, momentMs: moments[index] ?? 0 }));

export interface OpenChallenge {
  challengeId: string;
  /** Of the page, with all that it needs. */
  address: string;
  token: string;
  /** What a person would find out about the task that is shown now. */
  finding(mode: TaskMode): Promise<readonly Finding[]>;
  /** Somebody of the team passes the driver. */
  passByPerson(): Promise<void>;
  /** Sends as the app does, where the page is to be shown in it. */
  app?: (method: string, path: string, body?: string) => Promise<{ status: number; body: unknown }>;
  /** What unlocks the phone. */
  unlockKey?: { credentialId: string; rpId: string; privateKey: Buffer };
}
