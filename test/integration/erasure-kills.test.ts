import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { finishErasure } from '#core/identity/erasure/finish-erasure.ts';
import { requestErasure } from '#core/identity/erasure/request-erasure.ts';
import { verifyReceipt } from '#core/privacy/verify-receipt.ts';
import type { Item } from '#core/shared/dynamodb-store.ts';
import { unique } from '#test/support/builders.ts';
import { failingAt } from '#test/support/failing.ts';
import {
  aDriver,
  aWaitingCheck,
  aWorld,
  besides,
  createTables,
  type IdentityEngines,
  type IdentityWorld,
  startIdentityEngines,
} from '#test/support/identity.ts';
import { copyItems, deleteItems, itemsOf } from '#test/support/table-copies.ts';
import type { TestBucket } from '#test/support/versioned-bucket.ts';

let engines: IdentityEngines;
let here: IdentityWorld;
let keys: object;
/** Everything of one driver who just asked to be erased, to begin from again and again. */
let asked: { driverId: string; erasureId: string; items: Item[]; objects: ReturnType<TestBucket['all']> };
beforeAll(async () => {
  engines = await startIdentityEngines();
  here = aWorld(engines, await createTables(engines));
  keys = { keys: [await here.deps.signing.publicKey(engines.signingKeyId)] };
  const driver = await aDriver(here, { driverId: unique('driver'), references: 2 });
  await driver.send(await driver.openCheck(), await driver.photo());
  await aWaitingCheck(driver);
  const outcome = await requestErasure(here.deps, { driverId: driver.driverId, reason: 'asked' });
  if (outcome.status !== 'requested') throw new Error('no erasure');
  asked = {
    driverId: driver.driverId,
    erasureId: outcome.erasure.erasureId,
    items: await itemsOf(engines.engine, here.tables.identity),
    objects: here.bucket.all(),
  };
});
afterAll(() => engines.stop());

const beginAgain = async () => {
  await deleteItems(engines.engine, here.tables.identity);
  await copyItems(engines.engine, here.tables.identity, asked.items);
  here.bucket.restore(asked.objects);
};
/** Whether it ended as every erasure must. */
const expectErased = async () => {
  const { deps, bucket } = here;
  const receipts = await deps.erasures.receipts(asked.driverId);
  expect(receipts).toHaveLength(1);
  const verified = verifyReceipt(receipts[0]?.receipt ?? '', keys);
  if (verified.status !== 'verified') throw new Error(verified.reason);
  expect(verified.payload.deleted.map(({ count }) => count)).toEqual([2, 1, 5, 1]);
  expect(bucket.all()).toEqual([]);
  expect((await deps.profiles.read(asked.driverId)).erasing).toBeUndefined();
  expect((await deps.erasures.find(asked.driverId, asked.erasureId))?.state).toBe('done');
  const left = (await itemsOf(engines.engine, here.tables.identity)).map(({ sk }) => sk?.S ?? '');
  expect(left.filter((sk) => sk.startsWith('PHOTO#') || sk.includes('#erasure#'))).toEqual([]);
  expect((await deps.checks.waiting(10)).waiting).toEqual([]);
};
const behind = (fault: ReturnType<typeof failingAt>) =>
  besides(here, {
    database: fault.wrap(engines.engine.client),
    s3: fault.wrap(here.bucket.client),
    keys: fault.wrap(engines.keys),
  });

const isWrite = (name: string) => !/^(Get|Query|List)/.test(name);

describe('an erasure whose process is killed', () => {
  it('before any call, or after any that writes, ends in the same receipt', async () => {
    await beginAgain();
    const counted = failingAt();
    await finishErasure(behind(counted).deps, asked);
    await expectErased();
    const calls = counted.state.sent;
    expect(calls.filter(isWrite).length).toBeGreaterThan(8);
    const ends = calls.flatMap((name, index) =>
      // What only reads leaves the same behind, before and after.
      (isWrite(name) ? (['before', 'after'] as const) : (['before'] as const)).map((when) => ({
        at: index + 1,
        name,
        when,
      })),
    );
    for (const { at, name, when } of ends) {
      await beginAgain();
      const fault = failingAt(at, when);
      const where = `call ${at} of ${calls.length}, ${name}, ${when}`;
      await finishErasure(behind(fault).deps, asked).catch(() => {});
      expect(fault.state.failed, where).toBe(true);
      expect(await finishErasure(here.deps, asked), where).toBe('done');
      await expectErased();
    }
  });

  it('again and again, one call further each time, ends all the same', async () => {
    await beginAgain();
    for (let at = 1; ; at += 1) {
      const outcome = await finishErasure(behind(failingAt(at, 'after')).deps, asked).catch(() => 'killed');
      if (outcome === 'done') break;
      expect(at).toBeLessThan(60);
    }
    await expectErased();
  });
});

describe('an erasure that several take on', () => {
  it('at the same time has one receipt', async () => {
    for (let round = 0; round < 5; round += 1) {
      await beginAgain();
      const outcomes = await Promise.all(Array.from({ length: 3 }, () => finishErasure(here.deps, asked)));
      expect(outcomes).toEqual(['done', 'done', 'done']);
      await expectErased();
    }
  });

  it.each([
    ['listings of the bucket', /^ListObject/],
    ['queries of the table', /^Query/],
  ])('counts once, also where one was slow at its %s', async (_, slow) => {
    await beginAgain();
    const gate: { open: () => void; reached: () => void } = { open: () => {}, reached: () => {} };
    const opened = new Promise<void>((resolve) => {
      gate.open = resolve;
    });
    const reached = new Promise<void>((resolve) => {
      gate.reached = resolve;
    });
    const waiting = <T extends object>(client: T, until: (name: string) => boolean): T =>
      ({
        send: async (command: { constructor: { name: string } }) => {
          if (until(command.constructor.name)) {
            gate.reached();
            await opened;
          }
          return (client as unknown as { send(command: object): Promise<unknown> }).send(command);
        },
      }) as unknown as T;
    const { deps } = besides(here, {
      database: waiting(engines.engine.client, (name) => slow.test(name)),
      s3: waiting(here.bucket.client, (name) => slow.test(name)),
    });
    const late = finishErasure(deps, asked);
    await reached;
    // The other one deletes everything, and stops right before it says so.
    let deleted = false;
    const stopping = failingAt((name) => {
      deleted ||= name === (slow.test('QueryCommand') ? 'BatchWriteItemCommand' : 'DeleteObjectsCommand');
      return deleted && name === 'PutItemCommand';
    });
    await finishErasure(behind(stopping).deps, asked).catch(() => {});
    expect(stopping.state.failed).toBe(true);
    gate.open();
    expect(await late).toBe('done');
    await expectErased();
  });
});
