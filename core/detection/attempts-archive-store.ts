import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { AttemptEvent } from '#contract/events.ts';

const compress = promisify(gzip);

export interface AttemptsArchive {
  /** Writes events as gzip JSON lines, an object per day. A message delivered twice is archived twice: `eventId` tells. */
  store(events: readonly AttemptEvent[]): Promise<void>;
}

export const attemptsArchive = (bucket: string, client = new S3Client({})): AttemptsArchive => ({
  store: async (events) => {
    const byDay = Map.groupBy(events, ({ occurredAt }) => occurredAt.slice(0, 10));
    for (const [day, ofDay] of byDay) {
      const lines = ofDay.map((event) => JSON.stringify(event)).join('\n');
      const name = createHash('sha256').update(lines).digest('hex').slice(0, 32);
      await client.send(
        new PutObjectCommand({
          Bucket: bucket,
          Key: `attempts/day=${day}/${name}.jsonl.gz`,
          Body: await compress(`${lines}\n`),
          ContentType: 'application/gzip',
        }),
      );
    }
  },
});
