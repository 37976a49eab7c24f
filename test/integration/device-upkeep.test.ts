import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listedKey, statusListKey } from '#core/devices/keys.ts';
import { alarmOf } from '#core/devices/refresh-status-list.ts';
import { readRevokedEpochs } from '#core/devices/revocations-store.ts';
import { type ListedStatus, leastOfGoogle, normalSerial } from '#core/devices/status-list.ts';
import { lookUpSerials } from '#core/devices/status-list-store.ts';
import { type Engine, startEngine } from '#test/support/engine.ts';
import {
  aStatusListWorld,
  Killed,
  killedAfter,
  withoutTransactions,
} from '#test/support/status-list-world.ts';

const hour = 3_600_000;

let engine: Engine;
beforeAll(async () => {
  engine = await startEngine();
});
afterAll(() => engine.stop());

const aWorld = () => aStatusListWorld(engine);

const manySerials = (count: number, prefix = 'abc'): Record<string, ListedStatus> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`${prefix}${i.toString(16)}`, 'REVOKED']));

describe('a serial that is listed', () => {
  it('suspends the phones that have it in their chain, ends their sessions and tells their drivers', async () => {
    const world = await aWorld();
    await world.refresh();
    const [hit, other] = [await world.enrolPhone(['aa1', 'bb1']), await world.enrolPhone(['bb2'])];
    const before = await world.store.read(hit.accountId);
    world.pass(hour);
    world.publish({ bb1: 'SUSPENDED' });
    expect(await world.refresh()).toMatchObject({
      status: 'refreshed',
      added: 1,
      suspended: 1,
      unsettled: 0,
    });

    expect(await world.phone(hit)).toMatchObject({ status: 'suspended', reasons: ['key-revoked'] });
    expect(await world.phone(other)).toMatchObject({ status: 'active' });
    expect(await world.notices(hit.accountId)).toEqual(['suspended']);
    const revoked = await readRevokedEpochs(engine.client, world.table, world.now());
    expect(revoked.get(hit.accountId)?.epoch).toBe(before.epoch + 1);
    expect(revoked.has(other.accountId)).toBe(false);
    const list = await lookUpSerials(engine.client, world.table, ['bb1', 'bb2']);
    expect(list).toEqual({ fetchedAt: world.now(), listed: new Map([['bb1', 'SUSPENDED']]) });
  });

  it('suspends a phone once, however often the list is read', async () => {
    const world = await aWorld();
    world.publish({ cc1: 'REVOKED' });
    const hit = await world.enrolPhone(['cc1']);
    await world.refresh();
    const { version } = await world.store.read(hit.accountId);
    world.pass(hour);
    expect(await world.refresh()).toMatchObject({ status: 'unchanged', suspended: 0 });
    world.publish({ cc1: 'SUSPENDED' });
    expect(await world.refresh()).toMatchObject({ status: 'refreshed', added: 1, suspended: 0 });
    expect((await world.store.read(hit.accountId)).version).toBe(version);
  });

  it('finds a phone that came with it past the list, at the next reading', async () => {
    const world = await aWorld();
    world.publish({ dd1: 'REVOKED' });
    await world.refresh();
    const hit = await world.enrolPhone(['dd1']);
    expect(await world.phone(hit)).toMatchObject({ status: 'active' });
    expect(await world.refresh()).toMatchObject({ status: 'unchanged', suspended: 1 });
    expect(await world.phone(hit)).toMatchObject({ status: 'suspended' });
  });

  it('gives the phones back when it is listed no more, unless another serial of theirs is', async () => {
    const world = await aWorld();
    world.publish({ ee1: 'REVOKED', ee2: 'REVOKED' });
    const [both, one] = [await world.enrolPhone(['ee1', 'ee2']), await world.enrolPhone(['ee1'])];
    await world.refresh();
    world.pass(hour);
    world.publish({ ee2: 'REVOKED' });
    expect(await world.refresh()).toMatchObject({ removed: 1, reinstated: 1 });
    expect(await world.phone(both)).toMatchObject({ status: 'suspended' });
    expect((await world.phone(one)).reasons).toEqual([]);
    expect((await world.phone(one)).status).not.toBe('suspended');
    expect(await world.notices(one.accountId)).toEqual(['suspended', 'reinstated']);
    expect(await world.item(listedKey('ee1'))).toBeUndefined();
  });
});

