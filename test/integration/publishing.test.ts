import { createHash, randomBytes } from 'node:crypto';
import { DeleteItemCommand, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dueStore } from '#core/draws/due-store.ts';
import { drawKey } from '#core/draws/entries-store.ts';
import { type PublishInput, publishDrop } from '#core/offers/publish-drop.ts';
import { publishingStore } from '#core/offers/publishing-store.ts';
import { readBlocks } from '#core/offers/schedule-store.ts';
import type { Database } from '#core/shared/dynamodb-store.ts';
import { readStage } from '#lib/stage-config.ts';
import { monday, unique } from '#test/support/builders.ts';
import { type Engine, startEngine } from '#test/support/engine.ts';

const now = monday - 24 * 3_600_000;
const iso = (at: number) => new Date(at).toISOString();

let engine: Engine;
let table: string;
beforeAll(async () => {
  engine = await startEngine();
  table = await engine.createTable();
});
afterAll(() => engine.stop());

/** Delivers a request and loses the answer of the given ones, counted from the first. */
const losingAnswers = (...lost: number[]): Database => {
  let sent = 0;
  return {
    send: async (command) => {
      sent += 1;
      const losesThis = lost.includes(sent);
      const answer = await engine.client.send(command);
      if (losesThis) throw Object.assign(new Error('socket hang up'), { name: 'TimeoutError' });
      return answer;
    },
  };
};

const aDrop = (input: Partial<PublishInput> = {}): PublishInput => ({
  publisherId: 'publisher-1',
  stationId: 'DSE1',
  mode: 'gated',
  blocks: [0, 1, 2].map((index) => ({
    startAt: iso(monday + index * 3_600_000),
    endAt: iso(monday + (index + 1) * 3_600_000),
    pay: { amount: 5_000, currency: 'EUR' },
  })),
  ...input,
});

const publish = (input: PublishInput, database: Database = engine.client, at = now) =>
  publishDrop(
    {
      store: publishingStore(database, table, 30),
      stations: new Map([['DSE1', { draw: 0, reserved: 0, gated: 0, direct: 100 }]]),
      draws: readStage('local').sharing.draws,
      now: () => at,
      newSecret: () => randomBytes(32).toString('base64url'),
      randomKey: () => unique('key'),
    },
    input,
  );

const stored = async (outcome: Awaited<ReturnType<typeof publish>>) =>
  outcome.status === 'published'
    ? readBlocks(
        engine.client,
        table,
        outcome.blocks.map(({ blockId }) => blockId),
      )
    : [];

