import { expect } from 'vitest';
import type { Case } from '#core/enforcement/case.ts';
import { verifyAudit } from '#core/evidence/audit/verify.ts';
import { dayMs, type EnforcementTestWorld, people, type Stored } from './enforcement.ts';
import { type Decision, decisionsIn, driver, type Memory } from './enforcement-moves.ts';

/** What must be so after every move, by what is in the tables and what was answered. */

/** Of the profile of the test’s station. */
const days = { notice: 14 * dayMs, strike: 90 * dayMs, grace: dayMs };
const collecting = ['review', 'securing', 'proposed', 'notice'];
const byClock = {
  stopped: 'case.stopped',
  offboarded: 'case.offboarded',
  closed: 'case.closed',
  lapsed: 'case.lapsed',
};

const of = (decisions: readonly Decision[], caseId: string | undefined, action: Decision['action']) =>
  decisions.find((each) => each.caseId === caseId && each.action === action);

/** Two people, a warning of a person that counted both times, a notice and its time, and no appeal in between. */
const expectEarned = (one: Case, { decisions, appeals, removals }: Memory, { cases, notices }: Stored) => {
  const [proposal, approval] = (['propose-offboarding', 'approve-offboarding'] as const).map((action) =>
    of(decisions, one.caseId, action),
  );
  const warning = of(decisions, one.restsOn, 'warn');
  const removedAt = one.events.find(({ what }) => what === 'case.offboarded')?.at ?? Number.NaN;
  if (!proposal || !approval || !warning) throw new Error('an account ended that people did not end');
  expect(proposal.by).not.toBe(approval.by);
  for (const { caseId, action } of [proposal, approval, warning]) {
    const event = cases.find((each) => each.caseId === caseId)?.events.find((each) => each.action === action);
    expect(event).toMatchObject({
      reasonCode: 'automated-claiming',
      rationale: expect.stringMatching(/^Why/),
    });
  }
  const wasAppealed = (caseId: string, move = Number.NaN) =>
    appeals.some(
      ({ caseId: of, from, to = Number.POSITIVE_INFINITY }) => of === caseId && from < move && move < to,
    );
  for (const { at, move } of [proposal, approval]) {
    expect(at).toBeLessThan(warning.at + days.strike);
    expect(wasAppealed(warning.caseId, move), 'rests on a warning that is appealed').toBe(false);
    const undone = of(decisions, warning.caseId, 'overturn');
    expect(move).toBeLessThan(undone?.move ?? Number.POSITIVE_INFINITY);
  }
  expect(removedAt).toBeGreaterThanOrEqual(approval.at + days.notice);
  for (const caseId of [one.caseId, warning.caseId])
    expect(wasAppealed(caseId, removals.get(one.caseId)), 'ended while an appeal was open').toBe(false);
  const told = notices.filter(({ caseId }) => caseId === one.caseId);
  expect(told).toContainEqual(expect.objectContaining({ kind: 'removal-planned', at: approval.at }));
  expect(told).toContainEqual(expect.objectContaining({ kind: 'removed', at: removedAt }));
};

/** Whoever had a part in a decision, or in one that rests on it, never answers for it; and all who decide are people. */
const expectThirdPersons = ({ cases }: Stored) => {
  for (const { caseId, deciders, events } of cases) {
    const dependents = cases.filter(({ restsOn }) => restsOn === caseId);
    for (const { by, action, at, rationale } of events) {
      if (!action) continue;
      expect(Object.keys(people)).toContain(by);
      expect(rationale).toBeTruthy();
      if (action !== 'uphold' && action !== 'overturn') continue;
      expect(deciders, 'answers for the own decision').not.toContain(by);
      const earlier = dependents.flatMap((one) => one.events.filter((event) => event.at < at));
      const others = earlier.filter((event) =>
        ['warn', 'propose-offboarding', 'approve-offboarding'].includes(event.action ?? ''),
      );
      expect(
        others.map((event) => event.by),
        'answers for what the own decision rests on',
      ).not.toContain(by);
    }
  }
};

/** Every decision once, every move of a clock, and nothing of a machine among decisions. */
const expectAudited = ({ decisions, stored: before }: Memory, after: Stored) => {
  expect(after.audit.slice(0, before.audit.length)).toEqual(before.audit);
  const fresh = after.audit.slice(before.audit.length);
  for (const { actor } of decisionsIn(after.audit)) expect(actor.kind).toBe('person');
  const lines = decisionsIn(after.audit).map(({ caseId, action, actor, at }) =>
    [Date.parse(at), caseId, action, actor.id].join(' '),
  );
  expect(new Set(lines).size).toBe(lines.length);
  const inCases = after.cases.flatMap(({ caseId, events }) =>
    events.flatMap(({ at, what, by, action }) => (action ? [[at, caseId, what, by].join(' ')] : [])),
  );
  expect(lines.toSorted()).toEqual(inCases.toSorted());
  expect(lines.length).toBeGreaterThanOrEqual(decisions.length);
  for (const { caseId, state } of after.cases) {
    const was = before.cases.find((one) => one.caseId === caseId)?.state;
    if (state === was || !(state in byClock)) continue;
    const line = fresh.filter((entry) => entry.caseId === caseId).map(({ action }) => action);
    expect(line).toContain(byClock[state as keyof typeof byClock]);
  }
};

const expectOneCaseEach = ({ cases, seen, standings }: Stored) => {
  const open = cases.filter(({ state }) => collecting.includes(state));
  expect(open.length).toBeLessThan(2);
  expect(standings[0]?.openCase).toBe(open[0]?.caseId);
  const findings = cases.flatMap(({ findings: all, caseId }) =>
    all.map(({ evidenceId }) => `${evidenceId} ${caseId}`),
  );
  expect(new Set(findings.map((each) => each.split(' ')[0])).size).toBe(findings.length);
  const kept = new Set(seen.map(({ evidenceId, caseId }) => `${evidenceId} ${caseId}`));
  expect(findings.filter((each) => !kept.has(each))).toEqual([]);
};