describe('a phone that cannot be changed', () => {
  it('is told of, keeps its entry when that is gone from the list, and is changed by the next reading', async () => {
    const world = await aWorld();
    world.publish({ a5: 'REVOKED' });
    const back = await world.enrolPhone(['a5']);
    await world.refresh();
    const hit = await world.enrolPhone(['b5']);
    world.publish({ b5: 'REVOKED' });
    const outcome = await world.refresh(withoutTransactions(engine.client));
    expect(outcome).toMatchObject({
      status: 'refreshed',
      suspended: 0,
      reinstated: 0,
      unsettled: 2,
      ageMs: 0,
    });
    expect(alarmOf(outcome)).toBe('2 phones could not be changed');
    const { listed } = await lookUpSerials(engine.client, world.table, ['a5', 'b5']);
    expect([...listed.keys()].sort()).toEqual(['a5', 'b5']);

    expect(await world.refresh()).toMatchObject({ removed: 1, suspended: 1, reinstated: 1, unsettled: 0 });
    expect((await world.phone(hit)).status).toBe('suspended');
    expect((await world.phone(back)).status).not.toBe('suspended');
    expect(await world.item(listedKey('a5'))).toBeUndefined();
  });
});

describe('a reading that dies', () => {
  const deaths = Array.from({ length: 8 }, (_, writes) => writes);

  it.each(deaths)('after %i writes is completed by the next one', async (writes) => {
    const world = await aWorld();
    world.publish({ a1: 'REVOKED', a2: 'REVOKED' });
    const back = await world.enrolPhone(['a1']);
    await world.refresh();
    const [first, second] = [await world.enrolPhone(['b1']), await world.enrolPhone(['b2'])];
    const { fetchedAt } = await lookUpSerials(engine.client, world.table, []);
    world.pass(hour);
    world.publish({ a2: 'REVOKED', b1: 'REVOKED', b2: 'REVOKED' });

    const died = await world.refresh(killedAfter(engine.client, writes)).then(
      () => false,
      (error: unknown) => error instanceof Killed,
    );
    // Entries, three phones, the entry that is gone, and last of all when the list was read.
    expect(died).toBe(writes < 6);
    if (died) expect((await lookUpSerials(engine.client, world.table, [])).fetchedAt).toBe(fetchedAt);

    await world.refresh();
    expect((await world.phone(first)).status).toBe('suspended');
    expect((await world.phone(second)).status).toBe('suspended');
    expect((await world.phone(back)).status).toBe('active');
    for (const { accountId } of [first, second])
      expect(await world.notices(accountId)).toEqual(['suspended']);
    expect(await world.notices(back.accountId)).toEqual(['suspended', 'reinstated']);
    const serials = ['a1', 'a2', 'b1', 'b2'];
    const { listed, fetchedAt: readAt } = await lookUpSerials(engine.client, world.table, serials);
    expect([...listed.keys()].sort()).toEqual(['a2', 'b1', 'b2']);
    expect(readAt).toBe(world.now());
  });

  it('asks for the whole list again, although the server has the one of before', async () => {
    const world = await aWorld();
    world.publish({ a1: 'REVOKED' });
    await world.refresh();
    world.publish({ a1: 'REVOKED', b1: 'REVOKED' });
    await expect(world.refresh(killedAfter(engine.client, 1))).rejects.toThrow(Killed);
    expect(await world.item(listedKey('b1'))).toBeDefined();
    world.google.asked = [];
    world.publish({ a1: 'REVOKED' });
    await world.refresh();
    expect(world.google.asked).toEqual([{}]);
    expect(await world.item(listedKey('b1'))).toBeUndefined();
  });
});