describe('a drop', () => {
  it('of a hundred blocks is published whole', async () => {
    const [block] = aDrop().blocks as [PublishInput['blocks'][number]];
    const outcome = await publish(aDrop({ blocks: Array.from({ length: 100 }, () => block) }));
    expect(await stored(outcome)).toHaveLength(100);
  });

  it('sent again under its key is the same drop, also when its blocks have begun', async () => {
    const drop = aDrop({ requestKey: unique('drop') });
    const first = await publish(drop);
    expect(await publish(drop)).toEqual(first);
    expect(await publish(drop, engine.client, monday + 1)).toEqual(first);
    const other = await publish({ ...drop, mode: 'direct' });
    expect(other).toEqual({ status: 'refused', code: 'request-key-reused' });
    expect(await stored(first)).toHaveLength(3);
  });

  it('whose answers get lost is finished by sending it again', async () => {
    for (const lost of [1, 2, 3]) {
      const drop = aDrop({ requestKey: unique('drop') });
      const first = await publish(drop, losingAnswers(lost)).catch(() => ({ status: 'failed' }) as const);
      const again = await publish(drop);
      expect([lost, again.status]).toEqual([lost, 'published']);
      expect(await stored(again)).toHaveLength(3);
      if (first.status === 'published') expect(again).toEqual(first);
    }
  });

  it('under the key of a drop that is forgotten claims nothing that was not written', async () => {
    const drop = aDrop({ requestKey: unique('drop') });
    const first = await publish(drop);
    const dropId = first.status === 'published' ? first.dropId : '';
    await engine.client.send(
      new DeleteItemCommand({ TableName: table, Key: { pk: { S: `P#${dropId}` }, sk: { S: 'P' } } }),
    );
    const dearer = drop.blocks.map((block) => ({ ...block, pay: { amount: 99_900, currency: 'EUR' } }));
    expect(await publish({ ...drop, blocks: dearer })).toEqual({
      status: 'refused',
      code: 'request-key-reused',
    });
    expect((await stored(first)).map(({ amount }) => amount)).toEqual([5_000, 5_000, 5_000]);
  });

  it('whose blocks get no answer may be repeated under its key, and without one is said to be unknown', async () => {
    const keyed = await publish(aDrop({ requestKey: unique('drop') }), losingAnswers(3));
    expect(keyed).toEqual({ status: 'refused', code: 'try-again' });
    expect(await publish(aDrop(), losingAnswers(2))).toEqual({ status: 'refused', code: 'outcome-unknown' });
  });

  it('without a key is another drop each time', async () => {
    const [first, second] = [await publish(aDrop()), await publish(aDrop())];
    const ids = [first, second].flatMap((outcome) =>
      outcome.status === 'published' ? outcome.blocks.map(({ blockId }) => blockId) : [],
    );
    expect(new Set(ids).size).toBe(6);
  });

  it('sent twice at once under one key is published once', async () => {
    const drop = aDrop({ requestKey: unique('drop') });
    const [first, second] = await Promise.all([publish(drop), publish(drop)]);
    expect(second).toEqual(first);
    expect(await stored(first)).toHaveLength(3);
  });

  it('that cannot be is refused with each fault and writes nothing', async () => {
    const outcome = await publish(
      aDrop({
        opensAt: iso(monday + 1),
        blocks: [
          { startAt: iso(monday), endAt: iso(monday + 13 * 3_600_000), pay: { amount: 1, currency: 'EUR' } },
        ],
      }),
    );
    expect(outcome).toMatchObject({
      code: 'invalid-request',
      faults: [{ path: 'blocks.0.startAt' }, { path: 'blocks.0.endAt' }],
    });
    expect(await publish(aDrop({ drawSeconds: 8 }))).toMatchObject({ faults: [{ path: 'drawSeconds' }] });
    const longAgo = iso(now - 25 * 3_600_000);
    expect(await publish(aDrop({ opensAt: longAgo }))).toMatchObject({ faults: [{ path: 'opensAt' }] });
    expect(await publish(aDrop({ stationId: 'XX1' }))).toMatchObject({ code: 'unknown-station' });
  });
});

describe('a drop whose blocks are drawn', () => {
  const drawn = (input: Partial<PublishInput> = {}) => aDrop({ mode: 'draw', drawSeconds: 8, ...input });

  it('commits to one secret, however often it is sent, and is due at its close', async () => {
    const drop = drawn({ requestKey: unique('drop') });
    const first = await publish(drop);
    expect(await publish(drop)).toEqual(first);
    if (first.status !== 'published' || !first.draw) throw new Error('no draw was published');
    const { drawId, closesAt, commitment } = first.draw;
    const { Item } = await engine.client.send(
      new GetItemCommand({ TableName: table, Key: drawKey(drawId), ConsistentRead: true }),
    );
    const secret = Buffer.from(Item?.se?.S ?? '', 'base64url');
    expect(createHash('sha256').update(secret).digest('base64url')).toBe(commitment);
    expect(closesAt).toBeGreaterThanOrEqual(now + 8_000);
    for (const block of await stored(first))
      expect(block).toMatchObject({ state: 'open', drawId, closesAt, commitment });
    const due = await dueStore(engine.client, table).until(closesAt);
    expect(due).toContainEqual({ at: closesAt, kind: 'draw', id: drawId });
  });

  it('is refused where a block begins before the close', async () => {
    const blocks = [
      { startAt: iso(now + 5_000), endAt: iso(now + 3_600_000), pay: { amount: 5_000, currency: 'EUR' } },
    ];
    const answer = await publish(drawn({ blocks }));
    expect(answer).toMatchObject({ code: 'invalid-request', faults: [{ path: 'blocks.0.startAt' }] });
  });
});
