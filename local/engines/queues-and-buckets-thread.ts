import { buildApp } from 'fauxqs';
import type { QueueDefinition } from './queues-and-buckets.ts';
import { serveThread, threadInput } from './worker.ts';

/**
 * fauxqs on the loopback interface. Its own `startFauxqs` listens on all of them and offers no other choice,
 * so the application is built here around its stores, which the package does not export: they are loaded by file.
 */

interface Queue {
  persistence?: unknown;
  setAttributes(attributes: Record<string, string>): void;
}
interface SqsStore {
  persistence?: unknown;
  allQueues(): Iterable<Queue>;
  getQueueByArn(arn: string): Queue | undefined;
  createQueue(name: string, url: string, arn: string, attributes: Record<string, string>): Queue;
}
interface S3Store {
  persistence?: unknown;
  createBucket(name: string): void;
}
interface Persistence {
  db: { exec(sql: string): void };
  load(sqs: SqsStore, sns: object, s3: S3Store): void;
  close(): void;
}

const { folder, region } = threadInput<{ folder?: string; region: string }>();
const load = (file: string) => import(new URL(file, import.meta.resolve('fauxqs')).href);
const [{ SqsStore }, { SnsStore }, { S3Store }, { PersistenceManager }] = await Promise.all([
  load('./sqs/sqsStore.js'),
  load('./sns/snsStore.js'),
  load('./s3/s3Store.js'),
  load('./persistence.js'),
]);
const sqsStore: SqsStore = new SqsStore();
const snsStore: { persistence?: unknown } = new SnsStore();
const s3Store: S3Store = new S3Store();

let persistence: Persistence | undefined;
if (folder !== undefined) {
  persistence = new PersistenceManager(folder) as Persistence;
  // Survives the end of this process, which is what is promised; a wait for the disk on every message is not.
  persistence.db.exec('PRAGMA synchronous = NORMAL');
  // Loaded before the stores write to it: writing replaces rows, and a replaced queue loses its messages.
  persistence.load(sqsStore, snsStore, s3Store);
  for (const store of [sqsStore, snsStore, s3Store, ...sqsStore.allQueues()]) store.persistence = persistence;
}

const app = buildApp({
  logger: false,
  defaultRegion: region,
  stores: { sqsStore, snsStore, s3Store } as never,
});
const { port } = new URL(await app.listen({ port: 0, host: '127.0.0.1' }));

serveThread(Number(port), {
  define({ queues, buckets }: { queues: QueueDefinition[]; buckets: string[] }) {
    for (const { name, url, arn, attributes } of queues) {
      const existing = sqsStore.getQueueByArn(arn);
      if (existing === undefined) sqsStore.createQueue(name, url, arn, attributes);
      else existing.setAttributes(attributes);
    }
    for (const name of buckets) s3Store.createBucket(name);
  },
  async stop() {
    await app.close();
    persistence?.close();
  },
});
