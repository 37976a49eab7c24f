import type {
  AppealState,
  CaseKind,
  CaseState,
  DecisionAction,
  EvidenceItem,
  NoticeKind,
  NoticeLocale,
  ReasonCode,
} from '#contract/enforcement.ts';
import type { ReleasedBlock as TakenBlock } from '#core/offers/take-back-blocks.ts';

/** Times in milliseconds since the epoch. */

/** What happened to a case, and who did it: `machine`, `driver`, or the account of a person. */
export interface CaseEvent {
  at: number;
  what: string;
  by: string;
  action?: DecisionAction;
  reasonCode?: ReasonCode;
  rationale?: string;
  /** Evidence that was relied on. */
  cited?: readonly string[];
  noticeId?: string;
  /** What the driver wrote. */
  text?: string;
}

/** A block that was taken back when an account ended, and what became of it. */
export interface ReleasedBlock extends TakenBlock {
  /** After an overturning: the driver has it again, or is owed for it. */
  outcome?: 'restored' | 'owed';
}

/**
 * What a decision sets off outside of the case's own table: done in this order, each at least once and harmless when
 * repeated, by whoever comes first: the workflow, the decision itself or the sweeper.
 */
export type Step =
  | { step: 'start-workflow' }
  /** Wakes the workflow up if it waits. */
  | { step: 'signal' }
  | { step: 'friction-on'; until: number }
  | { step: 'friction-off' }
  | { step: 'send-notice'; noticeId: string }
  /** The word of a person on the findings of the case: the label that training takes. */
  | { step: 'label'; verdict: 'confirmed' | 'dismissed'; reviewer: string; rationale: string; at: number }
  /** Of who signed in before. */
  | { step: 'end-sessions'; at: number }
  | { step: 'restrict' }
  | { step: 'lift' }
  /** `noted`: what is to be taken back stands in the case. */
  | { step: 'release-blocks'; after: number; noted?: true }
  | { step: 'restore-blocks' }
  /** When it was decided: an end that is told after it was taken back is none. */
  | { step: 'close-account'; at: number }
  | { step: 'reopen-account'; at: number }
  /** Looks again at a case that rests on a warning that is gone. */
  | { step: 'reconsider'; caseId: string; reviewer: string; rationale: string };
export type StepName = Step['step'];

export interface Case {
  caseId: string;
  driverId: string;
  kind: CaseKind;
  state: CaseState;
  appeal: AppealState;
  /** Grows with every write; 0 before the first. */
  version: number;
  jurisdiction: string;
  stationId?: string;
  openedAt: number;
  openedBy: string;
  /** Findings, the first first, with the release that each is of. */
  findings: readonly { evidenceId: string; release: string }[];
  evidence: readonly EvidenceItem[];
  /** The warning that this case repeats. */
  restsOn?: string;
  /** The clock of the state; none where nothing happens by itself. */
  stateDueAt?: number;
  /** After a removal: when to look once more for blocks, since functions hear of it within a minute only. */
  againAt?: number;
  /** Until when a decision can be appealed, and by when an appeal is answered. */
  appealUntil?: number;
  answerBy?: number;
  /** When the driver wrote something that nobody has looked at yet. */
  unreadSince?: number;
  /** Clocks that ran out unanswered, so that each is told once. */
  missed: readonly string[];
  /** Who warned, proposed and approved: none of them hears the appeal. */
  deciders: readonly string[];
  events: readonly CaseEvent[];
  todo: readonly Step[];
  /** Where the workflow waits. */
  waiting?: { state: CaseState; token: string };
  notices: readonly { noticeId: string; at: number }[];
  released: readonly ReleasedBlock[];
  /** Of the last write: rows that find the case are named after it. */
  writtenAt?: number;
}

/** A warning as it counts. */
export interface Strike {
  caseId: string;
  noticeId: string;
  reasonCode: ReasonCode;
  givenAt: number;
  expiresAt: number;
  /** While its appeal is open nothing may be built on it. */
  appealed?: true;
}

/** What is known about how a driver stands: changed as one, so that every rule about it is one condition on its version. */
export interface Standing {
  driverId: string;
  version: number;
  state: 'active' | 'offboarded' | 'leaving' | 'left';
  /** The case that removed the account. */
  offboardedBy?: string;
  /** The case that collects what is found now; one at most. */
  openCase?: string;
  strikes: readonly Strike[];
  /** When the driver was helped as a victim: the first time is help, never a strike. */
  helpedAt: readonly number[];
  /** What was found before a person last decided was known to that person, and opens nothing. */
  decidedAt?: number;
  leftAt?: number;
  /** Of the blocks that were given back when the driver left. */
  releasedBlocks?: number;
  /** Every case, oldest first. */
  cases: readonly string[];
}

/** A notice as it is stored and sent, with all that the decision relied on. */
export interface Notice extends RenderedNotice {
  noticeId: string;
  caseId: string;
  driverId: string;
  kind: NoticeKind;
  at: number;
  /** How long it is kept. */
  jurisdiction: string;
  evidence: readonly EvidenceItem[];
  delivery: 'pending' | 'sent' | 'no-address' | 'failed';
  /** Tries of the mail service so far. */
  tries: number;
}

export interface RenderedNotice {
  locale: NoticeLocale;
  dir: 'ltr' | 'rtl';
  templateVersion: string;
  subject: string;
  text: string;
}

export const newStanding = (driverId: string): Standing => ({
  driverId,
  version: 0,
  state: 'active',
  strikes: [],
  helpedAt: [],
  cases: [],
});

/** Expiry is checked when reading: a strike that is over counts for nothing, whoever has swept. */
export const strikesThatCount = ({ strikes }: Standing, now: number): Strike[] =>
  strikes.filter(({ expiresAt }) => expiresAt > now);

/** What a removal may rest on. */
export const soundStrikes = (standing: Standing, now: number): Strike[] =>
  strikesThatCount(standing, now).filter(({ appealed }) => !appealed);
