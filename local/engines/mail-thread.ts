import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { serveThread, threadInput } from './worker.ts';

/** aws-ses-v2-local holds its mails in a variable of its module: a thread each keeps the mailboxes of two systems apart. */

const { folder } = threadInput<{ folder?: string }>();
const load = createRequire(createRequire(import.meta.url).resolve('aws-ses-v2-local'));
const { emails }: { emails: unknown[] } = load('./store.js').getStoreReadonly();

if (folder !== undefined) {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'mails.jsonl');
  if (existsSync(file))
    for (const line of readFileSync(file, 'utf8').split('\n').slice(0, -1)) emails.push(JSON.parse(line));
  // The engine has no hook for this. What was accepted is on the disk before the sender hears so.
  emails.push = (...accepted: unknown[]) => {
    for (const mail of accepted) appendFileSync(file, `${JSON.stringify(mail)}\n`);
    return Array.prototype.push.apply(emails, accepted);
  };
}

const start: (options: { host: string; port: number }) => Promise<Server> = load('./index.js').default;
const server = await start({ host: '127.0.0.1', port: 0 });
const address = server.address();

serveThread(typeof address === 'object' && address !== null ? address.port : 0, {
  stop() {
    server.closeAllConnections();
    server.close();
  },
});
