import type { ErasureReason } from '#contract/receipts.ts';
import type { Consent, Reference } from '../profile.ts';

/**
 * What happens to an erasure. The driver's key goes in the very transaction that makes it, so that from its first
 * moment on nothing can be read; every later step may be done twice.
 */
export const erasureTransitions = {
  deletePhotos: { from: 'key-destroyed', to: 'photos-deleted' },
  clearRecords: { from: 'photos-deleted', to: 'records-cleared' },
  sign: { from: 'records-cleared', to: 'done' },
} as const;
export type ErasureStep = keyof typeof erasureTransitions;
export type ErasureState = (typeof erasureTransitions)[ErasureStep]['from' | 'to'];

/** Times in milliseconds since the epoch. */
export interface Erasure {
  driverId: string;
  erasureId: string;
  state: ErasureState;
  requestedAt: number;
  reason: ErasureReason;
  /** Of the photos in the bucket; left out when there never were any. */
  subject?: string;
  /** Whether there was a key to destroy. */
  hadKey: boolean;
  /** What the clock would have come back to: goes with the photos. */
  references: readonly Pick<Reference, 'referenceId' | 'expiresAt'>[];
  /** That there was consent, and to what: the proof that photos were taken in with it. */
  consent?: Consent;
  /** What was found to be deleted, by kind: found again after a kill, it is not counted again. */
  deleted: Readonly<Record<string, number>>;
}
