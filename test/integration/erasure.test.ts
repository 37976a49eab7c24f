import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openKey, openOrCreateKey } from '#core/identity/driver-keys.ts';
import { finishErasure } from '#core/identity/erasure/finish-erasure.ts';
import { requestErasure } from '#core/identity/erasure/request-erasure.ts';
import { newId } from '#core/identity/keys.ts';
import type { PhotoKind } from '#core/identity/photos-store.ts';
import { viewCheck } from '#core/identity/review-check.ts';
import { verifyReceipt } from '#core/privacy/verify-receipt.ts';
import { aStoredDriver, erase, keySet, receiptsOf, request } from '#test/support/erasures.ts';
import { failingAt } from '#test/support/failing.ts';
import {
  aDriver,
  aWorld,
  besides,
  createTables,
  day,
  hour,
  type IdentityEngines,
  type IdentityTables,
  type IdentityWorld,
  minute,
  startIdentityEngines,
  type TestDriver,
  type WorldOptions,
} from '#test/support/identity.ts';
import { copyItems, itemsOf } from '#test/support/table-copies.ts';
import { aBucket } from '#test/support/versioned-bucket.ts';

let engines: IdentityEngines;
let tables: IdentityTables;
beforeAll(async () => {
  engines = await startIdentityEngines();
  tables = await createTables(engines);
});
afterAll(() => engines.stop());

const world = (options: WorldOptions = {}) => aWorld(engines, tables, options);
/** Every object that can be opened with the driver's key as it is in these tables. */
const readable = async ({ deps, bucket }: IdentityWorld, driver: TestDriver, subject: string) => {
  const key = await openKey(deps.driverKeys, driver.driverId, subject);
  if (!key) return 0;
  const opened = await Promise.all(
    bucket.names().map((name) => {
      const [kind, , id = ''] = name.split('/');
      return deps.photos.get(key, kind as PhotoKind, id);
    }),
  );
  return opened.filter((photo) => photo !== undefined).length;
};

describe('an erasure', () => {
  it('leaves no key, no object, and nothing of the photos in the tables', async () => {
    const here = world();
    const driver = await aStoredDriver(here);
    expect(await readable(here, driver, driver.subject)).toBe(3);
    await erase(here, driver);
    expect(await here.deps.driverKeys.keys.find(driver.driverId)).toBeUndefined();
    expect(here.bucket.names()).toEqual([]);
    const items = (await itemsOf(engines.engine, tables.identity)).filter(({ pk }) =>
      pk?.S?.startsWith(`I#${driver.driverId}`),
    );
    expect(items.map(({ sk }) => sk?.S?.split('#')[0]).sort()).toEqual(
      ['CHECK', 'CHECK', 'ERASURE', 'PROFILE', 'RECEIPT'].sort(),
    );
    expect(JSON.stringify(items)).not.toMatch(/band|fingerprint|unlike|unsure/);
    const due = await here.deps.erasures.due(here.clock.at + 1_000 * day, 500);
    const own = due.filter(({ driverId }) => driverId === driver.driverId);
    // Of the photo that waited: once an hour after it was stored, once when its time is over.
    expect(own.map(({ kind }) => kind)).toEqual(['selfie', 'selfie']);
  });

  it('makes everything unreadable from its request on, before anything is deleted', async () => {
    const here = world();
    const driver = await aStoredDriver(here);
    await request(here, driver);
    expect(here.bucket.names()).toHaveLength(3);
    expect(await readable(here, driver, driver.subject)).toBe(0);
    const look = { driverId: driver.driverId, checkId: driver.checkId, reviewerId: 'r', rationale: 'why' };
    expect(await viewCheck(here.deps, { ...look, sharp: true })).toMatchObject({ code: 'photo-gone' });
  });

  it('deletes every version and every mark where somebody switched versions on', async () => {
    const here = world({ bucket: aBucket({ versioned: true }) });
    const driver = await aStoredDriver(here);
    await here.deps.photos.delete(driver.subject, 'references', 'one that is not there');
    const all = here.bucket.all().length;
    expect(all).toBeGreaterThan(here.bucket.all().filter(({ bytes }) => bytes).length);
    await erase(here, driver);
    expect(here.bucket.all()).toEqual([]);
    const [receipt] = await receiptsOf(here, driver);
    expect((receipt?.deleted[0]?.count ?? 0) + (receipt?.deleted[1]?.count ?? 0)).toBe(all);
  });

  it('touches no other driver', async () => {
    const here = world();
    const [driver, other] = [await aStoredDriver(here), await aStoredDriver(here)];
    await erase(here, driver);
    expect(await readable(here, other, other.subject)).toBe(3);
    expect((await other.profile()).references).toHaveLength(2);
  });

  it('lets the driver begin anew, under another key and another name', async () => {
    const here = world();
    const driver = await aStoredDriver(here);
    const asked = (await driver.profile()).askedAt;
    await erase(here, driver);
    expect(await driver.agree()).toMatchObject({ status: 'given' });
    expect(await driver.addReference()).toMatchObject({ status: 'added', references: 1 });
    const { subject, askedAt } = await driver.profile();
    expect(subject).not.toBe(driver.subject);
    expect(askedAt).toEqual(asked);
    expect(await driver.send(await driver.openCheck(), await driver.photo())).toMatchObject({
      result: 'passed',
    });
  });
});

