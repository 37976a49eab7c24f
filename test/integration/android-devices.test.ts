import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  activeDevice,
  type Device,
  type DriverDevices,
  findDevice,
  reinstate,
  suspend,
} from '#core/devices/device.ts';
import { enrolDevice } from '#core/devices/enrol-device.ts';
import { approveDevice, checkDevice, removeDevice } from '#core/devices/govern-devices.ts';
import { reviewsPartition } from '#core/devices/keys.ts';
import { aBatch, softwareAndroid } from '#phone/software-android.ts';
import { unique } from '#test/support/builders.ts';
import { type Engine, startEngine } from '#test/support/engine.ts';
import { aPolicy, type Clock, openDevices, writeStatusList } from '#test/support/phones.ts';

const hour = 3_600_000;
const day = 24 * hour;

let engine: Engine;
let table: string;
let clock: Clock;
beforeAll(async () => {
  engine = await startEngine();
});
afterAll(() => engine.stop());
beforeEach(async () => {
  clock = { at: Date.UTC(2026, 10, 23, 8) };
  table = await engine.createTable();
  await writeStatusList(engine.client, table, clock.at);
});

const open = () => openDevices(engine.client, table, clock, aPolicy());
const anAndroid = (options: Parameters<typeof softwareAndroid>[0] = {}) =>
  softwareAndroid({ now: () => clock.at, ...options });

describe('the tier of an Android phone', () => {
  it('is B by its key alone while the stage has no Play Integrity', async () => {
    const outcome = await open().enrol(unique('driver'), anAndroid());
    expect(outcome).toMatchObject({
      device: { tier: 'B', status: 'active', reasons: ['play-not-configured'] },
    });
  });

  it('is D when its system cannot be trusted: a token to look, friction, and ways on', async () => {
    const devices = open();
    const driver = unique('driver');
    const phone = anAndroid({ patchLevel: 202001 });
    const outcome = await devices.enrol(driver, phone);
    expect(outcome).toMatchObject({ device: { tier: 'D' } });
    expect(await devices.token(driver, phone)).toMatchObject({ status: 'issued', friction: 'not-trusted' });
    const deviceId = outcome.status === 'enrolled' ? outcome.device.deviceId : '';
    const check = {
      accountId: driver,
      deviceId,
      by: 'analyst-1',
      rationale: 'No newer update for this model.',
    };
    await checkDevice(devices.deps, check);
    expect(await devices.token(driver, phone)).not.toHaveProperty('friction');
    clock.at += 30 * day;
    expect(await devices.token(driver, phone)).toMatchObject({ friction: 'not-trusted' });
  });

  it('needs a look again when its attestation is two weeks old', async () => {
    const devices = open();
    const driver = unique('driver');
    const phone = anAndroid();
    await devices.enrol(driver, phone);
    clock.at += 14 * day;
    expect(await devices.token(driver, phone)).not.toHaveProperty('friction');
    clock.at += 1;
    expect(await devices.token(driver, phone)).toMatchObject({ friction: 'attestation-old' });
  });

  it('is renewed without a break: the old key claims while the new one cools off', async () => {
    const devices = open();
    const driver = unique('driver');
    const [old, renewed] = [anAndroid(), anAndroid()];
    const outcome = await devices.enrol(driver, old);
    const by = outcome.status === 'enrolled' ? outcome.device.deviceId : '';
    expect(await devices.token(driver, old)).toMatchObject({ renewFrom: clock.at + 7 * day });
    clock.at += 14 * day;
    await writeStatusList(engine.client, table, clock.at);
    const next = await devices.enrol(driver, renewed);
    const deviceId = next.status === 'enrolled' ? next.device.deviceId : '';
    await approveDevice(devices.deps, { accountId: driver, deviceId, by });
    clock.at += day - 1;
    expect(await devices.token(driver, old)).not.toHaveProperty('friction');
    // A new key that never comes does not keep the old one fresh.
    clock.at += 1;
    expect(await devices.token(driver, old)).toMatchObject({ friction: 'attestation-old' });
    clock.at -= 1;
    clock.at += 1;
    const issued = await devices.token(driver, renewed);
    expect(issued).toMatchObject({ device: { status: 'active' } });
    expect(issued).not.toHaveProperty('friction');
  });
});

