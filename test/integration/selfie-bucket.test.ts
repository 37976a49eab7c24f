import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { photosStore, s3 } from '#core/identity/photos-store.ts';
import { startQueuesAndBuckets } from '#local/engines/queues-and-buckets.ts';

describe('the bucket of the local engine', () => {
  it('counts and deletes what is below a driver’s subject, and nothing else', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'evenfield-buckets-'));
    const { endpoint, stop } = await startQueuesAndBuckets(undefined, 'eu-west-1', join(folder, 'log'));
    const client = s3({
      endpoint,
      region: 'eu-west-1',
      forcePathStyle: true,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      maxAttempts: 1,
    });
    try {
      await client.send(new CreateBucketCommand({ Bucket: 'photos' }));
      const photos = photosStore(client, 'photos');
      const keyOf = (subject: string) => ({
        subject,
        photos: Buffer.alloc(32, subject),
        fingerprints: Buffer.alloc(32),
      });
      for (const subject of ['one', 'another'])
        for (const [kind, id] of [
          ['references', 'a'],
          ['references', 'b'],
          ['selfies', 'c'],
        ] as const)
          await photos.put(keyOf(subject), kind, id, Buffer.from('a photo'));
      expect(await photos.get(keyOf('one'), 'selfies', 'c')).toEqual(Buffer.from('a photo'));
      const wrongKey = { ...keyOf('one'), photos: Buffer.alloc(32) };
      expect(await photos.get(wrongKey, 'selfies', 'c')).toBeUndefined();
      expect(await photos.count('one')).toEqual({ references: 2, selfies: 1 });
      await photos.deleteAll('one');
      await photos.deleteAll('one');
      expect(await photos.count('one')).toEqual({ references: 0, selfies: 0 });
      expect(await photos.get(keyOf('one'), 'selfies', 'c')).toBeUndefined();
      expect(await photos.count('another')).toEqual({ references: 2, selfies: 1 });
    } finally {
      client.destroy();
      await stop();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
