import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Ground, startGround } from '#local/enforcement-world/ground.ts';
import { dayMs, type EnforcementWorld, openWorld } from '#local/enforcement-world.ts';
import {
  audited,
  daysSince,
  hourMs,
  labels,
  mailed,
  minutesLater,
  noticed,
  offboarded,
  proposed,
  proposer,
  suspected,
  toldOf,
  warned,
} from '#test/support/enforcement-paths.ts';

let ground: Ground;
beforeAll(async () => {
  ground = await startGround();
});
afterAll(() => ground.stop());

const worlds: EnforcementWorld[] = [];
const driver = 'driver';
/** A driver with a phone, on a Monday morning. */
const aWorld = async (options?: Parameters<typeof openWorld>[1]) => {
  const world = await openWorld(ground, options);
  worlds.push(world);
  await world.market.enrol(driver);
  return world;
};
afterEach(async () => {
  // Nothing of what was tried had to be left for later.
  for (const world of worlds.splice(0)) {
    expect(world.problems).toEqual([]);
    await world.stop();
  }
});

const theWarning = ['case.opened', 'decision.warn', 'notice.sent'];
const theRemoval = ['case.opened', 'case.repeated', 'decision.propose', 'decision.approve', 'notice.sent'];
const removed = [...theWarning, ...theRemoval, 'case.offboarded', 'notice.sent'];

describe('a case', () => {
  it('that a person dismisses leaves nothing behind but a label', async () => {
    const world = await aWorld();
    const caseId = await suspected(world, driver, 'first');
    expect([await world.hasFriction(driver), await world.workflowOf(caseId)]).toEqual([true, 'RUNNING']);
    await world.advance(3);
    expect(await world.decide(caseId, 'analyst', 'dismiss')).toMatchObject({ status: 'decided' });
    expect((await world.case(caseId)).state).toBe('dismissed');
    expect([await world.hasFriction(driver), await world.workflowOf(caseId)]).toEqual([false, 'SUCCEEDED']);
    expect(await world.standing(driver)).toMatchObject({ state: 'active', strikes: [] });
    expect([await mailed(world, driver), labels(world)]).toEqual([[], ['dismissed']]);
    expect(await audited(world, driver)).toEqual(['case.opened', 'decision.dismiss']);
  });

  it('with a warning ends by itself after 90 quiet days, and so does the strike; the next one starts anew', async () => {
    const world = await aWorld();
    const started = world.now();
    const first = await warned(world, driver);
    await world.advance(89);
    expect([(await world.case(first)).state, await world.workflowOf(first)]).toEqual([
      'observing',
      'RUNNING',
    ]);
    await world.advance(1);
    expect([(await world.case(first)).state, await world.workflowOf(first)]).toEqual([
      'stopped',
      'SUCCEEDED',
    ]);
    await world.advance(1);
    // Day 91: the warning counts no more, and nothing can be built on it.
    const second = await suspected(world, driver, 'second');
    expect(await world.case(second)).not.toHaveProperty('restsOn');
    expect(await world.decide(second, 'analyst', 'propose-offboarding')).toEqual({
      status: 'refused',
      code: 'warning-required',
    });
    await world.decide(second, 'analyst', 'warn');
    await world.advance(274);
    expect(daysSince(started, world.now())).toBe(365);
    expect((await world.case(second)).state).toBe('stopped');
    expect(await mailed(world, driver)).toEqual(['warning', 'warning']);
    const once = [...theWarning, 'case.stopped'];
    expect(await audited(world, driver)).toEqual([...once, ...once]);
  });

  it('of the same within the window repeats the first, which ends; the driver still works', async () => {
    const world = await aWorld();
    const first = await warned(world, driver);
    await world.advance(30);
    const second = await suspected(world, driver, 'second');
    expect((await world.case(first)).state).toBe('repeated');
    await minutesLater(world);
    expect(await world.workflowOf(first)).toBe('SUCCEEDED');
    expect(await world.case(second)).toMatchObject({ state: 'review', restsOn: first });
    const [block] = await world.market.publish(world.now() + dayMs);
    expect(await world.market.claim(driver, block?.blockId ?? '')).toBe('claimed');
    expect(await mailed(world, driver)).toEqual(['warning']);
    expect(await audited(world, driver)).toEqual([...theWarning, 'case.opened', 'case.repeated']);
  });
});