describe('an answer of the server', () => {
  it('that nothing has changed moves the time of the list and nothing else', async () => {
    const world = await aWorld();
    world.publish({ f1: 'REVOKED' });
    await world.refresh();
    const before = await world.item(statusListKey);
    world.pass(hour);
    expect(await world.refresh()).toMatchObject({ status: 'unchanged', listed: 1, ageMs: 0 });
    expect(world.google.asked.at(-1)).toEqual({ etag: '"1"' });
    expect(await world.item(statusListKey)).toEqual({ ...before, fetchedAt: { N: String(world.now()) } });
  });

  it.each([
    { status: 'malformed', reason: 'not-a-status-list' },
    { status: 'unavailable', reason: 'timeout' },
  ] as const)('that is no list changes nothing: $status', async (answer) => {
    const world = await aWorld();
    world.publish({ f2: 'REVOKED' });
    await world.refresh();
    const readAt = world.now();
    world.pass(hour);
    world.google.answer = answer;
    const outcome = await world.refresh();
    expect(outcome).toMatchObject({ ...answer, ageMs: hour, listed: 1, removed: 0 });
    expect(alarmOf(outcome) === undefined).toBe(answer.status === 'unavailable');
    const { fetchedAt, listed } = await lookUpSerials(engine.client, world.table, ['f2']);
    expect([fetchedAt, listed.size]).toEqual([readAt, 1]);
    world.pass(20 * hour);
    expect(alarmOf(await world.refresh())).toBeDefined();
  });

  it('that never came is an alarm at once', async () => {
    const world = await aWorld();
    world.google.answer = { status: 'unavailable', reason: 'connection' };
    expect(alarmOf(await world.refresh())).toMatch(/status list/);
  });

  it('that lacks more than half of a long list is refused, until a person accepts it', async () => {
    const world = await aWorld();
    world.publish(manySerials(300));
    expect(await world.refresh()).toMatchObject({ status: 'refreshed', added: 300 });
    const readAt = world.now();
    world.pass(hour);
    world.publish({ ...manySerials(149), ...manySerials(200, 'def') });
    const outcome = await world.refresh();
    expect(outcome).toMatchObject({ status: 'shrunken', listed: 300, added: 0, removed: 0, ageMs: hour });
    expect(alarmOf(outcome)).toMatch(/more than half/);
    expect((await lookUpSerials(engine.client, world.table, [])).fetchedAt).toBe(readAt);
    expect(await world.refresh(engine.client, { acceptShrunken: true })).toMatchObject({
      status: 'refreshed',
      removed: 151,
      listed: 349,
    });
    world.publish(manySerials(149));
    expect(await world.refresh()).toMatchObject({ status: 'shrunken' });
    world.publish(manySerials(150, 'def'));
    expect(await world.refresh()).toMatchObject({ status: 'shrunken' });
    world.publish({ ...manySerials(149), ...manySerials(60, 'def') });
    expect(await world.refresh()).toMatchObject({ status: 'refreshed', removed: 140 });
  });
});

describe('a list that is too short to be the one of the maker', () => {
  const leastEntries = leastOfGoogle;

  it('vouches for nothing, not even as the first one', async () => {
    const world = await aWorld();
    for (const listed of [{}, manySerials(leastEntries - 1)]) {
      world.publish(listed);
      const outcome = await world.refresh(engine.client, { leastEntries });
      expect(outcome).toMatchObject({ status: 'too-short', listed: 0, added: 0 });
      expect(outcome.ageMs).toBe(Number.POSITIVE_INFINITY);
      expect(alarmOf(outcome)).toMatch(/fewer entries/);
    }
    const { fetchedAt, listed } = await lookUpSerials(engine.client, world.table, ['abc0']);
    expect([fetchedAt, listed.size]).toEqual([0, 0]);
    world.publish(manySerials(leastEntries));
    const outcome = await world.refresh(engine.client, { leastEntries });
    expect(outcome).toMatchObject({ status: 'refreshed', added: leastEntries });
    expect(alarmOf(outcome)).toBeUndefined();
  });

  it('is taken when a person accepts it', async () => {
    const world = await aWorld();
    world.publish(manySerials(1));
    const outcome = await world.refresh(engine.client, { leastEntries, acceptShrunken: true });
    expect(outcome).toMatchObject({ status: 'refreshed', listed: 1 });
    expect(await world.refresh(engine.client, { leastEntries })).toMatchObject({ status: 'unchanged' });
  });
});

describe('an enrolment', () => {
  it('is refused when a serial of it was listed after it was looked up', async () => {
    const world = await aWorld();
    await world.refresh();
    const since = world.now() - 24 * hour;
    expect((await lookUpSerials(engine.client, world.table, ['a9'])).listed.size).toBe(0);
    world.publish({ a9: 'REVOKED' });
    await world.refresh();
    const { outcome, accountId } = await world.enrolPhone(['a8', 'a9'], { since });
    expect(outcome).toEqual({ status: 'refused', refusal: 'status-list' });
    expect((await world.store.read(accountId)).devices).toEqual([]);
    expect(await world.store.phonesWithSerial('a8')).toEqual([]);
    expect((await world.enrolPhone(['a8'], { since })).outcome.status).toBe('changed');
  });

  it('is refused when the list is too old or was never read', async () => {
    const world = await aWorld();
    const enrolNow = async () => {
      const { outcome } = await world.enrolPhone(['a7'], { since: world.now() - 24 * hour });
      return outcome.status === 'refused' ? outcome.refusal : outcome.status;
    };
    expect(await enrolNow()).toBe('status-list');
    await world.refresh();
    world.pass(24 * hour);
    expect(await enrolNow()).toBe('changed');
    world.pass(1);
    expect(await enrolNow()).toBe('status-list');
  });
});

it('a serial has one spelling', () => {
  expect(['0', '00A1', 'F92009E853B6B045', '', 'xyz', '1 2', 'a'.repeat(41)].map(normalSerial)).toEqual([
    '0',
    'a1',
    'f92009e853b6b045',
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