describe('the status list', () => {
  it('vouches for a day; without it no new phone is enrolled, and its challenge is kept', async () => {
    const devices = open();
    const driver = unique('driver');
    const phone = anAndroid();
    clock.at += day - 60_000;
    const body = await devices.evidence(driver, phone);
    clock.at += 60_001;
    const late = { accountId: driver, body, requestId: 'late' };
    expect(await enrolDevice(devices.deps, late)).toMatchObject({
      code: 'try-again',
      reason: 'status-list-stale',
    });
    await writeStatusList(engine.client, table, clock.at);
    expect(await enrolDevice(devices.deps, late)).toMatchObject({ status: 'enrolled' });
  });

  it('turns a phone with a listed key into one that looks', async () => {
    const batch = aBatch();
    await writeStatusList(engine.client, table, clock.at, {
      [batch.deviceSerial.replace(/^0+/, '')]: 'REVOKED',
    });
    const outcome = await open().enrol(unique('driver'), anAndroid({ provisioning: 'factory', ...batch }));
    expect(outcome).toMatchObject({ device: { tier: 'D', reasons: expect.arrayContaining(['revoked']) } });
  });

  it('counts at the moment of the write: a key that is listed meanwhile is not enrolled', async () => {
    const devices = open();
    const batch = aBatch();
    const lookUpSerials = async (serials: readonly string[]) => {
      const found = await devices.deps.lookUpSerials(serials);
      await writeStatusList(engine.client, table, clock.at, {
        [batch.deviceSerial.replace(/^0+/, '')]: 'REVOKED',
      });
      return found;
    };
    const driver = unique('driver');
    const body = await devices.evidence(driver, anAndroid({ provisioning: 'factory', ...batch }));
    const outcome = await enrolDevice(
      { ...devices.deps, lookUpSerials },
      { accountId: driver, body, requestId: 'r' },
    );
    expect(outcome).toMatchObject({ code: 'try-again', reason: 'status-list' });
    expect((await devices.deps.store.read(driver)).devices).toEqual([]);
  });
});

it('a suspended phone is for its maker to settle; with a person its driver works on at once', async () => {
  const devices = open();
  const driver = unique('driver');
  await devices.enrol(driver, anAndroid());
  const before = await devices.deps.store.read(driver);
  const phone = activeDevice(before);
  if (!phone) throw new Error('no phone is active');
  await devices.deps.store.change(before, suspend(before, phone, 'key-revoked'), { at: clock.at });
  const check = { accountId: driver, by: 'analyst-1', rationale: 'Came with both phones and a licence.' };
  const suspended = { ...check, deviceId: phone.deviceId };
  expect(await checkDevice(devices.deps, suspended)).toMatchObject({ code: 'device-not-eligible' });
  const another = anAndroid();
  const outcome = await devices.enrol(driver, another);
  const deviceId = outcome.status === 'enrolled' ? outcome.device.deviceId : '';
  expect(await checkDevice(devices.deps, { ...check, deviceId })).toMatchObject({
    device: { status: 'active' },
  });
  expect(await devices.token(driver, another)).not.toHaveProperty('friction');
});

it('a suspended phone that was followed is no claimer any more, and needs approval when its key is off the list', async () => {
  const devices = open();
  const driver = unique('driver');
  const store = devices.deps.store;
  const change = async (step: (all: DriverDevices) => DriverDevices) => {
    const before = await store.read(driver);
    await store.change(before, step(before), { at: clock.at });
  };
  const approvedByPerson = async () => {
    const outcome = await devices.enrol(driver, anAndroid());
    const deviceId = outcome.status === 'enrolled' ? outcome.device.deviceId : '';
    const check = { accountId: driver, deviceId, by: 'analyst-1', rationale: 'Came to the station.' };
    return { deviceId, outcome: await checkDevice(devices.deps, check) };
  };
  await devices.enrol(driver, anAndroid());
  const first = activeDevice(await store.read(driver));
  if (!first) throw new Error('no phone is active');
  await change((all) => suspend(all, first, 'key-revoked'));
  const second = await approvedByPerson();
  expect(second.outcome).toMatchObject({ device: { status: 'active' } });
  await removeDevice(devices.deps, { accountId: driver, deviceId: second.deviceId });
  await change((all) => reinstate(all, findDevice(all, first.deviceId) as Device, 'key-revoked'));
  expect(findDevice(await store.read(driver), first.deviceId)?.status).toBe('pending-approval');
  expect((await approvedByPerson()).outcome).toMatchObject({ device: { status: 'cooling-off' } });
});

it('a certificate with a serial of a kilobyte is told to be malformed, and nothing breaks', async () => {
  const devices = open();
  const driver = unique('driver');
  const body = await devices.evidence(driver, anAndroid());
  const [leaf = '', ...rest] = body.certificateChain ?? [];
  // A leaf of our own making, with the serial written as long as it will.
  const forged = anAndroid({ deviceSerial: `7f${'ab'.repeat(1_200)}` });
  const long = (await devices.evidence(driver, forged)).certificateChain ?? [];
  const outcome = await enrolDevice(devices.deps, {
    accountId: driver,
    body: { ...body, certificateChain: [leaf, ...long.slice(1, 2), ...rest.slice(1)] },
    requestId: 'r',
  });
  expect(outcome).toMatchObject({ code: 'attestation-rejected', reason: 'certificate-malformed' });
});

it('phones of two drivers with one serial are put before a person, and nothing else happens', async () => {
  const devices = open();
  const batch = aBatch();
  const [first, second] = [unique('driver'), unique('driver')];
  for (const driver of [first, second]) {
    const outcome = await devices.enrol(driver, anAndroid({ provisioning: 'factory', ...batch }));
    expect(outcome).toMatchObject({ device: { tier: 'B', status: 'active' } });
  }
  const { Items = [] } = await engine.client.send(
    new QueryCommand({
      TableName: table,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': reviewsPartition },
    }),
  );
  expect(Items.map(({ sk, r }) => [sk?.S, JSON.parse(r?.S ?? '')])).toEqual([
    [`shared-serial#${batch.deviceSerial.replace(/^0+/, '')}`, expect.objectContaining({ otherDrivers: 1 })],
  ]);
});
