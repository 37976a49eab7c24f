import { randomBytes, randomUUID } from 'node:crypto';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, DeleteBucketCommand, DeleteObjectsCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AttemptEvent } from '#contract/events.ts';
import { emptyLog, withEvents } from '#core/detection/activity/account-log.ts';
import { decodeLog, encodeLog } from '#core/detection/activity/encode-log.ts';
import { pseudonymsStore } from '#core/detection/ingest/pseudonyms-store.ts';
import { callAwsJson } from '#local/services/aws-json-client.ts';
import { hour, type Marketplace, nextMonday, openMarketplace } from '#test/support/marketplace.ts';

const engine = { region: 'us-west-2', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
const iso = (at: number) => new Date(at).toISOString();
const patiently = { timeout: 45_000, interval: 400 };

let market: Marketplace;
const lines: string[] = [];
beforeAll(async () => {
  market = await openMarketplace({ challenge: 'measure', log: (line) => lines.push(line) });
});
afterAll(() => market?.stop());

const driverIdOf = ({ token }: { token: string }): string =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).sub;
const resource = (type: string, name: string) => {
  const found = market.system
    .resources()
    .find((one) => one.type === type && one.logicalId.startsWith(name) && !/Dead/.test(one.logicalId));
  return found?.physicalId ?? '';
};
const queue = (operation: string, body: object) =>
  callAwsJson(market.system.endpoints.sqs ?? '', `AmazonSQS.${operation}`, {
    QueueUrl: resource('AWS::SQS::Queue', 'AttemptsQueue'),
    ...body,
  });
const send = (events: readonly unknown[]) =>
  queue('SendMessage', { MessageBody: JSON.stringify({ v: 1, events }) });

const aList = (driverId: string, at = Date.now()): AttemptEvent => ({
  ...{ v: 1, eventId: randomUUID(), type: 'list', occurredAt: iso(at), driverId, durationMs: 2 },
  ...{ stationId: 'DSE2', outcome: 'ok', network: { prefix: '198.51.100' } },
});

/** What the detection table has of accounts, by pseudonym. */
const scored = async () => {
  const database = new DynamoDBClient({ ...engine, endpoint: market.system.endpoints.dynamodb ?? '' });
  const TableName = resource('AWS::DynamoDB::GlobalTable', 'ActivityTable');
  const logs = new Map<string, ReturnType<typeof emptyLog>>();
  const news = new Set<string>();
  let ExclusiveStartKey: Record<string, never> | undefined;
  do {
    const page = await database.send(
      new ScanCommand({ TableName, ...(ExclusiveStartKey && { ExclusiveStartKey }) }),
    );
    for (const { pk, sk, e } of page.Items ?? []) {
      if (pk?.S?.startsWith('NEWS#')) news.add(sk?.S ?? '');
      if (!sk?.S?.startsWith('C#')) continue;
      const account = pk?.S?.slice(2) ?? '';
      const chunk = decodeLog(e?.B ?? new Uint8Array());
      logs.set(account, withEvents(logs.get(account) ?? emptyLog(), chunk.events.flat()));
    }
    ExclusiveStartKey = page.LastEvaluatedKey as Record<string, never> | undefined;
  } while (ExclusiveStartKey);
  return { logs, news };
};

