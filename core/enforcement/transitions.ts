import type { AppealState, CaseState, DecisionAction } from '#contract/enforcement.ts';

/** Who moves a case. Nothing that a clock or an event does restricts anybody beyond what two people decided before. */
export type Mover = 'event' | 'clock' | 'driver' | 'person' | 'approver' | 'third-person';

/**
 * How a case moves. Conditions on writes, answers of the API, the workflow's choices, the tests and the diagram in
 * docs/enforcement.md derive from it.
 */
export const caseTransitions = {
  /** Nothing that bears a decision, or a mistake. Nothing is held against the driver. */
  dismiss: { from: ['review', 'securing', 'proposed'], to: 'dismissed', by: 'person' },
  /** Notice and strike; the observation window begins. */
  warn: { from: ['review'], to: 'observing', by: 'person' },
  /** Needs an earlier warning that counts. */
  propose: { from: ['review'], to: 'proposed', by: 'person' },
  /** Starts the notice period; work goes on. */
  approve: { from: ['proposed'], to: 'notice', by: 'approver' },
  /** Another case was opened within the window. */
  repeat: { from: ['observing'], to: 'repeated', by: 'event' },
  stop: { from: ['observing'], to: 'stopped', by: 'clock' },
  /** What two people decided takes effect, when the notice period is over and no appeal is open. */
  offboard: { from: ['notice'], to: 'offboarded', by: 'clock' },
  /** The time to appeal is over. */
  close: { from: ['offboarded'], to: 'closed', by: 'clock' },
  /** Nobody decided in time, or the warning that it rested on is gone. */
  lapse: { from: ['review', 'securing', 'proposed', 'notice'], to: 'lapsed', by: 'clock' },
  /** Somebody else had the account: its driver is helped before anybody is judged. */
  help: { from: ['review', 'proposed', 'notice'], to: 'securing', by: 'event' },
  /** The driver has the account back. */
  secure: { from: ['securing'], to: 'secured', by: 'driver' },
  overturn: {
    from: ['observing', 'stopped', 'repeated', 'notice', 'offboarded', 'closed'],
    to: 'overturned',
    by: 'third-person',
  },
} as const satisfies Record<string, { from: readonly CaseState[]; to: CaseState; by: Mover }>;
export type CaseMove = keyof typeof caseTransitions;

/** How an appeal moves, beside its case: while one is open, no clock takes anything away. */
export const appealTransitions = {
  file: { from: ['none'], to: 'open', by: 'driver' },
  uphold: { from: ['open'], to: 'upheld', by: 'third-person' },
  /** Also of one's own accord, without an appeal. */
  overturn: { from: ['none', 'open', 'upheld'], to: 'overturned', by: 'third-person' },
} as const satisfies Record<string, { from: readonly AppealState[]; to: AppealState; by: Mover }>;

/** States whose decision can be appealed and overturned. */
export const appealable: readonly CaseState[] = caseTransitions.overturn.from;

export const may = (move: CaseMove, state: CaseState): boolean =>
  (caseTransitions[move].from as readonly CaseState[]).includes(state);

/** Where nothing moves any more, but for an overturning. */
export const isOver = (state: CaseState): boolean =>
  (Object.keys(caseTransitions) as CaseMove[]).every((move) => move === 'overturn' || !may(move, state));

/** The move that a person's decision makes; `uphold` moves the appeal alone. */
export const moveOf = {
  dismiss: 'dismiss',
  warn: 'warn',
  'propose-offboarding': 'propose',
  'approve-offboarding': 'approve',
  overturn: 'overturn',
} as const satisfies Record<Exclude<DecisionAction, 'uphold'>, CaseMove>;

/** What can be decided about a case now; a removal only where a warning counts. */
export const actionsOf = (state: CaseState, appeal: AppealState, isWarned: boolean): DecisionAction[] => [
  ...(Object.keys(moveOf) as (keyof typeof moveOf)[]).filter(
    (action) =>
      may(moveOf[action], state) &&
      (isWarned || (action !== 'propose-offboarding' && action !== 'approve-offboarding')),
  ),
  ...(appeal === 'open' ? (['uphold'] as const) : []),
];