/** Warnings that people gave and nobody took back, each with its notice: as if the others had never been. */
const expectStrikes = ({ decisions }: Memory, { cases, standings, notices }: Stored) => {
  const overturned = new Set(cases.filter(({ state }) => state === 'overturned').map(({ caseId }) => caseId));
  const given = decisions.filter(({ action, caseId }) => action === 'warn' && !overturned.has(caseId));
  const strikes = standings[0]?.strikes ?? [];
  expect(strikes.map(({ caseId, givenAt }) => ({ caseId, givenAt }))).toEqual(
    given.map(({ caseId, at }) => ({ caseId, givenAt: at })),
  );
  for (const { noticeId, caseId, givenAt, expiresAt, appealed } of strikes) {
    expect(expiresAt - givenAt).toBe(days.strike);
    expect(notices).toContainEqual(
      expect.objectContaining({ noticeId, caseId, at: givenAt, kind: 'warning' }),
    );
    expect(appealed ?? false).toBe(cases.find((one) => one.caseId === caseId)?.appeal === 'open');
  }
};

/** Once everything that is due is done: standing, phones, blocks, friction and labels are what the cases say. */
const expectSettled = async (
  world: EnforcementTestWorld,
  memory: Memory,
  { cases, standings, audit }: Stored,
) => {
  const { clock, told } = world;
  const [standing] = standings;
  expect(cases.flatMap(({ todo }) => todo)).toEqual([]);
  expect(world.problems).toEqual([]);
  const removed = cases.find(({ state }) => state === 'offboarded' || state === 'closed');
  const state = memory.leftAt === undefined ? (removed ? 'offboarded' : 'active') : 'left';
  expect([standing?.state ?? 'active', standing?.offboardedBy]).toEqual([state, removed?.caseId]);
  const restrictedBy = await world.restrictedBy(driver);
  if (state === 'left') expect(restrictedBy).toBeTruthy();
  else expect(restrictedBy).toBe(removed?.caseId);

  const open = cases.find((one) => collecting.includes(one.state));
  const hasFriction = await world.friction(driver);
  if (open && open.state !== 'notice') expect(hasFriction, 'friction while people look').toBe(true);
  if (!open && !removed) expect(hasFriction, 'friction without a case').toBe(false);

  const late = audit.flatMap(({ action, caseId, facts }) =>
    action === 'clock.missed' ? [`${facts.clock} of ${caseId}`] : [],
  );
  expect(late.toSorted()).toEqual([...memory.late].toSorted());

  for (const { findings, state: is } of cases)
    for (const { evidenceId } of findings) {
      const words = told.filter(
        ({ type, detail }) => type === 'review-verdict' && detail.evidenceId === evidenceId,
      );
      const last = words
        .sort((a, b) => String(a.detail.decidedAt).localeCompare(String(b.detail.decidedAt)))
        .at(-1);
      if (is === 'overturned') expect(last?.detail.verdict).toBe('dismissed');
    }

  const owed = new Set(
    cases.flatMap(({ released }) =>
      released.flatMap(({ blockId, outcome }) => (outcome === 'owed' ? [blockId] : [])),
    ),
  );
  for (const { blockId, startsAt } of memory.blocks.filter((each) => memory.booked.has(each.blockId))) {
    const { owner } = await world.market.read(blockId);
    const endedAt = memory.leftAt ?? removed?.events.find(({ what }) => what === 'case.offboarded')?.at;
    if (endedAt !== undefined && startsAt > endedAt) expect(owner).not.toBe(driver);
    else if (startsAt > clock.at && !owed.has(blockId)) expect(owner).toBe(driver);
  }
};

/** Accounts that ended, and appeals that are answered or of what is no more. */
const noteEnds = ({ appeals, removals, moves }: Memory, { cases }: Stored): void => {
  for (const { caseId, state } of cases)
    if (state === 'offboarded' && !removals.has(caseId)) removals.set(caseId, moves);
  for (const appeal of appeals)
    if (cases.find(({ caseId }) => caseId === appeal.caseId)?.appeal !== 'open') appeal.to ??= moves;
};

/** Looks at everything, and remembers what is there. */
export const expectInvariants = async (world: EnforcementTestWorld, memory: Memory): Promise<void> => {
  const stored = await world.stored();
  noteEnds(memory, stored);
  for (const one of stored.cases)
    if (one.state === 'offboarded' || one.state === 'closed') expectEarned(one, memory, stored);
  const by = await world.restrictedBy(driver);
  if (by === 'left') expect(memory.leftAt).toBeDefined();
  else if (by)
    expect(stored.cases.find(({ caseId }) => caseId === by)?.events.map(({ what }) => what)).toContain(
      'case.offboarded',
    );
  expectStrikes(memory, stored);
  expectThirdPersons(stored);
  expectAudited(memory, stored);
  expectOneCaseEach(stored);
  for (const { appeal, state } of stored.cases)
    if (appeal === 'open')
      expect(['observing', 'stopped', 'repeated', 'notice', 'offboarded', 'closed']).toContain(state);
  if (memory.isSwept) await expectSettled(world, memory, stored);
  memory.stored = stored;
};

export const expectChain = async ({ audit }: Stored): Promise<void> => {
  expect(await verifyAudit(audit, { first: 1 })).toMatchObject(
    audit.length === 0 ? { status: 'broken' } : { status: 'verified', entries: audit.length },
  );
};
