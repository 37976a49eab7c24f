import fc from 'fast-check';
import type { CaseKind, DecisionAction } from '#contract/enforcement.ts';
import { dayMs, minuteMs, type Person, people } from './enforcement.ts';
import type { Move } from './enforcement-moves.ts';

/** What may happen to a driver, in any order and any number. */

const which = fc.nat(2);
const person = fc.constantFrom(...(Object.keys(people) as Person[]));
const decision = (action: DecisionAction, by: fc.Arbitrary<Person> = person): fc.Arbitrary<Move> =>
  fc.record({ do: fc.constant('decide' as const), which: fc.constant(0), action: fc.constant(action), by });
const wait = (least: number, most: number): fc.Arbitrary<Move> =>
  fc.record({
    do: fc.constant('wait' as const),
    ms: fc.integer({ min: least, max: most }),
    isSwept: fc.boolean(),
  });

const finding: fc.Arbitrary<Move> = fc.record({
  do: fc.constant('find' as const),
  kind: fc.constantFrom<CaseKind>('bot-suspected', 'bot-suspected', 'bot-suspected', 'credentials-shared'),
  name: fc.nat(99),
  endedHoursAgo: fc.constantFrom(0, 0, 0, 200 * 24),
});
const appeal: fc.Arbitrary<Move> = fc.record({
  do: fc.constantFrom('appeal' as const, 'appeal' as const, 'respond' as const),
  which: fc.nat(3),
  isForeign: fc.constantFrom(false, false, false, true),
});
const booking: fc.Arbitrary<Move> = fc.record({
  do: fc.constant('book' as const),
  inHours: fc.integer({ min: 1, max: 800 }),
});
const answer: fc.Arbitrary<Move> = fc.record({
  ...{ do: fc.constant('decide' as const), which, by: person },
  action: fc.constantFrom<DecisionAction>('uphold', 'overturn'),
});
const anyDecision: fc.Arbitrary<Move> = fc.record({
  ...{ do: fc.constant('decide' as const), which, by: person },
  action: fc.constantFrom<DecisionAction>('dismiss', 'warn', 'propose-offboarding', 'approve-offboarding'),
});
const warning = decision('warn', fc.constantFrom('analyst', 'analyst2', 'approver2'));
const proposal = decision('propose-offboarding', fc.constantFrom('analyst', 'approver2'));
const approval = decision('approve-offboarding', fc.constantFrom('approver', 'approver2'));
const sweeping = fc.constant<Move>({ do: 'sweep' });
const taking: fc.Arbitrary<Move> = fc.record({ do: fc.constant('take' as const), which: fc.nat(5) });
/** Also to the millisecond at which clocks run out. */
const weeks = fc.oneof(
  wait(13 * dayMs, 16 * dayMs),
  fc.record({
    do: fc.constant('wait' as const),
    ms: fc.constantFrom(7 * dayMs, 14 * dayMs),
    isSwept: fc.boolean(),
  }),
);
const moments = wait(minuteMs, 2 * dayMs);

/** A removal that is on its way, and what may come in between. */
const removal: fc.Arbitrary<Move[]> = fc.tuple(
  finding,
  decision('warn', fc.constant('analyst')),
  booking,
  weeks,
  fc.oneof(finding, appeal),
  finding,
  decision('propose-offboarding', fc.constantFrom('analyst', 'analyst2', 'approver2')),
  decision('approve-offboarding', fc.constantFrom('approver', 'approver2')),
  fc.oneof(booking, appeal),
  fc.record({
    do: fc.constant('wait' as const),
    ms: fc.constantFrom(14 * dayMs, 16 * dayMs),
    isSwept: fc.boolean(),
  }),
);

/** What happens next: alone, or a few steps of the way to a removal, so that some get there and back. */
const phrases: fc.Arbitrary<Move[]> = fc.oneof(
  { weight: 3, arbitrary: removal },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        removal,
        fc.oneof(booking, taking, appeal),
        decision('overturn', fc.constantFrom('analyst', 'analyst2')),
      )
      .map(([way, ...rest]) => [...way, ...rest]),
  },
  { weight: 4, arbitrary: fc.tuple(finding, warning) },
  { weight: 6, arbitrary: fc.tuple(moments, finding, proposal, approval) },
  { weight: 3, arbitrary: fc.tuple(weeks, sweeping) },
  { weight: 3, arbitrary: fc.tuple(appeal, answer) },
  { weight: 3, arbitrary: fc.tuple(answer) },
  ...[
    finding,
    warning,
    proposal,
    approval,
    anyDecision,
    answer,
    appeal,
    booking,
    taking,
    moments,
    sweeping,
  ].map((arbitrary) => ({ weight: 1, arbitrary: fc.tuple(arbitrary) })),
  { weight: 1, arbitrary: fc.tuple(fc.constant<Move>({ do: 'recover' })) },
  { weight: 1, arbitrary: fc.tuple(wait(2 * dayMs, 100 * dayMs)) },
);

/** Somebody leaves once at most, and seldom. */
export const histories: fc.Arbitrary<Move[]> = fc
  .tuple(
    fc.noBias(fc.array(phrases, { maxLength: 30, size: 'max' })),
    fc.oneof({ weight: 5, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.nat(40) }),
  )
  .map(([all, leavesAt]) => {
    const moves = all.flat().slice(0, 40);
    return leavesAt === null ? moves : moves.toSpliced(leavesAt, 0, { do: 'leave' });
  });