describe('what drivers do', () => {
  it('arrives in the archive as events of the schema, and with the detector, under names that mean nothing', async () => {
    const [offer] = await market.publish([{ startsAt: nextMonday + 30 * hour }]);
    const driver = await market.driver();
    const driverId = driverIdOf(driver);
    const { offerId = '', offerToken = '', blockId = '', pay } = offer ?? {};
    await driver.listOffers({ params: { stationId: 'DSE1' } });
    const at = Date.now() - 20_000;
    const events = [
      { type: 'offer-viewed' as const, offerId, at: iso(at - 900) },
      { type: 'pointer' as const, offerId, at: iso(at), x: 120.5, y: 640, holdMs: 93 },
    ];
    expect(await driver.sendTelemetry({ body: { events } })).toMatchObject({ status: 202 });
    // An app that got no answer sends it again.
    expect(await driver.sendTelemetry({ body: { events } })).toMatchObject({ status: 202 });
    expect(await driver.claimBlock({ body: { offerToken } })).toMatchObject({ status: 201 });
    expect(await driver.releaseBlock({ params: { blockId } })).toMatchObject({ status: 204 });

    await expect
      .poll(async () => (await market.activityOf(driverId)).length, patiently)
      .toBeGreaterThanOrEqual(5);
    const told = new Map((await market.activityOf(driverId)).map((event) => [event.route, event]));
    const view = told.get('offers.view');
    expect([...told.keys()].sort()).toEqual([
      'offers.claim',
      'offers.list',
      'offers.release',
      'offers.view',
      'ui.pointer',
    ]);
    expect(told.get('ui.pointer')).toMatchObject({ x: 120.5, y: 640, holdMs: 93, clientTs: at });
    // By its own clock the phone was late; by ours the view was 0.9 s before the touch.
    expect((told.get('ui.pointer')?.ts ?? 0) - (view?.ts ?? 0)).toBe(900);
    expect(Math.abs((told.get('ui.pointer')?.ts ?? 0) - Date.now())).toBeLessThan(60_000);
    expect(told.get('offers.claim')).toMatchObject({ outcome: 'won', offerValue: pay?.amount });
    expect(view?.offerId).toBe(told.get('offers.claim')?.offerId);
    for (const event of told.values()) expect(event.ip).toBe(view?.ip);

    const { logs, news } = await scored();
    const accountKey = (await market.pseudonymOf(driverId)) ?? '';
    expect(news).toContain(accountKey);
    // The view and the touch that were sent twice have one name each.
    const kept = new Set((logs.get(accountKey)?.events.flat() ?? []).map(({ id }) => id));
    expect(kept.size).toBe(5);

    const secrets = [driverId, offerToken, blockId, '127.0.0', driver.token.slice(-20)];
    const objects = await market.archivedObjects();
    const text = JSON.stringify([...objects.keys(), ...(await market.archivedAttempts())]);
    for (const secret of secrets) {
      expect(text).not.toContain(secret);
      for (const bytes of objects.values()) expect(Buffer.from(bytes).includes(secret)).toBe(false);
    }
    for (const key of objects.keys())
      expect(key).toMatch(/^activity\/day=\d{4}-\d\d-\d\d\/station=(DSE\d|none)\/[0-9a-f]{32}\.parquet$/);
  });

  it('is told about offers only: what names none, or anything else, is refused', async () => {
    const driver = await market.driver();
    const pointer = { type: 'pointer', at: iso(Date.now()), x: 1, y: 2, holdMs: 80 };
    const refusal = async (events: object[], more: object = {}) =>
      driver.sendTelemetry({ body: { events, ...more } as never });
    const fault = (path: string) => ({ status: 400, body: { faults: [expect.objectContaining({ path })] } });
    expect(await refusal([pointer])).toMatchObject(fault('events.0.offerId'));
    expect(await refusal([{ ...pointer, offerId: 'home-screen' }])).toMatchObject(fault('events.0.offerId'));
    const inside = { ...pointer, offerId: 'block-0001.1' };
    expect(await refusal([{ ...inside, typed: 'text' }])).toMatchObject(fault('events.0.typed'));
    expect(await refusal([inside], { contacts: [] })).toMatchObject(fault('contacts'));
    expect(await refusal(Array(101).fill(inside))).toMatchObject({ status: 400 });
    expect(await refusal([{ ...inside, offerId: 'x'.repeat(65_536) }])).toMatchObject({ status: 413 });
    expect(await market.anonymous.sendTelemetry({ body: { events: [inside] } as never })).toMatchObject({
      status: 401,
    });
  });

  it('is told to wait when it is told all the time', async () => {
    const driver = await market.driver();
    const events = [{ type: 'offer-viewed' as const, offerId: 'block-0001.1', at: iso(Date.now()) }];
    const again = () => driver.sendTelemetry({ body: { events } });
    // More than one process may take them.
    const answers = await Promise.all(Array.from({ length: 130 }, again));
    const refused = answers.find(({ status }) => status === 429);
    expect(refused).toMatchObject({ body: { code: 'slow-down' } });
    expect(answers.filter(({ status }) => status === 202).length).toBeGreaterThanOrEqual(60);
  });
});

