import type { CaseKind, ReasonCode } from './enforcement.ts';

/** Whether a piece of evidence can bear a ground. Faces, countries and hours are no source that any of these could name. */
export type EvidenceTest =
  /** A finding of a model, with at most this share of verified people showing as much (`pValue`). */
  | { by: 'model'; mostPValue: number }
  /** A finding of this rule beside the model, in any version. */
  | { by: 'rule'; rule: string };

/** A ground as it is published. */
export interface Reason {
  title: string;
  /** What is not allowed, in plain words. */
  policy: string;
  example: string;
  /** One of these at least must be among what a decision relies on, and the driver must be able to see it. */
  minimumEvidence: readonly EvidenceTest[];
  /** Cases that it can be cited in. */
  kinds: readonly CaseKind[];
  /** `removal`: when it happens again while a warning counts, two people may end the account. */
  severity: 'warning' | 'removal';
  /** How long its warning counts, where that is shorter than the place's `strikeDays`. */
  strikeDays?: number;
  /** ISO 8601 date from which on this text is at `GET /v1/transparency`. A new text is a new version with a new date. */
  publishedOn: string;
  version: number;
}

/**
 * The closed list of grounds. Nothing else can be cited, by anybody: a selfie that did not match, a missed puzzle, a
 * phone that could not be proven and a block given back in time are none.
 */
export const reasons: Readonly<Record<ReasonCode, Reason>> = {
  'automated-claiming': {
    title: 'Claiming with a program',
    policy:
      'Claim blocks yourself, by hand. Programs and services that watch the list or claim for you are not allowed.',
    example:
      'On nine days the account asked for the list every 5.0 seconds for hours and claimed within 0.1 seconds of seeing a block.',
    minimumEvidence: [{ by: 'model', mostPValue: 0.001 }],
    kinds: ['bot-suspected', 'credentials-shared'],
    severity: 'removal',
    publishedOn: '2026-11-22',
    version: 1,
  },
  'shared-credentials': {
    title: 'Somebody else uses the account',
    policy:
      'Only you may use your account. Do not give your password to anybody. If it happened, we help you first; the first time is never held against you.',
    example:
      'After the account was taken back together with its driver, three phones claimed in turn within ten minutes, on four days.',
    minimumEvidence: [{ by: 'rule', rule: 'credential-sharing' }],
    kinds: ['credentials-shared'],
    severity: 'removal',
    publishedOn: '2026-11-22',
    version: 1,
  },
  'block-hoarding': {
    title: 'Claiming blocks to give them back',
    policy:
      'Claim blocks that you mean to work. You may give a block back in time; claiming many and giving most of them back keeps them from others.',
    example: 'Of 40 blocks that were claimed in a month 31 were given back.',
    minimumEvidence: [{ by: 'rule', rule: 'hoarding' }],
    kinds: ['bot-suspected'],
    severity: 'warning',
    strikeDays: 60,
    publishedOn: '2026-11-22',
    version: 1,
  },
  'false-position': {
    title: 'A position that is not true',
    policy: 'Where a check-in asks for your position, tell the true one.',
    example: 'On four days one phone checked in at two stations 300 kilometres apart within half an hour.',
    minimumEvidence: [{ by: 'rule', rule: 'position-spoofing' }],
    kinds: ['bot-suspected'],
    severity: 'removal',
    publishedOn: '2026-11-22',
    version: 1,
  },
};
