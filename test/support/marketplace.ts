import { DeleteItemCommand, DynamoDBClient, GetItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { parquetReadObjects } from 'hyparquet';
import { type ActivityEvent, activityEvent } from '#contract/activity.ts';
import { type Client, createClient } from '#contract/client.ts';
import type { DrawView } from '#contract/draws.ts';
import type { Offer } from '#contract/offers.ts';
import type { PublishMode, publishBlocks } from '#contract/operator.ts';
import type { AnswerOf } from '#contract/route.ts';
import type { Challenge } from '#core/challenge/challenge.ts';
import { toChallenge } from '#core/challenge/challenge-item.ts';
import { LocalSystem, type LocalSystemOptions } from '#local/system.ts';
import { openSession } from '#phone/session.ts';
import { softwareIphone } from '#phone/software-iphone.ts';
import { unique } from './builders.ts';

const hour = 3_600_000;
const iso = (at: number) => new Date(at).toISOString();

/** Monday 08:00 UTC, at least a week from now: no test runs into a start or a week end by chance. */
export const nextMonday = (() => {
  const day = new Date();
  day.setUTCHours(8, 0, 0, 0);
  day.setUTCDate(day.getUTCDate() + 7 + ((8 - day.getUTCDay()) % 7));
  return day.getTime();
})();

export interface Marketplace {
  system: LocalSystem;
  publisher: Client;
  anonymous: Client;
  /** A new driver, signed in. */
  driver(): Promise<Client & { token: string }>;
  drivers(count: number): Promise<(Client & { token: string })[]>;
  /** Publishes two-hour blocks on that Monday unless told otherwise, and waits until the feed shows them. */
  publish(blocks?: BlockPlan[], options?: PublishOptions): Promise<Offer[]>;
  /** The same without waiting: what the publisher is told. Reserved blocks are in no feed. */
  announce(blocks?: BlockPlan[], options?: PublishOptions): Promise<AnswerOf<typeof publishBlocks>['body']>;
  /** The draw as a driver sees it, as soon as it is over. */
  drawOver(driver: Client, drawId: string): Promise<DrawView & { result: NonNullable<DrawView['result']> }>;
  /** The station's offers, all pages, as a driver sees them. */
  offers(stationId?: string): Promise<Offer[]>;
  /** Everything in the archive so far, each event once. */
  archivedAttempts(): Promise<ActivityEvent[]>;
  /** What a driver did, oldest first, from the archive. */
  activityOf(driverId: string): Promise<ActivityEvent[]>;
  /** Under which name the archive knows a driver. */
  pseudonymOf(driverId: string): Promise<string | undefined>;
  /** Every object of the archive as it is, by its key. */
  archivedObjects(): Promise<Map<string, Uint8Array>>;
  /** Deletes a station's snapshot, as a lost table would. */
  forgetFeed(stationId: string): Promise<void>;
  rebuildFeed(): Promise<void>;
  /** Runs a function that a schedule would run, by the beginning of its logical id. */
  run(functionName: string): Promise<unknown>;
  /** The devices table and a client of its engine. */
  devicesTable: { database: DynamoDBClient; TableName: string };
  /** What the challenges table holds of a challenge: what no driver is told. */
  storedChallenge(challengeId: string): Promise<Challenge>;
  /** All items of the offers table, in one string: what a refused request must not change. */
  storedOffers(): Promise<string>;
  stop(): Promise<void>;
}

interface PublishOptions {
  mode?: PublishMode;
  stationId?: string;
  /** How long a draw is open. */
  drawSeconds?: number;
}

export interface BlockPlan {
  startsAt?: number;
  minutes?: number;
  amount?: number;
}

/** Asks until there is something to be had. */
export const eventually = async <T>(failure: string, ask: () => Promise<T | undefined>): Promise<T> => {
  for (const patience = Date.now() + 15_000; Date.now() < patience; ) {
    const found = await ask();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(failure);
};

const isOneOf = (ids: ReadonlySet<string>) => (offer: Offer) => ids.has(offer.blockId);

/** The whole product, started from the synthesised template, and the people that use it. */
export const openMarketplace = async (options: LocalSystemOptions = {}): Promise<Marketplace> => {
  const system = await LocalSystem.start({ seed: true, ...options });
  const find = (type: string, name: string) => {
    const found = system.resources().find((one) => one.type === type && one.logicalId.startsWith(name));
    if (!found) throw new Error(`the template has no ${type} called ${name}`);
    return found;
  };
  const physicalId = (type: string, name: string) => find(type, name).physicalId;
  const logicalId = (type: string, name: string) => find(type, name).logicalId;
  const run = (name: string) => system.invoke(logicalId('AWS::Lambda::Function', name), {});
  const signedIn = async (email: string) => {
    const token = await system.signIn(email);
    return { ...createClient({ origin: system.url, token }), token };
  };
  const publisher = await signedIn('publisher@evenfield.test');
  /** Where proofs are enforced, with a phone in hand. */
  const driving = async (email: string) => {
    if (options.attestation !== 'enforce') return signedIn(email);
    const session = await openSession({ api: system.url, user: email, phone: softwareIphone() });
    const answer = await session.enrol();
    if (!answer.ok) throw new Error(`enrolment: ${answer.body.code}`);
    return { ...session.client, token: await system.signIn(email) };
  };
  const watcher = await driving('driver1@evenfield.test');

  const drivers = (count: number) =>
    Promise.all(
      Array.from({ length: count }, async () => {
        const email = `${unique('driver')}@evenfield.test`;
        await system.createUser(email);
        return driving(email);
      }),
    );

  const offers = async (stationId = 'DSE1') => {
    const all: Offer[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await watcher.listOffers({ params: { stationId }, query: cursor ? { cursor } : {} });
      if (!page.ok || page.status !== 200) throw new Error(`offers: ${page.status}`);
      all.push(...page.body.offers);
      cursor = page.body.cursor;
      if (!cursor) return all;
    }
  };

  const announce: Marketplace['announce'] = async (
    blocks = [{}],
    { mode = 'direct', stationId = 'DSE1', drawSeconds } = {},
  ) => {
    const answer = await publisher.publishBlocks({
      body: {
        stationId,
        mode,
        ...(drawSeconds !== undefined && { drawSeconds }),
        blocks: blocks.map(({ startsAt = nextMonday, minutes = 120, amount = 6_400 }) => ({
          startAt: iso(startsAt),
          endAt: iso(startsAt + minutes * 60_000),
          pay: { amount, currency: 'EUR' },
        })),
      },
    });
    if (!answer.ok) throw new Error(`publish: ${answer.body.code}`);
    return answer.body;
  };

  const archivedObjects = async () => {
    const s3 = new S3Client({ ...engine, endpoint: system.endpoints.s3 ?? '', forcePathStyle: true });
    const Bucket = physicalId('AWS::S3::Bucket', 'AttemptsArchive');
    const objects = new Map<string, Uint8Array>();
    for (let ContinuationToken: string | undefined; ; ) {
      const page = await s3.send(
        new ListObjectsV2Command({ Bucket, ...(ContinuationToken && { ContinuationToken }) }),
      );
      for (const { Key = '' } of page.Contents ?? []) {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
        objects.set(Key, (await Body?.transformToByteArray()) ?? new Uint8Array());
      }
      ContinuationToken = page.NextContinuationToken;
      if (!ContinuationToken) return objects;
    }
  };
  const archivedAttempts = async () => {
    const events = new Map<string, ActivityEvent>();
    for (const bytes of (await archivedObjects()).values())
      for (const row of await parquetReadObjects({ file: new Uint8Array(bytes).buffer })) {
        const { attestationVerdict: verdict, attestationKeyId: keyId, ...rest } = row;
        const known = Object.entries({ ...rest, ...(verdict && { attestation: { verdict, keyId } }) }).filter(
          ([, value]) => value !== null,
        );
        const event = activityEvent.parse(Object.fromEntries(known));
        events.set(event.eventId, event);
      }
    return [...events.values()];
  };
  const pseudonymOf = async (driverId: string) => {
    const database = new DynamoDBClient({ ...engine, endpoint: system.endpoints.dynamodb ?? '' });
    const TableName = physicalId('AWS::DynamoDB::GlobalTable', 'ActivityPseudonyms');
    const { Item } = await database.send(
      new GetItemCommand({ TableName, Key: { pk: { S: `DRIVER#${driverId}` } } }),
    );
    return Item?.k?.S;
  };

  return {
    system,
    publisher,
    anonymous: createClient({ origin: system.url }),
    driver: async () => (await drivers(1))[0] as Client & { token: string },
    drivers,
    offers,
    announce,
    publish: async (blocks, options = {}) => {
      const announced = await announce(blocks, options);
      const ids = announced.blocks.map(({ blockId }) => blockId);
      return eventually('the feed does not show what was published', async () => {
        const listed = (await offers(announced.stationId)).filter(isOneOf(new Set(ids)));
        return listed.length === ids.length
          ? ids.map((id) => listed.find(({ blockId }) => blockId === id) as Offer)
          : undefined;
      });
    },
    drawOver: (driver, drawId) =>
      eventually('the draw is not over', async () => {
        const { ok, body } = await driver.getDraw({ params: { drawId } });
        if (!ok) throw new Error(`draw: ${body.code}`);
        return body.result && { ...body, result: body.result };
      }),
    archivedAttempts,
    activityOf: async (driverId) => {
      const accountId = await pseudonymOf(driverId);
      const events = accountId ? await archivedAttempts() : [];
      return events.filter((event) => event.accountId === accountId).sort((a, b) => a.ts - b.ts);
    },
    pseudonymOf,
    archivedObjects,
    forgetFeed: async (stationId) => {
      const database = new DynamoDBClient({ ...engine, endpoint: system.endpoints.dynamodb ?? '' });
      const TableName = physicalId('AWS::DynamoDB::GlobalTable', 'FeedTable');
      await database.send(new DeleteItemCommand({ TableName, Key: { pk: { S: `S#${stationId}` } } }));
    },
    rebuildFeed: async () => {
      await run('FeedRebuild');
    },
    run,
    devicesTable: {
      database: new DynamoDBClient({ ...engine, endpoint: system.endpoints.dynamodb ?? '' }),
      TableName: physicalId('AWS::DynamoDB::GlobalTable', 'DevicesTable'),
    },
    storedChallenge: async (challengeId) => {
      const database = new DynamoDBClient({ ...engine, endpoint: system.endpoints.dynamodb ?? '' });
      const TableName = physicalId('AWS::DynamoDB::GlobalTable', 'ChallengesTable');
      const { Items = [] } = await database.send(
        new ScanCommand({
          TableName,
          FilterExpression: 'id = :id',
          ExpressionAttributeValues: { ':id': { S: challengeId } },
        }),
      );
      if (!Items[0]) throw new Error('there is no such challenge');
      return toChallenge(Items[0]);
    },
    storedOffers: async () => {
      const database = new DynamoDBClient({ ...engine, endpoint: system.endpoints.dynamodb ?? '' });
      const TableName = physicalId('AWS::DynamoDB::GlobalTable', 'OffersTable');
      const { Items = [] } = await database.send(new ScanCommand({ TableName }));
      return Items.map((item) => JSON.stringify(Object.entries(item).sort()))
        .sort()
        .join('\n');
    },
    stop: () => system.stop(),
  };
};

/** The engines of one machine check no signatures. */
const engine = { region: 'eu-central-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };

export { hour };
