import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { activeDevice, type DriverDevices, suspend } from '#core/devices/device.ts';
import { enrolDevice } from '#core/devices/enrol-device.ts';
import { approveDevice, checkDevice, removeDevice } from '#core/devices/govern-devices.ts';
import type { Database } from '#core/shared/dynamodb-store.ts';
import { iphoneKeyFrom, softwareIphone } from '#phone/software-iphone.ts';
import { unique } from '#test/support/builders.ts';
import { type Engine, startEngine } from '#test/support/engine.ts';
import { aClock, anIphone, aPolicy, type Clock, enrolled, openDevices } from '#test/support/phones.ts';

const hour = 3_600_000;
const day = 24 * hour;

let engine: Engine;
let table: string;
beforeAll(async () => {
  engine = await startEngine();
  table = await engine.createTable();
});
afterAll(() => engine.stop());

const open = (clock: Clock, policy = aPolicy(), database: Database = engine.client) =>
  openDevices(database, table, clock, policy);

const statuses = ({ devices }: DriverDevices) => devices.map(({ status }) => status).sort();

describe('a driver has one phone that claims', () => {
  it('the first is active at once, the next waits for approval and gets no token', async () => {
    const clock = aClock();
    const devices = open(clock);
    const driver = unique('driver');
    const [first, second] = [anIphone(clock), anIphone(clock)];
    expect(await enrolled(devices, driver, first)).toMatchObject({
      status: 'active',
      tier: 'A',
      reasons: [],
    });
    expect(await enrolled(devices, driver, second)).toMatchObject({ status: 'pending-approval' });
    expect(await devices.token(driver, first)).toMatchObject({ status: 'issued', expiresIn: 600 });
    expect(await devices.token(driver, second)).toMatchObject({
      code: 'device-not-eligible',
      reason: 'pending-approval',
    });
  });

  it('of phones enrolled at the same moment one is active', async () => {
    const clock = aClock();
    const devices = open(clock);
    const driver = unique('driver');
    await Promise.all(Array.from({ length: 3 }, () => devices.enrol(driver, anIphone(clock))));
    const stored = await devices.deps.store.read(driver);
    expect(statuses(stored).filter((status) => status === 'active')).toHaveLength(1);
    expect(stored.devices.length).toBeGreaterThan(1);
  });

  it('the old phone approves the new one, works on through the cooling-off, and ends with it', async () => {
    const clock = aClock();
    const devices = open(clock);
    const driver = unique('driver');
    const [old, next] = [anIphone(clock), anIphone(clock)];
    const before = await enrolled(devices, driver, old);
    const { deviceId } = await enrolled(devices, driver, next);

    const byItself = await approveDevice(devices.deps, { accountId: driver, deviceId, by: deviceId });
    const byNobody = await approveDevice(devices.deps, { accountId: driver, deviceId, by: undefined });
    expect([byItself, byNobody].map((outcome) => outcome.status)).toEqual(['refused', 'refused']);
    const approval = { accountId: driver, deviceId, by: before.deviceId };
    expect(await approveDevice(devices.deps, approval)).toMatchObject({
      device: { status: 'cooling-off', claimsFrom: clock.at + day },
    });
    // The same approval again changes nothing.
    expect(await approveDevice(devices.deps, approval)).toMatchObject({
      device: { claimsFrom: clock.at + day },
    });

    clock.at += day - 60_000;
    expect(await devices.token(driver, next)).toMatchObject({ friction: 'cooling-off', expiresIn: 60 });
    expect(await devices.token(driver, old)).not.toHaveProperty('friction');

    clock.at += 60_000;
    const issued = await devices.token(driver, next);
    expect(issued).toMatchObject({ status: 'issued', device: { status: 'active' } });
    expect(issued).not.toHaveProperty('friction');
    expect(await devices.token(driver, old)).toMatchObject({ reason: 'not-enrolled' });
    // The old phone's last token is of an epoch that is over.
    expect((await devices.revokedEpochs()).get(driver)?.epoch).toBe(2);
  });

  it('of two phones that take over at the same moment one does', async () => {
    const clock = aClock();
    const devices = open(clock);
    const driver = unique('driver');
    const old = await enrolled(devices, driver, anIphone(clock));
    const next = anIphone(clock);
    const { deviceId } = await enrolled(devices, driver, next);
    await approveDevice(devices.deps, { accountId: driver, deviceId, by: old.deviceId });
    clock.at += day;
    const outcomes = await Promise.all(Array.from({ length: 4 }, () => devices.token(driver, next)));
    expect(outcomes.filter(({ status }) => status === 'issued').length).toBeGreaterThan(0);
    const stored = await devices.deps.store.read(driver);
    expect(statuses(stored)).toEqual(['active', 'replaced']);
    expect(stored.epoch).toBe(2);
  });

  it('may change phones a few times in 30 days; a person can help beyond that', async () => {
    const clock = aClock();
    const devices = open(clock, aPolicy({ coolingOffMs: 0, maxChanges: 2 }));
    const driver = unique('driver');
    await enrolled(devices, driver, anIphone(clock));
    const change = async () => {
      const { deviceId } = await enrolled(devices, driver, anIphone(clock));
      const by = activeDevice(await devices.deps.store.read(driver))?.deviceId;
      return { deviceId, outcome: await approveDevice(devices.deps, { accountId: driver, deviceId, by }) };
    };
    expect((await change()).outcome).toMatchObject({ device: { status: 'active' } });
    expect((await change()).outcome).toMatchObject({ device: { status: 'active' } });
    const { deviceId, outcome } = await change();
    expect(outcome).toEqual({ status: 'refused', code: 'too-many-device-changes' });
    const check = {
      accountId: driver,
      deviceId,
      by: 'analyst-1',
      rationale: 'Came to the station with both phones.',
    };
    expect(await checkDevice(devices.deps, check)).toMatchObject({ device: { status: 'active' } });
    clock.at += 31 * day;
    expect((await change()).outcome).toMatchObject({ status: 'done' });
  });
});

