/** Allowed moves of a draw. Conditions on writes, answers of the API and the diagram derive from it. */
export const drawTransitions = {
  /** Who takes part is fixed and published. */
  seal: { from: 'open', to: 'sealed' },
  /** The outcome is. */
  publish: { from: 'sealed', to: 'drawn' },
} as const;

export type DrawState = (typeof drawTransitions)[keyof typeof drawTransitions]['from' | 'to'];

/** What is fixed when a draw is announced. Times in milliseconds since the epoch. */
export interface Draw {
  drawId: string;
  stationId: string;
  opensAt: number;
  /** No entry counts that was not there by then. */
  closesAt: number;
  /** SHA-256 of the secret, in base64url. */
  commitment: string;
  beacon: { chainHash: string; round: number };
  /** In the order of the record: an entry names them by their place. */
  blocks: readonly { blockId: string; version: number }[];
}

/** 32 random bytes in base64url; in the open once the draw is over. */
export type DrawSecret = string;

/** One driver's part in a draw. */
export interface Entry {
  drawId: string;
  driverId: string;
  /** `left`: it counts for nothing. */
  state: 'in' | 'left';
  /** Blocks that the driver would take, best first. */
  choices: readonly string[];
  /** When it was made first, in milliseconds since the epoch. */
  at: number;
  /** How often its driver changed it: a late write of an earlier time is told by that. */
  changes?: number;
  /** The phone that made it: the one that checks in. */
  deviceId?: string;
  /** Its claim would have met a puzzle: who made it has to solve one if it wins. */
  asked: boolean;
  /** The block that it won. */
  won?: string;
  /** Of what it won: kept until then for the driver to confirm, in milliseconds since the epoch. */
  heldUntil?: number;
  /** Why it did not get a block that was there, by block. */
  refusals: Readonly<Record<string, string>>;
}

/** So long it is kept who entered a draw: for questions about it. Its record names nobody. */
export const namedDays = 30;
