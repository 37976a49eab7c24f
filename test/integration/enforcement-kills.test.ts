import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decideCase } from '#core/enforcement/decide-case.ts';
import type { EnforcementDeps } from '#core/enforcement/enforcement-deps.ts';
import { openCase } from '#core/enforcement/open-case.ts';
import { foundOf } from '#local/enforcement-world/findings.ts';
import {
  anEnforcementWorld,
  dayMs,
  type EnforcementTestWorld,
  minuteMs,
  type Person,
  people,
  type Wires,
} from '#test/support/enforcement.ts';
import { type Engine, startEngine } from '#test/support/engine.ts';
import { dyingAt, inTurns, losing, pausingAt } from '#test/support/processes.ts';
import { copyItems, deleteItems, itemsOf } from '#test/support/table-copies.ts';

const driver = 'driver';

let engine: Engine;
let world: EnforcementTestWorld;
let removal: string;
let blocks: string[];
let rounds = 0;

const decide = (
  action: 'warn' | 'propose-offboarding' | 'approve-offboarding' | 'overturn',
  by: Person,
  deps = world.deps,
  caseId = removal,
) =>
  decideCase(deps, {
    ...{ caseId, action, reviewer: people[by], rationale: `Why ${by} says ${action}.` },
    ...((action === 'warn' || action === 'propose-offboarding') && {
      reasonCode: 'automated-claiming' as const,
    }),
  });
const find = async (name: string): Promise<string> => {
  const outcome = await openCase(
    world.deps,
    foundOf(driver, { name, until: world.clock.at }, world.clock.at),
  );
  if (outcome.status !== 'opened') throw new Error(outcome.status);
  return outcome.caseId;
};

/** Everything there is at some time, to begin from again and again: each time a moment later, or requests were repeated. */
const remember = async () => {
  const at = world.clock.at;
  const tables = Object.values(world.tables);
  const items = await Promise.all(tables.map((table) => itemsOf(engine, table)));
  const told = [...world.told];
  const mails = [...world.mails];
  return async () => {
    for (const [index, table] of tables.entries()) {
      await deleteItems(engine, table);
      await copyItems(engine, table, items[index] ?? []);
    }
    rounds += 1;
    world.clock.at = at + rounds;
    world.told.splice(0, Number.POSITIVE_INFINITY, ...told);
    world.mails.splice(0, Number.POSITIVE_INFINITY, ...mails);
    world.problems.length = 0;
  };
};
let removedNow: () => Promise<void>;
let removedLongAgo: () => Promise<void>;

beforeAll(async () => {
  engine = await startEngine();
  world = await anEnforcementWorld(engine);
  await world.market.enrol(driver);
  const { clock, market } = world;
  const published = await market.publish(...[40, 41, 50].map((days) => clock.at + days * dayMs));
  blocks = published.map(({ blockId }) => blockId);
  for (const blockId of blocks) expect(await market.claim(driver, blockId)).toBe('claimed');
  await decide('warn', 'analyst', world.deps, await find('first'));
  clock.at += 20 * dayMs;
  await world.settle();
  removal = await find('second');
  await decide('propose-offboarding', 'analyst');
  await decide('approve-offboarding', 'approver');
  await world.settle();
  clock.at += 14 * dayMs;
  removedNow = await remember();
  await world.settle();
  removedLongAgo = await remember();
});
afterAll(() => engine.stop());

const isWrite = (name: string) => !/^(Get|Query|BatchGet)/.test(name);

/** Where everything stands: not when it came so, nor how often it was written. */
const stand = async () => {
  const { cases, standings, notices, audit } = await world.stored();
  const owners = await Promise.all(blocks.map(async (blockId) => (await world.market.read(blockId)).owner));
  const told = world.told.map(({ type, detail: { at: _, decidedAt: __, ...detail } }) =>
    JSON.stringify({ type, ...detail }),
  );
  return {
    cases: cases.map(({ caseId, state, appeal, todo, events, released }) => ({
      ...{ caseId, state, appeal, todo },
      events: events.map(({ what, by }) => `${what} by ${by}`),
      released: released.map(({ blockId, outcome }) => [blockId, outcome]),
    })),
    standing: standings.map(({ state, offboardedBy, openCase: open, strikes }) => ({
      state,
      offboardedBy,
      open,
      strikes,
    })),
    notices: notices.map(({ kind, delivery }) => `${kind} is ${delivery}`),
    audit: audit.map(({ action }) => action).toSorted(),
    phones: [await world.restrictedBy(driver), await world.friction(driver)],
    owners,
    // May be told twice, and says the same then.
    told: [...new Set(told)].toSorted(),
  };
};
const endAndReopen = () => world.told.filter(({ type }) => type.startsWith('account.'));
/** By the later of the two, as whoever erases does. */
const lastWord = () =>
  endAndReopen()
    .toSorted((a, b) => String(a.detail.at).localeCompare(String(b.detail.at)))
    .at(-1)?.type;
