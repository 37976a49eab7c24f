import type { ChallengeSummary } from '#contract/challenges.ts';
import type { Place, Tier } from '#contract/primitives.ts';
import type { Block } from './block.ts';
import type { OfferFacts } from './offer-token.ts';

/** Who claims, on which phone where one was shown, and what they bring along. */
export interface Claimant {
  requestId: string;
  driverId: string;
  deviceId?: string;
  tier?: Tier;
  /** When the phone was enrolled, in milliseconds since the epoch. */
  enrolledAt?: number;
  /** Of a challenge that was passed for this claim. */
  clearance?: string;
  /** Where the phone says that it is: for this claim, and never kept. */
  position?: Place;
}

/** What was decided about a claim and why, for the record of the attempt. */
export interface RiskNote {
  decision: 'go' | 'challenge' | 'selfie' | 'refuse';
  points: number;
  reasons: readonly string[];
  /** That was given, or that the claim's clearance comes from. */
  challengeId?: string;
}

export type GuardAnswer =
  /** `isHeld`: a passed challenge keeps the block for the driver, so that no gate is needed. */
  | { status: 'go'; isHeld?: true; asks?: never; risk?: RiskNote }
  /** Into a draw, and something is asked of whoever wins. */
  | { status: 'go'; isHeld?: never; asks: true; risk: RiskNote }
  | {
      status: 'refused';
      code: 'challenge-required' | 'selfie-required' | 'clearance-invalid' | 'slow-down' | 'try-again';
      risk?: RiskNote;
      challenge?: ChallengeSummary;
      /** The block is kept for the driver until then, in milliseconds since the epoch. */
      heldUntil?: number;
      reason?: string;
      retryAfterSeconds?: number;
    }
  /** There is nothing to solve a puzzle for: the block as it is. */
  | { status: 'settled'; risk?: RiskNote; block: Block | undefined };

/** Decides whether a claim goes on, or what is asked first. */
export type GuardClaim = (
  claimant: Claimant,
  offer: OfferFacts,
  now: number,
) => Promise<GuardAnswer> | GuardAnswer;
