import type { Mode } from '../options.ts';
import type { Tally } from './tally.ts';

/** Between the arena and its processes, over their channel. Times in milliseconds since the epoch. */

export interface Seat {
  user: string;
  seed: number;
  index: number;
  count: number;
  /** In 127.0.0.0/8; left out where there is one only. */
  address?: string;
}

export interface Roster {
  kind: 'roster';
  api: string;
  stationId: string;
  family: string;
  /** Where the family is when it is not one of ours. */
  plugin?: string;
  seats: readonly Seat[];
  /** Phones are kept in files: for a system that outlives the game. A new phone would have to be approved. */
  keepPhones: boolean;
}

export interface Market {
  kind: 'market';
  api: string;
  stationId: string;
  mode: Mode;
  seed: number;
  /** Blocks of a drop. */
  blocks: number;
  dropEveryMs: number;
  /** From the opening of the last drop to the end of the game. */
  lastBeforeMs: number;
}

export type ToChild =
  | Roster
  | Market
  | { kind: 'play'; from: number; until: number }
  /** Blocks that the game is about: what else the station offers is left alone. */
  | { kind: 'drop'; blockIds: readonly string[] };

export type FromChild =
  | { kind: 'ready' }
  | { kind: 'published'; opensAt: number; blocks: readonly { blockId: string; amount: number }[] }
  | { kind: 'played'; tallies: readonly Tally[] }
  | { kind: 'failed'; words: string };