const subjects = () => world.mails.map(({ subject }) => subject);

/** What a removal must have come to. */
const expectRemoved = async () => {
  expect(await world.restrictedBy(driver)).toBe(removal);
  expect(lastWord()).toBe('account.closed');
};
/** As if there had never been a removal, but for the audit. */
const expectNothingHappened = async () => {
  const { standing, phones, owners, cases } = await stand();
  expect(standing).toMatchObject([{ state: 'active', offboardedBy: undefined, strikes: [{}] }]);
  expect([phones, owners]).toEqual([[undefined, false], blocks.map(() => driver)]);
  expect(cases.find(({ caseId }) => caseId === removal)).toMatchObject({ state: 'overturned', todo: [] });
  const closed = endAndReopen().some(({ type }) => type === 'account.closed');
  if (closed) expect(lastWord()).toBe('account.reopened');
  const words = world.told
    .filter(({ type }) => type === 'review-verdict')
    .toSorted((a, b) => String(a.detail.decidedAt).localeCompare(String(b.detail.decidedAt)));
  expect(words.at(-1)?.detail.verdict).toBe('dismissed');
};

const removing = async (deps: EnforcementDeps) => {
  await world.sweep(deps);
};
const overturning = async (deps: EnforcementDeps) => {
  const { state } = (await world.deps.cases.read(removal)) ?? {};
  if (state !== 'overturned') await decide('overturn', 'analyst2', deps);
  world.clock.at += 2 * minuteMs;
  await world.sweep(deps);
};

describe.each([
  ['a removal', removing, () => removedNow(), expectRemoved],
  ['an overturning', overturning, () => removedLongAgo(), expectNothingHappened],
] as const)('%s whose process is killed', (_, work, beginAgain, expectDone) => {
  it('at any call ends the same', { timeout: 120_000 }, async () => {
    await beginAgain();
    const counted = dyingAt();
    await work(world.process(counted));
    await world.settle();
    expect(world.problems).toEqual([]);
    await expectDone();
    const end = await stand();
    const mailed = subjects();
    const calls = counted.state.sent;
    const repeated: string[] = [];
    for (const [index, name] of calls.entries()) {
      // A process leaves behind what it wrote: who dies after a write or before the next one has done the same.
      if (!isWrite(name)) continue;
      await beginAgain();
      const fault = dyingAt(index + 1);
      const where = `before call ${index + 1} of ${calls.length}, ${name}`;
      await work(world.process(fault)).catch(() => {});
      expect(fault.state.failed, where).toBe(true);
      world.clock.at += 2 * minuteMs;
      await work(world.deps);
      await world.settle();
      expect(await stand(), where).toEqual(end);
      await expectDone();
      expect([...new Set(subjects())], where).toEqual([...new Set(mailed)]);
      if (world.mails.length > mailed.length) repeated.push(`${calls[index - 1]} ${name}`);
    }
    // Between a mail and the note that it was sent nobody can tell whether it was.
    expect(repeated).toEqual(['Mail PutItemCommand']);
  });
});

describe('sweepers that work at the same time', () => {
  it.each([
    ['a removal', () => removedNow(), expectRemoved],
    [
      'an overturning',
      async () => {
        await removedLongAgo();
        await decide('overturn', 'analyst2');
        world.clock.at += 2 * minuteMs;
      },
      expectNothingHappened,
    ],
  ] as const)('do %s once, in whatever order their calls arrive', async (_, begin, expectDone) => {
    await begin();
    await world.settle();
    const end = await stand();
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(fc.nat()), async (chances) => {
        await begin();
        const wrap = inTurns(chances);
        const withoutMail: Wires['wrap'] = (client) => wrap(losing(client, 'Mail'));
        await Promise.all([wrap, withoutMail].map((each) => world.sweep(world.process({ wrap: each }))));
        await world.settle();
        expect(await stand()).toEqual(end);
        await expectDone();
      }),
      { numRuns: 10 },
    );
  });
});

describe('a removal that is overturned while a slow process is in the middle of it', () => {
  it('leaves nothing behind, wherever the process was', { timeout: 120_000 }, async () => {
    await removedNow();
    const counted = dyingAt();
    await removing(world.process(counted));
    const calls = counted.state.sent;
    for (const [index, name] of calls.entries()) {
      // With all that it has read, or before it reads again.
      if (index === 0 || !(isWrite(name) || isWrite(calls[index - 1] ?? ''))) continue;
      await removedNow();
      const { wrap, arrived, goOn } = pausingAt(index + 1);
      const slow = removing(world.process({ wrap }));
      await arrived;
      world.clock.at += minuteMs;
      await overturning(world.deps);
      await world.settle();
      goOn();
      await slow;
      await world.settle();
      await expectNothingHappened();
    }
  });
});