describe('a key', () => {
  it('serves one driver, whoever asks at the same moment', async () => {
    const clock = aClock();
    const devices = open(clock);
    const phone = anIphone(clock);
    const drivers = Array.from({ length: 6 }, () => unique('driver'));
    const bodies = await Promise.all(drivers.map((driver) => devices.evidence(driver, phone)));
    const outcomes = await Promise.all(
      bodies.map((body, index) =>
        enrolDevice(devices.deps, { accountId: drivers[index] as string, body, requestId: 'r' }),
      ),
    );
    expect(outcomes.filter(({ status }) => status === 'enrolled')).toHaveLength(1);
    for (const outcome of outcomes.filter(({ status }) => status === 'refused'))
      expect(['device-key-in-use', 'try-again']).toContain((outcome as { code: string }).code);
    // Also later, and when its driver has removed the phone.
    const owner = drivers[outcomes.findIndex(({ status }) => status === 'enrolled')] as string;
    const [device] = (await devices.deps.store.read(owner)).devices;
    await removeDevice(devices.deps, { accountId: owner, deviceId: device?.deviceId ?? '' });
    expect(await devices.enrol(unique('driver'), phone)).toMatchObject({ code: 'device-key-in-use' });
  });
});

describe('a key that was enrolled', () => {
  it('is enrolled no second time, under whatever proof key, by its own driver either', async () => {
    const clock = aClock();
    const devices = open(clock);
    const driver = unique('driver');
    const phone = anIphone(clock);
    const { deviceId } = await enrolled(devices, driver, phone);
    await devices.deps.proofs.advanceCounter({ accountId: driver, deviceId }, 7, 'request');

    const sameKeys = await devices.enrol(driver, phone);
    const otherHardware = await devices.enrol(
      driver,
      softwareIphone({ now: () => clock.at, dpopKey: phone.dpopKey }),
    );
    const { key } = phone.state();
    const otherProofKey = await devices.enrol(
      driver,
      softwareIphone({ now: () => clock.at, key: iphoneKeyFrom(key) }),
    );
    expect([sameKeys, otherHardware, otherProofKey]).toEqual(
      Array.from({ length: 3 }, () => ({ status: 'refused', code: 'device-key-in-use' })),
    );
    // Nothing of the phone has changed, its counter least of all.
    expect((await devices.deps.store.read(driver)).devices).toHaveLength(1);
    expect(await devices.deps.proofs.advanceCounter({ accountId: driver, deviceId }, 7, 'replay')).toBe(
      'used',
    );
  });
});

