import type { NoticeKind, ReasonCode } from '#contract/enforcement.ts';

/** Notices as data: what one language says. `{name}` stands for a value of the case. */

export const placeholders = [
  'rule',
  'ifRepeated',
  'notCounted',
  'seenFrom',
  'seenTo',
  'events',
  'days',
  'phones',
  'reviewers',
  'priorWarningAt',
  'effectiveAt',
  'appealUntil',
  'answerDays',
  'answerBy',
  'expiresAt',
  'bookedBlocks',
  'restoredBlocks',
  'owed',
  'contact',
] as const;
export type Placeholder = (typeof placeholders)[number];

/** A sentence in an object is said only where its value is known: nobody has to know it. Else it is `otherwise`, or nothing. */
export type Sentence = string | { when: Placeholder; say: string; otherwise?: string };
export type Paragraph = readonly Sentence[];

export interface ReasonWords {
  rule: string;
  /** What follows when it happens again while the warning counts. */
  ifRepeated: string;
  notCounted: string;
}

/** What an item of evidence comes from; `other` of what is added later. */
export type SourceName =
  | 'model'
  | 'canary'
  | 'credential-sharing'
  | 'hoarding'
  | 'position-spoofing'
  | 'devices'
  | 'other';

export interface Template {
  /** Grows with every change of its words: `en-1`, `en-2`. */
  version: string;
  dir: 'ltr' | 'rtl';
  /** What `Reviewer` is called. */
  reviewer: string;
  reasons: Readonly<Record<ReasonCode, ReasonWords>>;
  /** What no decision counts, where a notice names no ground. */
  neverCounted: string;
  notices: Readonly<Record<NoticeKind, { subject: string; paragraphs: readonly Paragraph[] }>>;
  evidence: {
    heading: string;
    sources: Readonly<Record<SourceName, string>>;
    /** By what the item is: as it was recorded, or worked out from that. */
    natures: Readonly<Record<'raw' | 'derived', string>>;
  };
}
