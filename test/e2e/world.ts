import type { Rung, TaskMode } from '#contract/challenges.ts';

/** Something that serves the pages and answers for challenges: the whole system, or a stand-in for it. */
export interface World {
  origin: string;
  /** A new challenge of a new driver. */
  challenge(rung: Rung): Promise<OpenChallenge>;
  stop(): Promise<void>;
}

export interface OpenChallenge {
  challengeId: string;
  /** Of the page, with all that it needs. */
  address: string;
  token: string;
  /** What a person would answer to the task that is shown now. */
  answer(mode: TaskMode): Promise<readonly number[]>;
  /** Somebody of the team passes the driver. */
  passByPerson(): Promise<void>;
  /** Sends as the app does, where the page is to be shown in it. */
  app?: (method: string, path: string, body?: string) => Promise<{ status: number; body: unknown }>;
  /** What unlocks the phone. */
  unlockKey?: { credentialId: string; rpId: string; privateKey: Buffer };
}
