import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DecisionAction } from '#contract/enforcement.ts';
import { anEnforcementWorld, dayMs, type Person } from '#test/support/enforcement.ts';
import { histories } from '#test/support/enforcement-histories.ts';
import { expectChain, expectInvariants } from '#test/support/enforcement-invariants.ts';
import { blank, driver, type Move, play } from '#test/support/enforcement-moves.ts';
import { type Engine, startEngine } from '#test/support/engine.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await startEngine();
});
afterAll(() => engine.stop());

/** Plays it in a world of its own and looks at everything after every move. */
const live = async (history: readonly Move[]) => {
  const world = await anEnforcementWorld(engine);
  await world.market.enrol(driver);
  const memory = blank();
  for (const move of history) {
    await play(world, memory, move);
    await expectInvariants(world, memory);
  }
  await expectChain(memory.stored);
  return memory.stored;
};

const find = (name: number): Move => ({ do: 'find', kind: 'bot-suspected', name, endedHoursAgo: 0 });
/** On the latest case, or on one of those before. */
const decide = (action: DecisionAction, by: Person, which = 0): Move => ({ do: 'decide', which, action, by });
const days = (count: number, isSwept = true): Move => ({ do: 'wait', ms: count * dayMs, isSwept });
const appeal = (which: number): Move => ({ do: 'appeal', which, isForeign: false });
const warned = [find(1), decide('warn', 'analyst'), days(20)];
const proposed = [...warned, find(2), decide('propose-offboarding', 'analyst2')];
const noticed = [...proposed, decide('approve-offboarding', 'approver')];
const removed = [...noticed, days(14)];

describe('what is true of cases', () => {
  it('is true in whatever order whatever happens', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(histories, async (history) => {
        await live(history);
      }),
      // On a machine with much to do it is fewer.
      { numRuns: 50, interruptAfterTimeLimit: 25_000 },
    );
  });

  it.each<[string, readonly Move[], object]>([
    [
      'a removal waits for the appeal of the warning that it rests on',
      [...noticed, appeal(1), days(15)],
      { state: 'notice', appeal: 'none' },
    ],
    [
      'and takes place when the warning was upheld',
      [...noticed, appeal(1), days(15), decide('uphold', 'approver2', 1), days(1)],
      { state: 'offboarded', appeal: 'none' },
    ],
    [
      'nobody who had a part in a removal takes back the warning that it rests on',
      [...noticed, decide('overturn', 'analyst2', 1), decide('overturn', 'approver', 1), days(1)],
      { state: 'notice' },
    ],
    [
      'an appeal of a removal that is off waits for nobody',
      [...noticed, appeal(0), decide('overturn', 'approver2', 1), days(20)],
      { state: 'lapsed', appeal: 'none' },
    ],
    [
      'a decision that came too late is one that was late',
      [find(1), days(8, false), decide('warn', 'analyst'), days(1)],
      { state: 'observing' },
    ],
    [
      'an approval that was late is so also when its ground went first',
      [...proposed, days(8, false), decide('overturn', 'approver2', 1), days(1)],
      { state: 'lapsed' },
    ],
    [
      'a review that was late is so also when its driver is helped first',
      [
        ...[find(1), days(8, false)],
        { do: 'find', kind: 'credentials-shared', name: 2, endedHoursAgo: 0 },
        days(1),
      ],
      { state: 'securing' },
    ],
    [
      'friction of a case stays when an earlier one is overturned',
      [...warned, find(2), days(1), decide('overturn', 'analyst2', 1), days(1)],
      { state: 'review' },
    ],
    [
      'who leaves after a removal stays away when it is overturned',
      [{ do: 'book', inHours: 960 }, ...removed, { do: 'leave' }, decide('overturn', 'approver2'), days(1)],
      { state: 'overturned' },
    ],
  ])('%s', async (_, history, last) => {
    expect((await live(history)).cases.at(-1)).toMatchObject(last);
  });
});
