import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AttestationMode } from '#contract/primitives.ts';
import { checkProof } from '#core/devices/check-proof.ts';
import { endSessions } from '#core/devices/end-sessions.ts';
import { approveDevice } from '#core/devices/govern-devices.ts';
import { keepOnePhone } from '#core/devices/keep-one-phone.ts';
import { phonesOf } from '#core/devices/nickname.ts';
import { liftRestriction, restrictAccount } from '#core/devices/restrict-account.ts';
import { revocationSnapshot } from '#core/devices/revocations.ts';
import { readRevokedEpochs } from '#core/devices/revocations-store.ts';
import type { Database, Item } from '#core/shared/dynamodb-store.ts';
import { signProof } from '#phone/dpop.ts';
import type { SoftwarePhone } from '#phone/enrolment.ts';
import { someKeys, unique } from '#test/support/builders.ts';
import { type Engine, startEngine } from '#test/support/engine.ts';
import { failingAt } from '#test/support/failing.ts';
import { aClock, anIphone, aPolicy, type Clock, enrolled, openDevices } from '#test/support/phones.ts';
import { itemsOf } from '#test/support/table-copies.ts';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

let engine: Engine;
beforeAll(async () => {
  engine = await startEngine();
});
afterAll(() => engine.stop());

const byKey = (a: string, b: string) => a.localeCompare(b);
const text = (item: Item) => JSON.stringify(Object.entries(item).sort(([a], [b]) => byKey(a, b)));
/** Everything that stays, but for how often it was written. */
const lasting = async (table: string) =>
  (await itemsOf(engine, table))
    .filter(({ ttl }) => !ttl)
    .map(({ v: _, ep: __, ...item }) => text(item))
    .sort(byKey);