describe('copies', () => {
  const copied = async () => {
    const here = aWorld(engines, await createTables(engines));
    const driver = await aStoredDriver(here);
    const copy = {
      identity: await itemsOf(engines.engine, here.tables.identity),
      keys: await itemsOf(engines.engine, here.tables.keys),
      bucket: here.bucket.all(),
    };
    expect(copy.keys).toHaveLength(1);
    await erase(here, driver);
    const fresh = await createTables(engines);
    await copyItems(engines.engine, fresh.identity, copy.identity);
    const bucket = aBucket();
    bucket.restore(copy.bucket);
    return { here, driver, copy, fresh, bucket };
  };

  it('of the table and the bucket, put back after an erasure, cannot be read: of the keys there is none', async () => {
    const { here, driver, fresh, bucket } = await copied();
    const there = aWorld(engines, { ...fresh, keys: here.tables.keys }, { bucket, faces: here.faces });
    const again = await aDriver(there, { ...driver.sender, agrees: false, references: 0 });
    expect((await again.profile()).references).toHaveLength(2);
    expect(bucket.names()).toHaveLength(3);
    expect(await readable(there, again, driver.subject)).toBe(0);
    const look = { driverId: driver.driverId, checkId: driver.checkId, reviewerId: 'r', rationale: 'why' };
    expect(await viewCheck(there.deps, { ...look, sharp: true })).toMatchObject({ code: 'photo-gone' });
    expect(await again.send(await again.openCheck(), await again.photo())).toMatchObject({
      code: 'consent-required',
    });
    // Nor does a new key under the old name open what the old one sealed.
    expect(await openOrCreateKey(there.deps, await again.profile())).toBeDefined();
    expect(await readable(there, again, driver.subject)).toBe(0);
  });

  it('of the table of keys would undo an erasure: that is the limit, and why it must have none', async () => {
    const { here, driver, copy, fresh, bucket } = await copied();
    await copyItems(engines.engine, fresh.keys, copy.keys);
    const there = aWorld(engines, fresh, { bucket, faces: here.faces });
    expect(await readable(there, driver, driver.subject)).toBe(3);
  });
});