describe('a removal', () => {
  it('takes two people and 14 days of notice in which work goes on, and closes when the time to appeal is over', async () => {
    const world = await aWorld();
    const started = world.now();
    const { removal } = await proposed(world, driver);
    const alone = await world.decide(removal, proposer, 'approve-offboarding');
    expect(alone).toMatchObject({ code: 'four-eyes' });
    await world.decide(removal, 'approver', 'approve-offboarding');
    const [soon, later] = await world.market.publish(world.now() + dayMs, world.now() + 20 * dayMs);
    for (const block of [soon, later])
      expect(await world.market.claim(driver, block?.blockId ?? '')).toBe('claimed');
    await world.advance(13);
    expect([(await world.case(removal)).state, await world.restrictedBy(driver)]).toEqual([
      'notice',
      undefined,
    ]);
    await world.advance(1);
    expect([(await world.case(removal)).state, await world.restrictedBy(driver)]).toEqual([
      'offboarded',
      removal,
    ]);
    // What was worked is paid, what was to come is free for others.
    expect((await world.market.read(soon?.blockId ?? '')).owner).toBe(driver);
    expect((await world.market.read(later?.blockId ?? '')).state).toBe('waiting');
    expect(toldOf(world, driver)).toEqual(['account.closed']);
    await world.advance(90);
    expect([(await world.case(removal)).state, await world.workflowOf(removal)]).toEqual([
      'closed',
      'SUCCEEDED',
    ]);
    expect(Math.floor(daysSince(started, world.now()))).toBe(134);
    expect(await mailed(world, driver)).toEqual(['warning', 'removal-planned', 'removed']);
    expect(labels(world)).toEqual(['confirmed', 'confirmed']);
    expect(await audited(world, driver)).toEqual([...removed, 'case.closed']);
  });

  it('that is appealed waits; upheld by somebody else it goes on, a day later at the earliest', async () => {
    const world = await aWorld();
    const { removal } = await noticed(world, driver);
    await world.advance(13);
    const { noticeId } = await world.notice(driver, 'removal-planned');
    expect(await world.appeal(driver, noticeId, 'It was me, by hand.')).toMatchObject({ status: 'filed' });
    expect(await world.appeal(driver, noticeId, 'Again.')).toMatchObject({ code: 'window-closed' });
    await world.advance(7);
    expect((await world.case(removal)).state).toBe('notice');
    for (const decider of [proposer, 'approver'] as const)
      expect(await world.decide(removal, decider, 'uphold')).toMatchObject({ code: 'same-reviewer' });
    expect(await world.decide(removal, 'appeal-reviewer', 'uphold')).toMatchObject({ status: 'decided' });
    expect(await world.case(removal)).toMatchObject({ state: 'notice', appeal: 'upheld' });
    await world.advance(1);
    expect((await world.case(removal)).state).toBe('offboarded');
    expect(await mailed(world, driver)).toEqual([
      'warning',
      'removal-planned',
      'appeal-received',
      'appeal-upheld',
      'removed',
    ]);
    const answered = ['appeal.filed', 'notice.sent', 'decision.uphold', 'notice.sent'];
    expect(await audited(world, driver)).toEqual([
      ...removed.slice(0, -2),
      ...answered,
      'case.offboarded',
      'notice.sent',
    ]);
  });

  it('that is overturned is as if it had never been: blocks that are free come back, others are owed', async () => {
    const world = await aWorld();
    const { removal } = await noticed(world, driver);
    const at = world.now();
    const [free, taken] = await world.market.publish(at + 20 * dayMs, at + 21 * dayMs);
    const idOf = (block = free) => block?.blockId ?? '';
    for (const block of [free, taken]) await world.market.claim(driver, idOf(block));
    await world.advance(14);
    expect(await world.market.claim('another', idOf(taken))).toBe('claimed');
    const { noticeId } = await world.notice(driver, 'removed');
    await world.appeal(driver, noticeId, 'The accessibility switch of my phone repeats taps.');
    await world.advance(2);
    await world.decide(removal, 'appeal-reviewer', 'overturn');
    const { state, released } = await world.case(removal);
    expect([state, released.map(({ outcome }) => outcome)]).toEqual(['overturned', ['restored', 'owed']]);
    expect((await world.market.read(idOf(free))).owner).toBe(driver);
    expect((await world.market.read(idOf(taken))).owner).toBe('another');
    expect(await world.standing(driver)).toMatchObject({ state: 'active' });
    expect([await world.restrictedBy(driver), await world.hasFriction(driver)]).toEqual([undefined, false]);
    expect(toldOf(world, driver)).toEqual(['account.closed', 'account.reopened']);
    expect(labels(world)).toEqual(['confirmed', 'confirmed', 'dismissed']);
    expect(await world.workflowOf(removal)).toBe('SUCCEEDED');
    expect((await mailed(world, driver)).slice(2)).toEqual(['removed', 'appeal-received', 'overturned']);
    expect((await audited(world, driver)).slice(removed.length)).toEqual([
      ...['appeal.filed', 'notice.sent', 'decision.overturn'],
      ...['undo.done', 'notice.sent'],
    ]);
  });

  it('falls with the warning that it rests on, whoever overturns that', async () => {
    const world = await aWorld();
    const { warning, removal } = await offboarded(world, driver);
    await world.decide(warning, 'appeal-reviewer', 'overturn');
    // The workflow of the warning has ended with its window: what follows is the sweeper’s.
    await world.advance(1);
    await world.sweep();
    expect((await world.case(warning)).state).toBe('overturned');
    expect((await world.case(removal)).state).toBe('overturned');
    expect(await world.standing(driver)).toMatchObject({ state: 'active', strikes: [] });
    expect(await world.restrictedBy(driver)).toBeUndefined();
    expect(labels(world)).toEqual(['confirmed', 'confirmed', 'dismissed', 'dismissed']);
    expect((await mailed(world, driver)).slice(3)).toEqual(['overturned', 'overturned']);
    expect((await audited(world, driver)).filter((action) => action === 'decision.overturn')).toHaveLength(2);
  });

  it('that is only planned lapses with its warning, and the driver is told that it will not come', async () => {
    const world = await aWorld();
    const { warning, removal } = await noticed(world, driver);
    await world.decide(warning, 'appeal-reviewer', 'overturn');
    await minutesLater(world);
    expect([(await world.case(removal)).state, await world.workflowOf(removal)]).toEqual([
      'lapsed',
      'SUCCEEDED',
    ]);
    await world.advance(20);
    expect(await world.standing(driver)).toMatchObject({ state: 'active', strikes: [] });
    expect([await world.restrictedBy(driver), await world.hasFriction(driver)]).toEqual([undefined, false]);
    expect((await mailed(world, driver)).slice(2).sort()).toEqual(['overturned', 'removal-cancelled']);
    expect(await audited(world, driver)).not.toContain('clock.missed');
  });

  it('waits for the end of a block that runs', async () => {
    const world = await aWorld();
    const { removal } = await noticed(world, driver);
    const due = world.now() + 14 * dayMs;
    const [running] = await world.market.publish(due - hourMs);
    await world.market.claim(driver, running?.blockId ?? '');
    await world.clock.advance(due + hourMs - 1 - world.now());
    expect((await world.case(removal)).state).toBe('notice');
    await world.clock.advance(1);
    expect((await world.case(removal)).state).toBe('offboarded');
    expect((await world.market.read(running?.blockId ?? '')).owner).toBe(driver);
    expect(await mailed(world, driver)).toEqual(['warning', 'removal-planned', 'removed']);
    expect(await audited(world, driver)).toEqual([
      ...removed.slice(0, -2),
      ...['case.postponed', 'case.offboarded', 'notice.sent'],
    ]);
  });
});

