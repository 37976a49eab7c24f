import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { enrolDevice } from '#core/devices/enrol-device.ts';
import type { Database } from '#core/shared/dynamodb-store.ts';
import { unique } from '#test/support/builders.ts';
import { type Engine, startEngine } from '#test/support/engine.ts';
import { aClock, anIphone, aPolicy, type Clock, enrolled, openDevices } from '#test/support/phones.ts';

const hour = 3_600_000;

let engine: Engine;
let table: string;
beforeAll(async () => {
  engine = await startEngine();
  table = await engine.createTable();
});
afterAll(() => engine.stop());

const open = (clock: Clock, policy = aPolicy(), database: Database = engine.client) =>
  openDevices(database, table, clock, policy);

describe('a challenge', () => {
  it('serves once, of ten requests at the same moment', async () => {
    const clock = aClock();
    const { deps, challenge } = open(clock);
    const { challengeId, accountId } = await challenge(unique('driver'), 'ios');
    const wanted = { challengeId, accountId, platform: 'ios', purpose: 'enrol' } as const;
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, () => deps.challenges.consume(wanted, clock.at)),
    );
    expect(outcomes.filter(({ status }) => status === 'consumed')).toHaveLength(1);
  });

  it('serves the account and the platform that it was made for, for five minutes', async () => {
    const clock = aClock();
    const { deps, challenge } = open(clock);
    const { challengeId, accountId } = await challenge(unique('driver'), 'ios');
    const consume = (changed: object, at = clock.at) =>
      deps.challenges.consume({ challengeId, accountId, platform: 'ios', purpose: 'enrol', ...changed }, at);
    expect(await consume({ accountId: 'another' })).toEqual({ status: 'invalid' });
    expect(await consume({ platform: 'android' })).toEqual({ status: 'invalid' });
    expect(await consume({}, clock.at + 300_000)).toEqual({ status: 'invalid' });
    expect(await consume({}, clock.at + 299_999)).toMatchObject({ status: 'consumed' });
  });

  it('is spent by evidence that does not hold, and kept by a request that cannot', async () => {
    const clock = aClock();
    const devices = open(clock);
    const driver = unique('driver');
    const body = await devices.evidence(driver, anIphone(clock));
    const { attestation: _, ...without } = body;
    expect(
      await enrolDevice(devices.deps, { accountId: driver, body: without, requestId: 'r' }),
    ).toMatchObject({
      code: 'invalid-request',
      faults: [{ path: 'attestation', message: 'missing: ios needs it' }],
    });
    expect(
      await enrolDevice(devices.deps, {
        accountId: driver,
        body: { ...body, integrityToken: 'token' },
        requestId: 'r',
      }),
    ).toMatchObject({ faults: [{ path: 'integrityToken', message: 'is for android' }] });
    const foreign = (await devices.evidence(driver, anIphone(clock))).attestation as string;
    expect(
      await enrolDevice(devices.deps, {
        accountId: driver,
        body: { ...body, attestation: foreign },
        requestId: 'r',
      }),
    ).toMatchObject({ code: 'attestation-rejected' });
    expect(await enrolDevice(devices.deps, { accountId: driver, body, requestId: 'r' })).toMatchObject({
      code: 'challenge-invalid',
    });
  });

  it('is not given out without end', async () => {
    const clock = aClock();
    const { challenge } = open(clock);
    const driver = unique('driver');
    for (let count = 0; count < 30; count += 1) await challenge(driver, 'ios');
    await expect(challenge(driver, 'ios')).rejects.toThrow('slow-down');
    clock.at += hour;
    await expect(challenge(driver, 'ios')).resolves.toBeDefined();
  });
});

describe('a proof', () => {
  it('is used once, and a try of the same request again is no second use', async () => {
    const { deps } = open(aClock());
    const proof = { jkt: unique('key'), jti: unique('proof') };
    const uses = await Promise.all(
      Array.from({ length: 20 }, (_, index) => deps.proofs.useProof(proof, `request-${index}`, 0)),
    );
    expect(uses.filter((use) => use === 'first')).toHaveLength(1);
    const winner = `request-${uses.indexOf('first')}`;
    expect(await deps.proofs.useProof(proof, winner, 0)).toBe('first');
  });

  it('of an iPhone moves its counter up, whatever the order of arrival', async () => {
    const clock = aClock();
    const devices = open(clock);
    const driver = unique('driver');
    const { deviceId } = await enrolled(devices, driver, anIphone(clock));
    const counters = Array.from({ length: 50 }, (_, index) => index + 1);
    const uses = await Promise.all(
      counters.flatMap((counter) =>
        ['first try', 'replay'].map((request) =>
          devices.deps.proofs.advanceCounter(
            { accountId: driver, deviceId },
            counter,
            `${request}-${counter}`,
          ),
        ),
      ),
    );
    for (const [index] of counters.entries())
      expect(
        uses.slice(2 * index, 2 * index + 2).filter((use) => use === 'first').length,
      ).toBeLessThanOrEqual(1);
    expect(uses.at(-1) === 'first' || uses.at(-2) === 'first').toBe(true);
    expect(await devices.deps.proofs.advanceCounter({ accountId: driver, deviceId }, 50, 'late')).toBe(
      'used',
    );
  });

  it('counts for nothing when nobody can say whether it is new', async () => {
    const unreachable: Database = {
      send: async () => {
        throw Object.assign(new Error('socket hang up'), { name: 'TimeoutError' });
      },
    };
    const { deps } = open(aClock(), aPolicy(), unreachable);
    expect(await deps.proofs.useProof({ jkt: 'key', jti: 'proof' }, 'request', 0)).toBe('unknown');
  });
});
