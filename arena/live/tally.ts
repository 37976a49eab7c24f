/** What became of one account in one game. */
export interface Tally {
  family: string;
  user: string;
  /** Requests for the list, and those of them that were refused. */
  looks: number;
  looksRefused: number;
  /** Claims; one that is sent again with its clearance is the same. */
  attempts: number;
  /** Claims that were answered with a challenge, and those of them that a clearance followed. */
  challenged: number;
  passed: number;
  /** Claims refused for who or how, not for what: 401, 403, 429, and challenges that were never passed. */
  stopped: number;
  /** What an account had done when it was challenged: nobody but the service knows its reasons. */
  met: { rung: string; claimsInMinute: number; misses: number }[];
  /** Puzzles that somebody had to look at. */
  puzzles: number;
  /** Ids of the blocks. */
  won: string[];
  /** Draws that it took part in, and those of them in which it won and had to show that a person claims. */
  draws: number;
  asked: number;
  /** How long the answer to each claim took, in milliseconds. */
  answerMs: number[];
  /** Refusals of claims, by code. */
  codes: Record<string, number>;
}

export const emptyTally = (family: string, user: string): Tally => ({
  family,
  user,
  looks: 0,
  looksRefused: 0,
  attempts: 0,
  challenged: 0,
  passed: 0,
  met: [],
  stopped: 0,
  puzzles: 0,
  won: [],
  draws: 0,
  asked: 0,
  answerMs: [],
  codes: {},
});

const stops: readonly number[] = [401, 403, 429];
export const isStop = (status: number): boolean => stops.includes(status);
