import { createHash } from 'node:crypto';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { ActivityEvent } from '#contract/activity.ts';
import { toParquet } from './parquet.ts';

export interface ActivityArchive {
  /**
   * Writes events as Parquet, an object per day and station. The same events again are the same objects; in other
   * company they are written again, and `eventId` tells.
   */
  store(events: readonly ActivityEvent[]): Promise<void>;
}

const text = (a: string, b: string) => (a < b ? -1 : Number(a > b));
const byAccountAndTime = (a: ActivityEvent, b: ActivityEvent) =>
  text(a.accountId, b.accountId) || a.ts - b.ts || text(a.eventId, b.eventId);

const placeOf = ({ ts, stationId }: ActivityEvent) =>
  `day=${new Date(ts).toISOString().slice(0, 10)}/station=${stationId ?? 'none'}`;

export const activityArchive = (Bucket: string, client = new S3Client({})): ActivityArchive => ({
  store: async (events) => {
    for (const [place, of] of Map.groupBy(events, placeOf)) {
      const ids = of.map(({ eventId }) => eventId).sort(text);
      const name = createHash('sha256').update(ids.join('\n')).digest('hex').slice(0, 32);
      await client.send(
        new PutObjectCommand({
          Bucket,
          Key: `activity/${place}/${name}.parquet`,
          Body: toParquet([...of].sort(byAccountAndTime)),
          ContentType: 'application/vnd.apache.parquet',
        }),
      );
    }
  },
});
