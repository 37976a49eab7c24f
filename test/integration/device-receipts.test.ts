import { GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { trustAnchors } from '#core/attestation/trust-anchors.ts';
import type { ReceiptAnswer } from '#core/devices/apple-attestation-gateway.ts';
import { changeDevices } from '#core/devices/change-devices.ts';
import { enrol, findDevice, remove } from '#core/devices/device.ts';
import { devicesStore } from '#core/devices/devices-store.ts';
import { receiptKey, receiptsDuePartition } from '#core/devices/keys.ts';
import { receiptsStore } from '#core/devices/receipts-store.ts';
import { alarmOf, refreshReceipts } from '#core/devices/refresh-receipts.ts';
import { iosAppId } from '#phone/app-identity.ts';
import { softwareAppleServer } from '#phone/apple-receipt.ts';
import { softwareIphone } from '#phone/software-iphone.ts';
import { testAnchors } from '#phone/test-anchors.ts';
import { unique } from '#test/support/builders.ts';
import { type Engine, startEngine } from '#test/support/engine.ts';
import { aPolicy } from '#test/support/phones.ts';

const hour = 3_600_000;
const day = 24 * hour;
const noon = Date.UTC(2027, 0, 4, 12);

let engine: Engine;
beforeAll(async () => {
  engine = await startEngine();
});
afterAll(() => engine.stop());

const { play: _, ...anchors } = testAnchors;
const { receiptRoots } = trustAnchors({ name: 'local', isProduction: false, testAnchors: anchors });

/** iPhones, their makers' server and a table of their own. */
const aWorld = async () => {
  const table = await engine.createTable();
  let time = noon;
  const now = () => time;
  const store = devicesStore(engine.client, table, 30);
  const apple = softwareAppleServer({ riskMetric: 3, now });
  const world = {
    remainingMs: 600_000,
    sent: [] as string[],
    answer: undefined as ReceiptAnswer | undefined,
  };

  const exchange = async (receipt: string): Promise<ReceiptAnswer> => {
    world.sent.push(receipt);
    if (world.answer) return world.answer;
    const { status, body } = apple(receipt);
    if (status === 200) return { status: 'refreshed', receipt: Buffer.from(body, 'base64') };
    return status === 304 ? { status: 'too-early' } : { status: 'rejected', reason: `status-${status}` };
  };
  const change = { store, now, random: () => 0, sleep: async () => {} };
  const enrolPhone = async () => {
    const { accountId, deviceId } = { accountId: unique('driver'), deviceId: unique('phone') };
    const phone = softwareIphone({ now });
    const { receipt } = phone.attest({ clientData: Buffer.from('{}') });
    const at = now();
    const outcome = await changeDevices(change, accountId, (all) => {
      const step = enrol(
        all,
        {
          deviceId,
          platform: 'ios',
          tier: 'A',
          reasons: [],
          jkt: unique('jkt'),
          requestId: unique('request'),
          assertionKey: phone.point.subarray(1).toString('base64url'),
          appId: iosAppId,
          attestedAt: at,
          serials: [],
          evidence: {},
        },
        aPolicy(),
        at,
      );
      if (step.status !== 'done') throw new Error(step.status);
      const enrolled = {
        deviceId,
        requestId: 'request',
        keys: [],
        serials: [],
        counter: 0,
        receipt: { receipt: receipt.toString('base64'), refreshAt: at + day },
      };
      return { status: 'change', after: step.after, alongside: { at, enrolled } };
    });
    expect(outcome.status).toBe('changed');
    return { accountId, deviceId };
  };
  return Object.assign(world, {
    now,
    enrolPhone,
    pass: (ms: number) => {
      time += ms;
    },
    refresh: () =>
      refreshReceipts({
        store,
        exchange,
        receiptRoots,
        now,
        environment: 'production',
        receipts: receiptsStore(engine.client, table),
        remainingMs: () => world.remainingMs,
      }),
    removePhone: ({ accountId, deviceId }: { accountId: string; deviceId: string }) =>
      changeDevices(change, accountId, (all) => {
        const device = findDevice(all, deviceId);
        if (!device) return { status: 'unchanged' };
        return { status: 'change', after: remove(all, device, now()), alongside: { at: now() } };
      }),
    stored: async ({ accountId, deviceId }: { accountId: string; deviceId: string }) =>
      (
        await engine.client.send(
          new GetItemCommand({ TableName: table, Key: receiptKey(accountId, deviceId) }),
        )
      ).Item,
    queue: async () => {
      const { Items = [] } = await engine.client.send(
        new QueryCommand({
          TableName: table,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': receiptsDuePartition },
        }),
      );
      return Items.map(({ sk }) => Date.parse(sk?.S?.split('#')[0] ?? '') - noon);
    },
  });
};

describe('a receipt', () => {
  it('is exchanged a day after the attestation, then every week, and its metric is kept', async () => {
    const world = await aWorld();
    const phone = await world.enrolPhone();
    const first = (await world.stored(phone))?.rc;
    expect(await world.refresh()).toMatchObject({ refreshed: 0 });
    expect(world.sent).toEqual([]);
    world.pass(day + 1);
    expect(await world.refresh()).toMatchObject({ refreshed: 1, rejected: {} });
    const stored = await world.stored(phone);
    expect(stored?.rm).toEqual({ N: '3' });
    expect(stored?.rc).not.toEqual(first);
    expect(await world.queue()).toEqual([8 * day + 1]);
    world.pass(7 * day + 1);
    expect(await world.refresh()).toMatchObject({ refreshed: 1 });
    expect(world.sent[1]).toBe(stored?.rc?.S);
  });

  it('that is too early is sent again in six hours', async () => {
    const world = await aWorld();
    const phone = await world.enrolPhone();
    world.pass(day + 1);
    world.answer = { status: 'too-early' };
    expect(await world.refresh()).toMatchObject({ tooEarly: 1, refreshed: 0 });
    expect(await world.queue()).toEqual([day + 6 * hour + 1]);
    world.answer = undefined;
    world.pass(6 * hour + 1);
    expect(await world.refresh()).toMatchObject({ refreshed: 1 });
    expect((await world.stored(phone))?.rm).toEqual({ N: '3' });
  });

  it('of another key is not taken, and somebody is told', async () => {
    const world = await aWorld();
    const [phone, other] = [await world.enrolPhone(), softwareIphone({ now: world.now })];
    world.pass(day + 1);
    const { receipt } = other.attest({ clientData: Buffer.from('{}') });
    world.pass(2 * day);
    const { body } = softwareAppleServer({ now: world.now })(receipt.toString('base64'));
    world.answer = { status: 'refreshed', receipt: Buffer.from(body, 'base64') };
    const before = await world.stored(phone);
    const tally = await world.refresh();
    expect(tally).toMatchObject({ refreshed: 0, rejected: { 'receipt-key': 1 } });
    expect(alarmOf(tally)).toMatch(/receipt-key/);
    expect((await world.stored(phone))?.rc).toEqual(before?.rc);
    expect(await world.queue()).toEqual([world.now() - noon + day]);
  });

  it('that Apple does not know is sent again the next day, and nobody is woken up', async () => {
    const world = await aWorld();
    await world.enrolPhone();
    world.pass(day + 1);
    world.answer = { status: 'rejected', reason: 'status-404' };
    const tally = await world.refresh();
    expect([tally.rejected, alarmOf(tally)]).toEqual([{ 'status-404': 1 }, undefined]);
    expect(await world.queue()).toEqual([2 * day + 1]);
  });

  it('of a phone that is gone, or of 90 days, is forgotten', async () => {
    const world = await aWorld();
    const [gone, old] = [await world.enrolPhone(), await world.enrolPhone()];
    await world.removePhone(gone);
    world.pass(day + 1);
    world.answer = { status: 'too-early' };
    expect(await world.refresh()).toMatchObject({ dropped: 1, tooEarly: 1 });
    expect(await world.stored(gone)).toBeUndefined();
    world.pass(90 * day);
    expect(await world.refresh()).toMatchObject({ dropped: 1 });
    expect(await world.stored(old)).toBeUndefined();
    expect(await world.queue()).toEqual([]);
  });
});

describe('a run', () => {
  it('ends when its time is up, and the next one goes on from there', async () => {
    const world = await aWorld();
    for (let i = 0; i < 3; i += 1) await world.enrolPhone();
    world.pass(day + 1);
    world.remainingMs = 1_000;
    expect(await world.refresh()).toMatchObject({ refreshed: 0, ended: 'time', waitingMs: 1 });
    world.remainingMs = 600_000;
    expect(await world.refresh()).toMatchObject({ refreshed: 3, waitingMs: 0 });
  });

  it('goes through more than one page, and visits nobody twice', async () => {
    const world = await aWorld();
    for (let i = 0; i < 30; i += 1) await world.enrolPhone();
    world.pass(day + 1);
    expect(await world.refresh()).toMatchObject({ refreshed: 30 });
    expect(new Set(world.sent).size).toBe(30);
  });

  it('leaves everything where it is while Apple is out of reach, and tells of it after a day', async () => {
    const world = await aWorld();
    await world.enrolPhone();
    await world.enrolPhone();
    world.pass(day + hour);
    world.answer = { status: 'unavailable', reason: 'timeout' };
    const tally = await world.refresh();
    expect(tally).toMatchObject({ ended: 'timeout', waitingMs: hour });
    expect([world.sent.length, alarmOf(tally)]).toEqual([1, undefined]);
    expect(await world.queue()).toEqual([day, day]);
    world.pass(20 * hour);
    expect(alarmOf(await world.refresh())).toMatch(/21 hours/);
    world.answer = { status: 'unavailable', reason: 'status-401' };
    expect(alarmOf(await world.refresh())).toMatch(/let us in/);
  });
});
