import { createHash } from 'node:crypto';
import type { EvidenceItem, NoticeKind, ReasonCode } from '#contract/enforcement.ts';

/** What a notice tells of. Times in milliseconds since the epoch, money in minor units. */
export interface NoticeFacts {
  kind: NoticeKind;
  /** The ground, where there is one. */
  reasonCode?: ReasonCode;
  at: number;
  /** IANA name of the zone that dates are written in. */
  timeZone: string;
  /** What was seen, as far as the driver is told; `phones` by nickname. */
  seen?: { from: number; to: number; events?: number; days?: number; phones: readonly string[] };
  /** Pseudonyms of the people who decided, such as `Reviewer K7Q2`. */
  reviewers: readonly string[];
  effectiveAt?: number;
  appealUntil?: number;
  /** How long an answer to an appeal may take. */
  answerDays?: number;
  answerBy?: number;
  /** From then on the warning counts for nothing. */
  expiresAt?: number;
  priorWarningAt?: number;
  bookedBlocks?: number;
  restoredBlocks?: number;
  owed?: readonly { amount: number; currency: string }[];
  /** Where a person can be reached. */
  contact: string;
  /** All that the decision rests on; what the driver may not see is left out of the text. */
  evidence: readonly EvidenceItem[];
}

/** RFC 4648, section 6. */
const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const pseudonymLength = 4;

/**
 * What a driver can call a reviewer by: the same within a case, another one in every other case. Four characters tell the
 * few people of one case apart.
 */
export const pseudonymOf = (accountId: string, caseId: string): string => {
  const digest = createHash('sha256')
    .update(JSON.stringify(['reviewer', accountId, caseId]))
    .digest();
  const letters = [...digest.subarray(0, pseudonymLength)].map((byte) => base32[byte % base32.length]);
  return `Reviewer ${letters.join('')}`;
};
