import type { Faceless, SelfieCheckState, SelfieResult } from '#contract/identity.ts';
import type { Band } from './rules/decide.ts';
import type { SelfieReason } from './rules/reasons.ts';
import type { AskedBy } from './rules/schedule.ts';

/** Allowed moves of a selfie check. Conditions on writes, answers of the API, tests and the diagram derive from it. */
export const checkTransitions = {
  /** A photo that settled nothing: unfit, unsure, or not looked at because the service was out. */
  look: { from: ['open'], to: 'open' },
  pass: { from: ['open', 'waiting', 'closed'], to: 'passed' },
  /** By photos, or because the driver chose a person. */
  askPerson: { from: ['open', 'closed', 'waiting'], to: 'waiting' },
  /** A person could not tell either, or there is nothing left to look at. */
  giveUp: { from: ['open', 'waiting'], to: 'closed' },
  /** The block's check-in comes again after its time ran out. */
  renew: { from: ['open'], to: 'open' },
} as const satisfies Record<string, { from: readonly SelfieCheckState[]; to: SelfieCheckState }>;
export type CheckStep = keyof typeof checkTransitions;

export const mayStep = (step: CheckStep, state: SelfieCheckState): boolean =>
  (checkTransitions[step].from as readonly SelfieCheckState[]).includes(state);

/** A photo of a check, after it was looked at. */
export interface Look {
  /** Milliseconds since the epoch. */
  at: number;
  /** Of the photo, under the driver's own key; left out when it was not compared. */
  fingerprint?: string;
  result: SelfieResult;
  reasons: readonly SelfieReason[];
  /** Of a photo that was compared. Kept here and nowhere else. */
  band?: Band;
  byMovement?: true;
}

export interface Check {
  driverId: string;
  checkId: string;
  state: SelfieCheckState;
  /** Grows with every change. */
  revision: number;
  askedBy: AskedBy | 'unasked';
  deviceId?: string;
  blockId?: string;
  stationId?: string;
  createdAt: number;
  expiresAt: number;
  looks: readonly Look[];
  /** Since when it waits for a person, and for what. */
  askedAt?: number;
  way?: Faceless | 'photos';
  /** The photo that a person has to look at, and until when it may be looked at. */
  photoId?: string;
  photoUntil?: number;
  settledAt?: number;
  settledBy?: 'face' | 'movement' | 'person' | 'staff-code';
}

/** Photos that were compared, and that somebody has to go by. */
export const bandsOf = ({ looks }: Check): Band[] => looks.flatMap(({ band }) => (band ? [band] : []));
export const photosLeft = ({ looks }: Check, most: number) => Math.max(0, most - looks.length);