describe('a driver', () => {
  it('whose account others use is helped first: sessions end, no strike; the second time a person looks', async () => {
    const world = await aWorld({ locales: { [driver]: 'ar' } });
    const outcome = await world.find(driver, { kind: 'credentials-shared', name: 'first' });
    const caseId = 'caseId' in outcome ? outcome.caseId : '';
    expect((await world.case(caseId)).state).toBe('securing');
    expect(world.signedOut).toEqual([driver]);
    expect(await world.market.devicesOf(driver)).toMatchObject({ loginsSince: world.now() });
    expect(await world.notice(driver, 'secure-account')).toMatchObject({ locale: 'ar', dir: 'rtl' });
    const before = world.now();
    await world.clock.advance(hourMs);
    // Whoever has the password since before is asked again.
    expect(await world.recover(driver, undefined, before - 1)).toMatchObject({
      code: 'recent-sign-in-required',
    });
    expect(await world.recover(driver, `phone-of-${driver}`)).toMatchObject({ status: 'recovered', caseId });
    expect([(await world.case(caseId)).state, await world.workflowOf(caseId)]).toEqual([
      'secured',
      'SUCCEEDED',
    ]);
    expect(await world.standing(driver)).toMatchObject({ state: 'active', strikes: [] });
    expect(await world.hasFriction(driver)).toBe(false);
    await world.advance(10);
    const again = await world.find(driver, { kind: 'credentials-shared', name: 'second' });
    expect('caseId' in again && (await world.case(again.caseId)).state).toBe('review');
    expect(await mailed(world, driver)).toEqual(['secure-account']);
    expect(await audited(world, driver)).toEqual([
      'case.opened',
      'notice.sent',
      'case.secured',
      'case.opened',
    ]);
  });

  it('who leaves in the middle of a notice ends the case; what is found later opens none', async () => {
    const world = await aWorld();
    const { removal } = await noticed(world, driver);
    const [block] = await world.market.publish(world.now() + 5 * dayMs);
    await world.market.claim(driver, block?.blockId ?? '');
    expect(await world.leave(driver)).toMatchObject({ status: 'left', releasedBlocks: 1 });
    expect([(await world.case(removal)).state, await world.workflowOf(removal)]).toEqual([
      'lapsed',
      'SUCCEEDED',
    ]);
    expect(await world.standing(driver)).toMatchObject({ state: 'left' });
    expect(await world.restrictedBy(driver)).toBe('left');
    expect((await world.market.read(block?.blockId ?? '')).state).toBe('waiting');
    await world.advance(20);
    expect(await world.find(driver, { name: 'third' })).toEqual({ status: 'late' });
    expect(toldOf(world, driver)).toEqual(['account.closed']);
    expect(await mailed(world, driver)).toEqual(['warning', 'removal-planned']);
    expect((await audited(world, driver)).slice(-2)).toEqual(['case.lapsed', 'account.left']);
  });
});
