import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Ground, startGround } from '#local/enforcement-world/ground.ts';
import { dayMs, type EnforcementWorld, openWorld } from '#local/enforcement-world.ts';
import {
  audited,
  mailed,
  noticed,
  proposed,
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
const aWorld = async () => {
  const world = await openWorld(ground);
  worlds.push(world);
  await world.market.enrol(driver);
  return world;
};
afterEach(() => Promise.all(worlds.splice(0).map((world) => world.stop())));

const count = (words: readonly string[], word: string) => words.filter((each) => each === word).length;
const missed = async (world: EnforcementWorld) =>
  (await world.audit()).filter(({ action }) => action === 'clock.missed').map(({ facts }) => facts.clock);

describe('a clock that runs out', () => {
  it('of a case that nobody decides ends it, and says who was late', async () => {
    const world = await aWorld();
    const caseId = await suspected(world, driver, 'first');
    await world.advance(6.5);
    expect([(await world.case(caseId)).state, await world.sweep()]).toEqual([
      'review',
      { advanced: 0, failed: 0, near: 1, overdue: 0 },
    ]);
    await world.advance(0.5);
    expect([(await world.case(caseId)).state, await world.workflowOf(caseId)]).toEqual([
      'lapsed',
      'SUCCEEDED',
    ]);
    expect([await world.hasFriction(driver), await missed(world)]).toEqual([false, ['review']]);
    expect(await mailed(world, driver)).toEqual([]);
    expect(await audited(world, driver)).toEqual(['case.opened', 'case.lapsed', 'clock.missed']);
  });

  it('of an account that its driver does not take back ends the case; nobody was late', async () => {
    const world = await aWorld();
    const outcome = await world.find(driver, { kind: 'credentials-shared', name: 'first' });
    await world.advance(14);
    expect('caseId' in outcome && (await world.case(outcome.caseId)).state).toBe('lapsed');
    expect(await audited(world, driver)).toEqual(['case.opened', 'notice.sent', 'case.lapsed']);
  });

  it('of a removal that no second person approves ends it, and the warning stays what it was', async () => {
    const world = await aWorld();
    const { warning, removal } = await proposed(world, driver);
    await world.advance(7);
    expect([(await world.case(removal)).state, await world.workflowOf(removal)]).toEqual([
      'lapsed',
      'SUCCEEDED',
    ]);
    expect([await world.hasFriction(driver), await missed(world)]).toEqual([false, ['approval']]);
    expect((await world.standing(driver)).strikes).toMatchObject([{ caseId: warning }]);
    expect(await mailed(world, driver)).toEqual(['warning']);
    expect((await audited(world, driver)).slice(-2)).toEqual(['case.lapsed', 'clock.missed']);
  });

  it('of an appeal is told to the driver once, and the removal waits for the answer however long it takes', async () => {
    const world = await aWorld();
    const { removal } = await noticed(world, driver);
    const { noticeId } = await world.notice(driver, 'removal-planned');
    await world.appeal(driver, noticeId, 'It was me, by hand.');
    await world.advance(13);
    expect([await missed(world), (await mailed(world, driver)).at(-1)]).toEqual([[], 'appeal-received']);
    await world.advance(47);
    expect([(await world.case(removal)).state, await missed(world)]).toEqual(['notice', ['answer']]);
    expect((await world.sweep()).overdue).toBe(1);
    await world.decide(removal, 'appeal-reviewer', 'uphold');
    await world.advance(1);
    expect((await world.case(removal)).state).toBe('offboarded');
    const waited = ['appeal-received', 'answer-late', 'appeal-upheld', 'removed'];
    expect((await mailed(world, driver)).slice(2)).toEqual(waited);
    expect(count(await audited(world, driver), 'clock.missed')).toBe(1);
  });
});

describe('an event', () => {
  it('that comes three times opens one case, one that is late or comes after its case ended opens none', async () => {
    const world = await aWorld();
    const seen = world.now();
    const first = await warned(world, driver);
    const before = await audited(world, driver);
    for (const _ of ['again', 'and again'])
      expect(await world.find(driver, { name: 'first' })).toEqual({ status: 'known' });
    await world.advance(1);
    // Another finding, of what was looked at before the person decided.
    expect(await world.find(driver, { name: 'late', until: seen })).toEqual({ status: 'late' });
    await world.startAgain(first);
    expect(await audited(world, driver)).toEqual(before);
    await world.advance(89);
    await world.startAgain(first);
    expect(await world.find(driver, { name: 'first' })).toEqual({ status: 'known' });
    expect((await world.standing(driver)).cases).toEqual([first]);
    expect(await world.workflowOf(first)).toBe('SUCCEEDED');
    expect(await mailed(world, driver)).toEqual(['warning']);
  });

  it('of the same account while a person looks is more evidence for that person', async () => {
    const world = await aWorld();
    const caseId = await suspected(world, driver, 'first');
    await world.advance(1);
    expect(await world.find(driver, { name: 'second' })).toEqual({ status: 'added', caseId });
    expect((await world.case(caseId)).evidence).toHaveLength(2);
    expect(await audited(world, driver)).toEqual(['case.opened', 'case.added']);
  });

  it('of who was forgotten in time opens a first case, whether the records are deleted yet or not', async () => {
    const world = await aWorld();
    await warned(world, driver);
    // The warning’s observation ends after 90 days, and the records three years after that.
    await world.advance(90 + 3 * 366);
    expect((await world.standing(driver)).cases).toEqual([]);
    const caseId = await suspected(world, driver, 'years later');
    expect(await world.standing(driver)).toMatchObject({ openCase: caseId, cases: [caseId], strikes: [] });
    expect(await world.case(caseId)).not.toHaveProperty('restsOn');
  });

  it('that somebody else had the account helps its driver, whatever was planned, and ends every sign-in of before', async () => {
    const world = await aWorld();
    const { removal } = await noticed(world, driver);
    await world.advance(3);
    const stolen = { kind: 'credentials-shared', name: 'shared' } as const;
    expect(await world.find(driver, stolen)).toEqual({ status: 'added', caseId: removal });
    expect((await world.case(removal)).state).toBe('securing');
    expect((await world.market.devicesOf(driver)).loginsSince).toBe(world.now());
    expect((await mailed(world, driver)).slice(2)).toEqual(['secure-account', 'removal-cancelled']);
    // Signed in before the sessions ended: it may be whoever was given the password.
    expect(await world.recover(driver, undefined, world.now() - 1)).toMatchObject({
      code: 'recent-sign-in-required',
    });
    await world.advance(13);
    expect([(await world.standing(driver)).state, await world.restrictedBy(driver)]).toEqual([
      'active',
      undefined,
    ]);
  });
});

describe('a timer', () => {
  const theEnd = ['case.offboarded', 'notice.sent'];

  it('that is lost with its workflow is made good by the sweeper, to the end of the case', async () => {
    const world = await aWorld();
    const { removal } = await noticed(world, driver);
    await world.stopWorkflow(removal);
    await world.advance(14);
    expect([(await world.case(removal)).state, await world.workflowOf(removal)]).toEqual([
      'notice',
      'ABORTED',
    ]);
    expect(await world.sweep()).toMatchObject({ advanced: 1, failed: 0 });
    expect([(await world.case(removal)).state, (await world.case(removal)).todo]).toEqual(['offboarded', []]);
    expect([await world.restrictedBy(driver), toldOf(world, driver)]).toEqual([removal, ['account.closed']]);
    await world.advance(90);
    await world.sweep();
    expect((await world.case(removal)).state).toBe('closed');
    expect(await mailed(world, driver)).toEqual(['warning', 'removal-planned', 'removed']);
    expect((await audited(world, driver)).slice(-3)).toEqual([...theEnd, 'case.closed']);
  });

  it('that fires after the sweeper, and then twice at once, changes nothing', async () => {
    const world = await aWorld();
    const { removal } = await noticed(world, driver);
    await world.advance(13.9999);
    // The sweeper’s machine is a minute ahead, and the word that wakes the workflow is lost.
    const isLost = { ...world.deps.effects, signal: async () => {} };
    await world.sweep({ now: () => world.now() + 60_000, effects: isLost });
    const swept = await world.case(removal);
    expect(swept.state).toBe('offboarded');
    await world.advance(1);
    await Promise.all([world.fire(removal), world.fire(removal)]);
    // In the meantime blocks were looked for once more, as after every removal.
    const { waiting: before, againAt, ...as } = swept;
    expect(againAt).toBeDefined();
    const { waiting, ...is } = await world.case(removal);
    expect({ ...is, version: 0, writtenAt: 0 }).toEqual({ ...as, version: 0, writtenAt: 0 });
    expect(waiting).toMatchObject({ state: 'offboarded' });
    expect(waiting).not.toEqual(before);
    expect(await mailed(world, driver)).toEqual(['warning', 'removal-planned', 'removed']);
    expect((await audited(world, driver)).slice(-2)).toEqual(theEnd);
    await world.advance(90);
    expect([(await world.case(removal)).state, await world.workflowOf(removal)]).toEqual([
      'closed',
      'SUCCEEDED',
    ]);
  });

  it('waits for no mail: a notice that cannot be sent is sent later, once', async () => {
    const world = await aWorld();
    world.post.isDown = true;
    const caseId = await warned(world, driver);
    expect(await world.notice(driver, 'warning')).toMatchObject({ delivery: 'pending' });
    expect([(await world.case(caseId)).state, await world.hasFriction(driver)]).toEqual(['observing', false]);
    await world.clock.advance(dayMs / 24);
    expect(await world.sweep()).toMatchObject({ advanced: 1 });
    world.post.isDown = false;
    // What failed goes behind what else is due.
    await world.clock.advance(dayMs / 24);
    await world.sweep();
    await world.sweep();
    expect(await mailed(world, driver)).toEqual(['warning']);
    expect(await audited(world, driver)).toEqual(['case.opened', 'decision.warn', 'notice.sent']);
  });
});