describe('phones', () => {
  /** A driver with one phone that claims, on a table of the test's own, and a function that answers phones. */
  const aDriver = async (mode: AttestationMode = 'enforce') => {
    const clock: Clock = aClock();
    const table = await engine.createTable();
    const devices = openDevices(engine.client, table, clock, aPolicy({ coolingOffMs: 0 }));
    const accountId = unique('driver');
    const phone = anIphone(clock);
    const { deviceId } = await enrolled(devices, accountId, phone);
    const login = { authenticatedAt: clock.at as number | undefined };
    const check = checkProof({
      signIn: async () => ({
        status: 'signed-in',
        accountId,
        groups: [],
        ...(login.authenticatedAt !== undefined && { authenticatedAt: login.authenticatedAt }),
      }),
      modeOf: () => mode,
      keys: async () => someKeys,
      revokedEpochs: revocationSnapshot(
        () => readRevokedEpochs(engine.client, table, clock.at),
        () => clock.at,
        (error) => {
          throw error;
        },
      ),
      proofs: devices.deps.proofs,
      origin: 'http://api.test',
      now: () => clock.at,
    });
    const request = { requestId: 'r', method: 'GET', path: '/v1/schedule', body: () => new Uint8Array() };
    const ask = async (headers: Record<string, string>) => {
      const outcome = await check({ ...request, headers, isClaim: false });
      return outcome.status === 'refused' ? outcome.code : outcome.status;
    };
    const token = async (from: SoftwarePhone = phone) => {
      const outcome = await devices.token(accountId, from);
      if (outcome.status !== 'issued') throw new Error(JSON.stringify(outcome));
      return outcome.accessToken;
    };
    const byToken = (accessToken: string) => {
      const htu = `http://api.test${request.path}`;
      const iat = clock.at / second;
      const dpop = signProof({ key: phone.dpopKey, htm: 'GET', htu, accessToken, iat });
      return ask({ authorization: `DPoP ${accessToken}`, dpop });
    };
    const byLogin = () => ask({ authorization: 'Bearer login' });
    return {
      clock,
      table,
      devices,
      deps: devices.deps,
      accountId,
      deviceId,
      phone,
      login,
      token,
      byToken,
      byLogin,
    };
  };
  type Driver = Awaited<ReturnType<typeof aDriver>>;
  const stored = ({ deps, accountId }: Driver) => deps.store.read(accountId);
  /** The same driver, whose next write is answered by nothing or kills the process. */
  const faulty = ({ table, clock }: Driver, error: 'killed' | 'unanswered') => {
    const { wrap } = failingAt((name) => name === 'TransactWriteItemsCommand', 'after', error);
    return openDevices(wrap(engine.client) as Database, table, clock).deps;
  };

  describe('of an account that is restricted', () => {
    const caseId = 'case-1';
    it('get no token and no enrolment at once, and no answer within 45 seconds', async () => {
      const driver = await aDriver();
      const { clock, deps, devices, accountId } = driver;
      const accessToken = await driver.token();
      const next = anIphone(clock);
      expect(await driver.byToken(accessToken)).toBe('proven');
      const outcome = await restrictAccount(deps, { accountId, caseId });
      expect(outcome).toEqual({ status: 'restricted', by: caseId });
      const restricted = { status: 'refused', code: 'account-restricted' };
      expect(await devices.token(accountId, driver.phone)).toEqual(restricted);
      expect(await devices.enrol(accountId, next)).toEqual(restricted);
      clock.at += 45 * second;
      expect(await driver.byToken(accessToken)).toBe('account-restricted');
    });

    it.each(['off', 'measure'] as const)(
      'are not stood for by a login, for ever, in mode %s',
      async (mode) => {
        const { clock, deps, accountId, login, byLogin } = await aDriver(mode);
        expect(await byLogin()).toBe('proven');
        await restrictAccount(deps, { accountId, caseId });
        for (const later of [45 * second, 100 * 24 * hour]) {
          clock.at += later;
          login.authenticatedAt = clock.at;
          expect(await byLogin()).toBe('account-restricted');
        }
        await liftRestriction(deps, { accountId, caseId });
        clock.at += 45 * second;
        expect(await byLogin()).toBe('proven');
      },
    );

    it('are as before when it is lifted by the case that put it, however often each is done', async () => {
      const driver = await aDriver();
      const { clock, deps, table, accountId } = driver;
      const before = await lasting(table);
      const restrict = (by = caseId) => restrictAccount(deps, { accountId, caseId: by });
      const lift = (by = caseId) => liftRestriction(deps, { accountId, caseId: by });
      expect(await lift()).toEqual({ status: 'lifted' });
      await expect(restrictAccount(faulty(driver, 'killed'), { accountId, caseId })).rejects.toThrow(
        'killed',
      );
      const during = await lasting(table);
      for (const by of [caseId, 'case-2'])
        expect(await restrict(by)).toEqual({ status: 'restricted', by: caseId });
      expect(await lift('case-2')).toEqual({ status: 'kept', by: caseId });
      expect(await lasting(table)).toEqual(during);
      expect((await stored(driver)).epoch).toBe(2);

      const again = await liftRestriction(faulty(driver, 'unanswered'), { accountId, caseId });
      expect([again, await lift()]).toEqual([{ status: 'lifted' }, { status: 'lifted' }]);
      expect(await lasting(table)).toEqual(before);
      clock.at += 45 * second;
      expect(await driver.byToken(await driver.token())).toBe('proven');
    });

    it('stay restricted when somebody enrols or is restricted at the same moment', async () => {
      const { clock, deps, devices, accountId } = await aDriver();
      const evidence = Array.from({ length: 2 }, () => anIphone(clock));
      const outcomes = await Promise.all([
        ...[1, 2].map(() => restrictAccount(deps, { accountId, caseId })),
        ...evidence.map((phone) => devices.enrol(accountId, phone)),
      ]);
      for (const { status } of outcomes.slice(0, 2)) expect(['restricted', 'refused']).toContain(status);
      await restrictAccount(deps, { accountId, caseId });
      expect(await deps.store.read(accountId)).toMatchObject({ restrictedBy: caseId, epoch: 2 });
    });
  });

  describe('whose sessions are ended', () => {
    const ended = { status: 'ended' };
    it('need another token, and a login from after it', async () => {
      const driver = await aDriver();
      const { clock, deps, devices, accountId, phone } = driver;
      const accessToken = await driver.token();
      expect(await driver.byToken(accessToken)).toBe('proven');
      const at = clock.at + second;
      clock.at += 10 * second;
      expect(await endSessions(deps, { accountId, at, key: 'case-1' })).toEqual(ended);
      const old = { accountId, authenticatedAt: at - 1 };
      const signIn = { status: 'refused', code: 'sign-in-required' };
      expect(await devices.token(accountId, phone)).toEqual(signIn);
      expect(await devices.token(accountId, phone, 'request', at - 1)).toEqual(signIn);
      expect(await devices.enrol(accountId, anIphone(clock), old.authenticatedAt)).toEqual(signIn);
      clock.at += 35 * second;
      expect(await driver.byToken(accessToken)).toBe('proof-invalid');
      const next = await devices.token(accountId, phone, 'another request', at);
      expect(next.status === 'issued' && (await driver.byToken(next.accessToken))).toBe('proven');
    });

    it.each(['off', 'measure'] as const)(
      'are stood for by no login from before, as long as one lives, in mode %s',
      async (mode) => {
        const { clock, deps, accountId, login, byLogin } = await aDriver(mode);
        const at = clock.at + second;
        await endSessions(deps, { accountId, at, key: 'case-1' });
        for (const later of [45 * second, 59 * minute]) {
          clock.at += later;
          for (const [since, code] of [
            [undefined, 'sign-in-required'],
            [at - 1, 'sign-in-required'],
            [at, 'proven'],
          ] as const) {
            login.authenticatedAt = since;
            expect(await byLogin()).toBe(code);
          }
        }
      },
    );

    it('are ended once for each key, also when its answer was lost', async () => {
      const driver = await aDriver();
      const { clock, deps, accountId } = driver;
      const end = (key: string, by = deps) => endSessions(by, { accountId, at: clock.at, key });
      await expect(end('case-1', faulty(driver, 'killed'))).rejects.toThrow('killed');
      const after = await itemsOf(engine, driver.table);
      clock.at += 24 * hour;
      expect(await end('case-1')).toEqual({ status: 'repeated' });
      expect(await itemsOf(engine, driver.table)).toEqual(after);
      expect(await end('case-2')).toEqual(ended);
      expect((await stored(driver)).epoch).toBe(3);
    });

    it('go on with old logins where a phone was merely removed', async () => {
      const { clock, deps, accountId, byLogin } = await aDriver('measure');
      await keepOnePhone(deps, { accountId });
      clock.at += 45 * second;
      expect(await byLogin()).toBe('proven');
    });
  });

  describe('of a driver who has the account back', () => {
    /** One phone that claims, one that did, two that wait; the epoch is 2. */
    const aCrew = async () => {
      const driver = await aDriver();
      const { clock, devices, accountId } = driver;
      clock.at += minute;
      const next = await enrolled(devices, accountId, anIphone(clock));
      const approval = { accountId, deviceId: next.deviceId, by: driver.deviceId };
      expect(await approveDevice(devices.deps, approval)).toMatchObject({ device: { status: 'active' } });
      for (let count = 0; count < 2; count += 1) await enrolled(devices, accountId, anIphone(clock));
      return { ...driver, active: next.deviceId };
    };
    const notices = async (table: string) =>
      (await itemsOf(engine, table)).filter(
        ({ pk, sk }) => pk?.S?.startsWith('NOTICE#') && sk?.S?.includes('#removed#'),
      );

    it('are removed at once but for the one that stays, with one notice, and again changes nothing', async () => {
      const driver = await aCrew();
      const { deps, accountId, active, table } = driver;
      for (const deviceId of [driver.deviceId, 'no-such-phone'])
        expect(await keepOnePhone(deps, { accountId, deviceId })).toEqual({
          status: 'refused',
          code: 'unknown-device',
        });
      const kept = (removed: number) => ({ status: 'kept', removed });
      expect(await keepOnePhone(deps, { accountId, deviceId: active })).toEqual(kept(2));
      const after = await itemsOf(engine, table);
      expect(await keepOnePhone(deps, { accountId, deviceId: active })).toEqual(kept(0));
      expect(await itemsOf(engine, table)).toEqual(after);
      const { devices, epoch } = await stored(driver);
      expect(devices.map(({ status }) => status).sort()).toEqual([
        'active',
        'removed',
        'removed',
        'replaced',
      ]);
      expect(epoch).toBeGreaterThan(2);
      expect((await driver.devices.revokedEpochs()).get(accountId)?.epoch).toBe(epoch);
      expect(await notices(table)).toHaveLength(1);
      // AS7: without its counter no assertion of a removed phone counts.
      expect(after.filter(({ sk }) => sk?.S?.startsWith('N#'))).toHaveLength(1);
    });

    it('are all removed where none is named', async () => {
      const driver = await aCrew();
      expect(await keepOnePhone(driver.deps, driver)).toMatchObject({ status: 'refused' });
      expect(await keepOnePhone(driver.deps, { accountId: driver.accountId })).toEqual({
        status: 'kept',
        removed: 3,
      });
      expect(phonesOf(await stored(driver))).toEqual([]);
      expect(await notices(driver.table)).toHaveLength(1);
    });

    it('are told apart by their day', async () => {
      const driver = await aDriver();
      driver.clock.at += 48 * hour;
      await enrolled(driver.devices, driver.accountId, anIphone(driver.clock));
      expect(phonesOf(await stored(driver))).toEqual([
        'iPhone of 23 November 2026',
        'iPhone of 25 November 2026',
      ]);
    });
  });
});
