import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkInAttempt } from '#core/offers/check-in-attempt.ts';
import { metersBetween } from '#core/offers/distance.ts';
import { monday, unique } from '#test/support/builders.ts';
import { aCourier, arrive, atCheckIn, blockOf, claimed, never, station } from '#test/support/check-ins.ts';
import { failingAt } from '#test/support/failing.ts';
import {
  aWorld,
  besides,
  createTables,
  hour,
  type IdentityEngines,
  type IdentityTables,
  minute,
  startIdentityEngines,
  type WorldOptions,
} from '#test/support/identity.ts';

let engines: IdentityEngines;
let tables: IdentityTables;
beforeAll(async () => {
  engines = await startIdentityEngines();
  tables = await createTables(engines);
});
afterAll(() => engines.stop());

const world = (options: WorldOptions = {}) =>
  aWorld(engines, tables, { policy: never, clock: { at: atCheckIn }, ...options });
const refused = (code: string) => expect.objectContaining({ status: 'refused', code });
const done = expect.objectContaining({ status: 'checked-in' });
const _asked = expect.objectContaining({ status: 'asked' });

describe('a check-in', () => {
  it('has its time, from half an hour before the start to a quarter after', async () => {
    const here = world();
    const driver = await aCourier(here);
    const opensAt = monday - 30 * minute;
    for (const [at, expected] of [
      [opensAt - 1, expect.objectContaining({ code: 'too-early', opensAt })],
      [opensAt, done],
      [monday + 15 * minute, done],
      [monday + 15 * minute + 1, refused('check-in-over')],
    ] as const) {
      here.clock.at = at;
      expect(await arrive(here, driver, await claimed(here, driver))).toEqual(expected);
    }
  });

  it('is for the owner, on the phone that claimed', async () => {
    const here = world();
    const [driver, other] = [await aCourier(here), await aCourier(here)];
    const blockId = await claimed(here, driver);
    expect(await arrive(here, other, blockId)).toEqual(refused('not-yours'));
    expect(await arrive(here, driver, unique('block'))).toEqual(refused('not-yours'));
    const elsewhere = { driverId: driver.driverId, deviceId: unique('phone') };
    expect(await arrive(here, elsewhere, blockId)).toEqual(refused('wrong-device'));
    expect(await arrive(here, { driverId: driver.driverId }, blockId)).toEqual(refused('wrong-device'));
    expect(await blockOf(here, blockId)).toMatchObject({ state: 'taken', owner: driver.driverId });
    expect(await arrive(here, driver, blockId)).toEqual(done);
    const unproven = await claimed(here, { driverId: driver.driverId });
    expect(await arrive(here, elsewhere, unproven)).toEqual(done);
  });

  it('is at the station as far as a position was given', async () => {
    const here = world();
    const driver = await aCourier(here);
    // A degree of latitude is 111 km.
    const north = (meters: number) => ({
      latitude: station.latitude + meters / 111_195,
      longitude: station.longitude,
    });
    expect(metersBetween(station, north(2_500))).toBeCloseTo(2_500, -1);
    for (const [position, expected] of [
      [undefined, done],
      [north(1_990), done],
      [north(2_010), refused('not-at-station')],
      [{ ...north(2_400), accuracyMeters: 500 }, done],
      [{ ...north(4_100), accuracyMeters: 100_000 }, refused('not-at-station')],
      [{ latitude: -station.latitude, longitude: 180 + station.longitude }, refused('not-at-station')],
    ] as const) {
      const blockId = await claimed(here, driver);
      expect(await arrive(here, driver, blockId, position)).toEqual(expected);
    }
  });

  it('sent again, or by many at once, is one check-in', async () => {
    const here = world();
    const driver = await aCourier(here);
    const blockId = await claimed(here, driver);
    const outcomes = await Promise.all(Array.from({ length: 6 }, () => arrive(here, driver, blockId)));
    expect(outcomes.filter(({ status }) => status === 'checked-in')).toHaveLength(1);
    here.clock.at += hour;
    expect(await arrive(here, driver, blockId)).toMatchObject({ status: 'repeated', at: atCheckIn });
    expect(await blockOf(here, blockId)).toMatchObject({ state: 'checked-in', checkedInAt: atCheckIn });
  });

  it.each(['before', 'after'] as const)('whose answer is lost %s the write is found', async (when) => {
    const here = world();
    const driver = await aCourier(here);
    const blockId = await claimed(here, driver);
    const fault = failingAt((name) => name === 'UpdateItemCommand', when, 'unanswered');
    const faulty = besides(here, { database: fault.wrap(engines.engine.client) });
    const outcome = await arrive(faulty, driver, blockId);
    expect(outcome.status).toBe(when === 'before' ? 'checked-in' : 'repeated');
    expect(fault.state.failed).toBe(true);
  });

  it('leaves of a position the kilometre around in its record, and nothing with the block', async () => {
    const here = world();
    const driver = await aCourier(here);
    const blockId = await claimed(here, driver);
    const position = { latitude: 47.54321, longitude: -122.32199 };
    const outcome = await arrive(here, driver, blockId, position);
    const record = checkInAttempt(
      outcome,
      { blockId, position },
      {
        caller: { accountId: driver.driverId, deviceId: driver.deviceId },
        requestId: 'request',
        startedAt: atCheckIn,
        endedAt: atCheckIn + 1,
      },
    );
    expect(record).toMatchObject({
      ...{ type: 'check-in', outcome: 'checked-in', blockId },
      position: { latitude: 47.54, longitude: -122.32 },
    });
    expect(JSON.stringify(await blockOf(here, blockId))).not.toMatch(/47\.5|122\.3|latitude/);
  });
});