describe('a first phone', () => {
  it('cools off where the stage says so, and the next one waits for it', async () => {
    const clock = aClock();
    const devices = open(clock, aPolicy({ firstPhoneCoolsOff: true }));
    const driver = unique('driver');
    const phone = anIphone(clock);
    expect(await enrolled(devices, driver, phone)).toMatchObject({
      status: 'cooling-off',
      claimsFrom: clock.at + day,
    });
    expect(await enrolled(devices, driver, anIphone(clock))).toMatchObject({ status: 'pending-approval' });
    expect(await devices.token(driver, phone)).toMatchObject({ friction: 'cooling-off' });
    clock.at += day;
    expect(await devices.token(driver, phone)).toMatchObject({ device: { status: 'active' } });
  });

  it('whose wait is over has claimed, whether or not it was used: what comes after it waits for approval', async () => {
    const clock = aClock();
    const devices = open(clock, aPolicy({ firstPhoneCoolsOff: true }));
    const [slow, quick, listed] = [unique('driver'), unique('driver'), unique('driver')];
    const first = await enrolled(devices, slow, anIphone(clock));
    const early = await enrolled(devices, quick, anIphone(clock));
    // Somebody's phone that is removed while it waits was never the driver's.
    await removeDevice(devices.deps, { accountId: quick, deviceId: early.deviceId });
    expect(await enrolled(devices, quick, anIphone(clock))).toMatchObject({ status: 'cooling-off' });
    clock.at += 5 * day;
    await removeDevice(devices.deps, { accountId: slow, deviceId: first.deviceId });
    expect(await enrolled(devices, slow, anIphone(clock))).toMatchObject({ status: 'pending-approval' });
    // Also when it was suspended in between.
    const third = await enrolled(devices, listed, anIphone(clock));
    clock.at += 5 * day;
    const before = await devices.deps.store.read(listed);
    await devices.deps.store.change(before, suspend(before, third, 'key-revoked'), { at: clock.at });
    await removeDevice(devices.deps, { accountId: listed, deviceId: third.deviceId });
    expect(await enrolled(devices, listed, anIphone(clock))).toMatchObject({ status: 'pending-approval' });
  });
});

describe('a removed phone', () => {
  it('ends every session of its driver, and leaves nobody to approve but a person', async () => {
    const clock = aClock();
    const devices = open(clock);
    const driver = unique('driver');
    const phone = anIphone(clock);
    const { deviceId } = await enrolled(devices, driver, phone);
    expect(await removeDevice(devices.deps, { accountId: driver, deviceId })).toMatchObject({
      device: { status: 'removed' },
    });
    expect(await removeDevice(devices.deps, { accountId: driver, deviceId })).toMatchObject({
      status: 'done',
    });
    expect((await devices.revokedEpochs()).get(driver)?.epoch).toBe(2);
    expect(await devices.token(driver, phone)).toMatchObject({ reason: 'not-enrolled' });
    // AS7: its counter is gone, so no assertion of it counts either.
    expect(await devices.deps.proofs.advanceCounter({ accountId: driver, deviceId }, 99, 'request')).toBe(
      'used',
    );

    const next = anIphone(clock);
    const waiting = await enrolled(devices, driver, next);
    expect(waiting.status).toBe('pending-approval');
    const check = {
      accountId: driver,
      deviceId: waiting.deviceId,
      by: 'analyst-1',
      rationale: 'Showed a licence at the station.',
    };
    expect(await checkDevice(devices.deps, check)).toMatchObject({ device: { status: 'cooling-off' } });
    clock.at += day;
    expect(await devices.token(driver, next)).toMatchObject({
      status: 'issued',
      device: { status: 'active' },
    });
  });

  it('is unknown to others', async () => {
    const clock = aClock();
    const devices = open(clock);
    const { deviceId } = await enrolled(devices, unique('driver'), anIphone(clock));
    const outcome = await removeDevice(devices.deps, { accountId: unique('driver'), deviceId });
    expect(outcome).toEqual({ status: 'refused', code: 'unknown-device' });
  });
});

describe('an enrolment whose answer is lost', () => {
  it('is found when the same change is tried again', async () => {
    const clock = aClock();
    let lost = false;
    const losing: Database = {
      send: async (command) => {
        const answer = await engine.client.send(command);
        if (!lost && command.constructor.name === 'TransactWriteItemsCommand') {
          lost = true;
          throw Object.assign(new Error('socket hang up'), { name: 'TimeoutError' });
        }
        return answer;
      },
    };
    const devices = open(clock, aPolicy(), losing);
    const driver = unique('driver');
    expect(await enrolled(devices, driver, anIphone(clock))).toMatchObject({ status: 'active' });
    expect(lost).toBe(true);
    expect(statuses(await devices.deps.store.read(driver))).toEqual(['active']);
  });
});