describe('a pseudonym', () => {
  const day = 86_400_000;
  /** A consumer with a clock of its own, on the table of the system. */
  const aConsumer = (clock: { now: number }) =>
    pseudonymsStore({
      database: new DynamoDBClient({ ...engine, endpoint: market.system.endpoints.dynamodb ?? '' }),
      table: resource('AWS::DynamoDB::GlobalTable', 'ActivityPseudonyms'),
      retentionDays: 7,
      newKey: () => randomBytes(16).toString('base64url'),
      now: () => clock.now,
      random: Math.random,
      sleep: () => Promise.resolve(),
    });
  const ofOne = async (store: ReturnType<typeof aConsumer>, driverId: string) =>
    (await store.of([driverId])).get(driverId);

  it('is one, whoever asks first', async () => {
    const clock = { now: Date.now() };
    const drivers = Array.from({ length: 30 }, () => randomUUID());
    const answers = await Promise.all(Array.from({ length: 3 }, () => aConsumer(clock).of(drivers)));
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(new Set(answers[0]?.values()).size).toBe(drivers.length);
  });

  it('lives as long as its driver is active, and no longer than the archive after that', async () => {
    const clock = { now: Date.now() };
    const driverId = randomUUID();
    const store = aConsumer(clock);
    const first = await ofOne(store, driverId);
    for (let week = 0; week < 3; week += 1) {
      clock.now += 6 * day;
      expect(await ofOne(store, driverId)).toBe(first);
    }
    clock.now += 8 * day;
    expect(await store.find(driverId)).toBeUndefined();
    expect(await ofOne(store, driverId)).not.toBe(first);
  });

  it('that was forgotten is never used again, and no other one is made of what was still under way', async () => {
    const clock = { now: Date.now() };
    const driverId = randomUUID();
    const [store, other] = [aConsumer(clock), aConsumer(clock)];
    const first = (await ofOne(store, driverId)) ?? '';
    expect(await ofOne(other, driverId)).toBe(first);
    await store.forget(driverId, first);
    await store.forget(driverId, first);
    clock.now += 15_001;
    for (const consumer of [store, other, aConsumer(clock)])
      expect(await ofOne(consumer, driverId)).toBeUndefined();
    expect(await store.find(driverId)).toBeUndefined();
    // Queues keep a message for 14 days.
    clock.now += 15 * day;
    const second = await ofOne(other, driverId);
    expect(second).toMatch(/^[\w-]{22}$/);
    expect(second).not.toBe(first);
    expect(await ofOne(store, driverId)).toBe(second);
    // A late one of the first forgetting ends nothing of the second.
    await expect(store.forget(driverId, first)).resolves.toBeUndefined();
    expect(await store.find(driverId)).toBe(second);
  });

  it('is not made of a driver who left before anything arrived', async () => {
    const clock = { now: Date.now() };
    const driverId = randomUUID();
    const store = aConsumer(clock);
    await store.forget(driverId, undefined);
    await store.forget(driverId, undefined);
    expect(await store.of([driverId])).toEqual(new Map());
  });
});