describe('a receipt', () => {
  it('says what was deleted and what is kept, names nobody, and verifies without this service', async () => {
    const here = world();
    const driver = await aStoredDriver(here);
    const erasure = await request(here, driver);
    here.clock.at += minute;
    await finishErasure(here.deps, erasure);
    const [receipt, ...more] = await receiptsOf(here, driver);
    expect(more).toEqual([]);
    // Five photos were hashed: two references, one that passed, two that waited; and one session.
    expect(receipt?.deleted.map(({ count }) => count)).toEqual([2, 1, 6, 1]);
    expect(receipt).toMatchObject({
      reason: 'asked',
      requestedAt: new Date(erasure.requestedAt).toISOString(),
      keyDestroyedAt: new Date(erasure.requestedAt).toISOString(),
      erasedAt: new Date(here.clock.at).toISOString(),
    });
    expect(receipt?.kept.length).toBeGreaterThan(0);
    expect(JSON.stringify(receipt)).not.toContain(driver.driverId);
    expect(JSON.stringify(receipt)).not.toContain(driver.subject);
  });

  it('fails with any byte changed, and with another key', async () => {
    const here = world();
    const driver = await aDriver(here, { references: 0 });
    await erase(here, driver);
    const [{ receipt = '' } = {}] = await here.deps.erasures.receipts(driver.driverId);
    const keys = await keySet(here);
    expect(verifyReceipt(receipt, keys).status).toBe('verified');
    for (let at = 0; at < receipt.length; at += 3) {
      const other = receipt[at] === 'A' ? 'B' : 'A';
      const changed = receipt.slice(0, at) + other + receipt.slice(at + 1);
      expect(verifyReceipt(changed, keys).status, `at ${at}`).toBe('refused');
    }
    expect(verifyReceipt(receipt, { keys: [] })).toEqual({ status: 'refused', reason: 'unknown-key' });
  });

  it('is given with zeros where nothing was stored', async () => {
    const here = world();
    const driver = await aDriver(here, { agrees: false, references: 0 });
    await erase(here, driver);
    const [receipt] = await receiptsOf(here, driver);
    expect(receipt?.deleted.map(({ count }) => count)).toEqual([0, 0, 0, 0]);
  });

  it('counts no key where there was consent and never a photo', async () => {
    const here = world();
    const driver = await aDriver(here, { references: 0 });
    await erase(here, driver);
    expect((await receiptsOf(here, driver))[0]?.deleted.at(-1)?.count).toBe(0);
  });

  it('names every kind of record that is kept', async () => {
    const here = world();
    const driver = await aDriver(here);
    await erase(here, driver);
    const kept = (await receiptsOf(here, driver))[0]?.kept.map(({ what }) => what).join('; ');
    for (const word of ['on which phones', 'how each check ended', 'release', 'who looked', 'decided'])
      expect(kept).toContain(word);
  });
});

describe('asking for an erasure', () => {
  it('a second time, or many times at once, changes nothing', async () => {
    const here = world();
    const driver = await aStoredDriver(here);
    const all = await Promise.all(Array.from({ length: 3 }, () => driver.withdraw()));
    const first = await request(here, driver);
    here.clock.at += minute;
    expect(await request(here, driver)).toEqual(first);
    for (const outcome of all)
      expect([first.erasureId, undefined]).toContain(
        outcome.status === 'requested' ? outcome.erasure.erasureId : undefined,
      );
    expect(await here.deps.erasures.list(driver.driverId)).toHaveLength(1);
    expect(await finishErasure(here.deps, first)).toBe('done');
    expect(await finishErasure(here.deps, first)).toBe('done');
    expect(await receiptsOf(here, driver)).toHaveLength(1);
  });

  it.each(
    (['before', 'after'] as const).flatMap((when) =>
      (['killed', 'unanswered'] as const).map((error) => ({ when, error })),
    ),
  )('and being $error $when the write makes one erasure in the end', async ({ when, error }) => {
    const here = world();
    const driver = await aStoredDriver(here);
    const fault = failingAt((name) => name === 'TransactWriteItemsCommand', when, error);
    const { deps } = besides(here, { database: fault.wrap(engines.engine.client) });
    const asked = { driverId: driver.driverId, reason: 'asked' } as const;
    if (error === 'killed') await expect(requestErasure(deps, asked)).rejects.toThrow('killed');
    else expect(await requestErasure(deps, asked)).toMatchObject({ status: 'requested' });
    await erase(here, driver);
    expect(await here.deps.erasures.list(driver.driverId)).toHaveLength(1);
    expect((await receiptsOf(here, driver)).map(({ deleted }) => deleted.map(({ count }) => count))).toEqual([
      [2, 1, 6, 1],
    ]);
  });

  it('again with nothing stored finds the one that was done, until there is consent again', async () => {
    const here = world();
    const driver = await aStoredDriver(here);
    const first = await erase(here, driver);
    here.clock.at += hour;
    expect(await request(here, driver)).toEqual(first);
    expect(await receiptsOf(here, driver)).toHaveLength(1);
    await driver.agree();
    const second = await erase(here, driver);
    expect(second.erasureId).not.toBe(first.erasureId);
    expect(await request(here, driver)).toEqual(second);
    const ended = await requestErasure(here.deps, { driverId: driver.driverId, reason: 'left' });
    expect(ended).not.toMatchObject({ erasure: { erasureId: second.erasureId } });
  });

  it('for one that nobody knows does nothing', async () => {
    const { deps } = world();
    expect(await finishErasure(deps, { driverId: 'nobody', erasureId: newId() })).toBe('unknown');
  });
});
