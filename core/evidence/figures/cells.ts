import { caseKind, reasonCode } from '#contract/enforcement.ts';
import { reasons } from '#contract/reasons.ts';
import type { Sum } from './suppression.ts';

/** What is counted in a month of the audit, as data: counting, publishing and the tests read it. */
export interface Cell {
  name: string;
  words: string;
  /** Of the audit's entries. */
  action: string;
  /** A fact that the entry must have. */
  fact?: readonly [name: string, value: string];
  /** Of a decision about an appeal: whether one was open. Told by the entries before. */
  appeal?: 'open' | 'none';
}

const kindWords = { 'bot-suspected': 'a program was suspected', 'credentials-shared': 'a shared account' };

export const cells: readonly Cell[] = [
  { name: 'cases-opened', words: 'Cases opened', action: 'case.opened' },
  ...caseKind.options.map((kind) => ({
    name: `cases-opened-${kind}`,
    words: `Cases opened: ${kindWords[kind]}`,
    action: 'case.opened',
    fact: ['kind', kind] as const,
  })),
  { name: 'cases-dismissed', words: 'Cases that a person dismissed', action: 'decision.dismiss' },
  {
    name: 'cases-lapsed',
    words: 'Cases that ended because nobody decided in time',
    action: 'case.lapsed',
    fact: ['cause', 'time'],
  },
  {
    name: 'cases-without-warning',
    words: 'Removals that ended because their warning was taken back',
    action: 'case.lapsed',
    fact: ['cause', 'warning-gone'],
  },
  {
    name: 'cases-left',
    words: 'Cases that ended because the driver left',
    action: 'case.lapsed',
    fact: ['cause', 'left'],
  },
  { name: 'accounts-secured', words: 'Accounts that their drivers took back', action: 'case.secured' },
  { name: 'warnings', words: 'Warnings', action: 'decision.warn' },
  ...reasonCode.options.map((code) => ({
    name: `warnings-${code}`,
    words: `Warnings: ${reasons[code].title.toLowerCase()}`,
    action: 'decision.warn',
    fact: ['reasonCode', code] as const,
  })),
  { name: 'warned-stopped', words: 'Warned, and it stopped', action: 'case.stopped' },
  { name: 'warned-repeated', words: 'Warned, and found again', action: 'case.repeated' },
  { name: 'removals-proposed', words: 'Removals proposed', action: 'decision.propose' },
  { name: 'removals-approved', words: 'Removals approved by a second person', action: 'decision.approve' },
  { name: 'accounts-removed', words: 'Accounts removed', action: 'case.offboarded' },
  { name: 'appeals-filed', words: 'Appeals filed', action: 'appeal.filed' },
  { name: 'appeals-upheld', words: 'Appeals answered: the decision stood', action: 'decision.uphold' },
  {
    name: 'appeals-overturned',
    words: 'Appeals answered: the decision was taken back',
    action: 'decision.overturn',
    appeal: 'open',
  },
  {
    name: 'overturned-unasked',
    words: 'Decisions taken back without an appeal',
    action: 'decision.overturn',
    appeal: 'none',
  },
  { name: 'clocks-missed', words: 'Deadlines of ours that we missed', action: 'clock.missed' },
  { name: 'notices-sent', words: 'Notices sent', action: 'notice.sent' },
  { name: 'notices-failed', words: 'Notices that could not be sent', action: 'notice.failed' },
  { name: 'accounts-left', words: 'Drivers who left of their own accord', action: 'account.left' },
  { name: 'cases-read', words: 'Looks at a case by staff', action: 'case.read' },
];

/** Of the cells above, and none of them twice. */
export const sums: readonly Sum[] = [
  { total: 'cases-opened', parts: caseKind.options.map((kind) => `cases-opened-${kind}`) },
  { total: 'warnings', parts: reasonCode.options.map((code) => `warnings-${code}`) },
];