describe('a flood', () => {
  it('of looks, in any order and many of them twice, loses none, counts each once, and claims go on', async () => {
    const flooding = randomUUID();
    const others = Array.from({ length: 20 }, () => randomUUID());
    const start = Date.now() - 3_000_000;
    const events = Array.from({ length: 6_000 }, (_, index) =>
      aList(index % 2 ? flooding : (others[index % 20] ?? ''), start + index * 300),
    );
    const delivered = events
      .concat(events.filter((_, index) => index % 10 === 0))
      .map((event, index) => ({ event, order: (index * 7_919) % 6_607 }))
      .sort((a, b) => a.order - b.order)
      .map(({ event }) => event);
    const [offer, another] = await market.publish([
      { startsAt: nextMonday + 40 * hour },
      { startsAt: nextMonday + 50 * hour },
    ]);
    const driver = await market.driver();
    const claim = (offerToken = '') => driver.claimBlock({ body: { offerToken } });
    for (let from = 0; from < delivered.length; from += 600) await send(delivered.slice(from, from + 600));
    expect(await claim(offer?.offerToken)).toMatchObject({ status: 201 });

    const archived = async () => {
      const accounts = new Set(await Promise.all([flooding, ...others].map(market.pseudonymOf)));
      return (await market.archivedAttempts()).filter(({ accountId }) => accounts.has(accountId)).length;
    };
    await expect.poll(archived, patiently).toBe(events.length);
    expect(await claim(another?.offerToken)).toMatchObject({ status: 201 });

    // What the detector puts together is what it would be at once and in order: bounded, and each event once.
    const accountKey = (await market.pseudonymOf(flooding)) ?? '';
    const { logs } = await scored();
    const log = logs.get(accountKey) ?? emptyLog();
    const newest = events.filter(({ driverId }) => driverId === flooding).slice(-1_024);
    const kept = log.events.flat();
    expect(kept.map(({ at }) => at)).toEqual(newest.map(({ occurredAt }) => Date.parse(occurredAt)));
    expect(encodeLog(log).length).toBeLessThan(100_000);
  });
});

describe('a store that fails', () => {
  it('sends messages back, and nothing is lost', async () => {
    const s3 = new S3Client({
      ...engine,
      endpoint: market.system.endpoints.s3 ?? '',
      forcePathStyle: true,
    });
    const Bucket = resource('AWS::S3::Bucket', 'AttemptsArchive');
    // So that the test need not wait six minutes for what the consumer did not finish.
    await queue('SetQueueAttributes', { Attributes: { VisibilityTimeout: '4' } });
    const Objects = [...(await market.archivedObjects()).keys()].map((Key) => ({ Key }));
    if (Objects.length > 0) await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    await s3.send(new DeleteBucketCommand({ Bucket }));
    const failures = () => lines.filter((line) => line.startsWith('AttemptsQueueToArchive')).length;
    const before = failures();
    const events = Array.from({ length: 50 }, () => aList('driver-of-the-outage'));
    await send(events);
    await expect.poll(failures, patiently).toBeGreaterThan(before);
    await s3.send(new CreateBucketCommand({ Bucket }));
    const archived = async () => (await market.activityOf('driver-of-the-outage')).length;
    await expect.poll(archived, patiently).toBe(events.length);
  });
});

describe('a driver who leaves', () => {
  it('is forgotten: nobody knows whose the activity was, and the detector has none of it', async () => {
    const [left, ended] = ['driver-who-left', 'driver-who-was-ended'];
    await send([aList(left), aList(ended)]);
    await expect.poll(() => market.pseudonymOf(ended), patiently).toBeDefined();
    const [ofLeft = '', ofEnded = ''] = [await market.pseudonymOf(left), await market.pseudonymOf(ended)];
    await expect.poll(async () => (await scored()).logs.has(ofLeft), patiently).toBe(true);

    const close = (driverId: string, reason: string) =>
      callAwsJson(market.system.endpoints.events ?? '', 'AWSEvents.PutEvents', {
        Entries: [
          {
            EventBusName: market.system.resource('AWS::Events::EventBus').physicalId,
            Source: 'evenfield.identity',
            DetailType: 'account.closed',
            Detail: JSON.stringify({ driverId, reason }),
          },
        ],
      });
    await close(ended, 'offboarded');
    await close(left, 'left');
    await expect.poll(() => market.pseudonymOf(left), patiently).toBeUndefined();
    const { logs } = await scored();
    expect(logs.has(ofLeft)).toBe(false);
    // What comes afterwards makes no new one.
    await send([aList(left), aList(ended)]);
    await expect.poll(async () => (await market.activityOf(ended)).length, patiently).toBe(2);
    expect(await market.pseudonymOf(left)).toBeUndefined();
    // Of an account that was ended the appeal needs to know.
    expect(await market.pseudonymOf(ended)).toBe(ofEnded);
    expect(logs.has(ofEnded)).toBe(true);
  });
});
