import type { OfferMode } from '#contract/primitives.ts';

/** Allowed moves of a block. Conditions on writes, answers of the API and the diagram derive from it. */
export const blockTransitions = {
  claim: { from: 'open', to: 'taken' },
  /** Nobody can take it before it is offered again: by a draw, or to one driver. */
  release: { from: 'taken', to: 'waiting' },
  offer: { from: 'waiting', to: 'open' },
  /** To whom it was taken from wrongly. */
  restore: { from: 'waiting', to: 'taken' },
  /** Nobody took it in the time that it was offered. */
  pass: { from: 'open', to: 'waiting' },
  checkIn: { from: 'taken', to: 'checked-in' },
} as const;

export type BlockState = (typeof blockTransitions)[keyof typeof blockTransitions]['from' | 'to'];

/** What is fixed when a block is published. Times in milliseconds since the epoch, money in minor units. */
export interface BlockFacts {
  blockId: string;
  stationId: string;
  dropId: string;
  startsAt: number;
  endsAt: number;
  amount: number;
  currency: string;
  mode: OfferMode;
  opensAt: number;
  /** Of a draw: which one, when it closes, and what was published of its secret. Of a reserved block: until when it is kept. */
  drawId?: string;
  closesAt?: number;
  commitment?: string;
}

export interface Block extends BlockFacts {
  state: BlockState;
  /** Grows with every release, so that an offer of an earlier round can never be claimed. */
  version: number;
  owner?: string;
  /** The phone that claimed it, where one was shown. */
  claimedOn?: string;
  checkedInAt?: number;
  /** A driver for whom the block is kept until `heldUntil`; others cannot claim it before. */
  holder?: string;
  heldUntil?: number;
  /** How often it was offered in vain since somebody had it. */
  passes?: number;
  /** Who released it last, so that the retry of a release is told the truth. */
  releasedBy?: string;
}
