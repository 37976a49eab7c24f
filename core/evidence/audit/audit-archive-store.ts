import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { AuditEntry } from '#contract/cases.ts';
import { lineOf } from './chain.ts';

/** `different`: there is an object of these entries that says something else. It stays as it is. */
export type Archived = 'stored' | 'there' | 'different';

/** Copies of the audit in a bucket that nobody can change or empty before their time. */
export interface AuditArchive {
  /** Writes entries that follow each other as one object. The same again changes nothing. */
  store(run: readonly AuditEntry[]): Promise<Archived>;
}

const padded = (seq: number | undefined) => String(seq).padStart(12, '0');
const nameOf = (run: readonly AuditEntry[]) =>
  `audit/${padded(run[0]?.seq)}-${padded(run.at(-1)?.seq)}.jsonl`;

export const auditArchive = (
  Bucket: string,
  client: Pick<S3Client, 'send'> = new S3Client({}),
): AuditArchive => ({
  store: async (run) => {
    const Key = nameOf(run);
    const text = run.map(lineOf).join('');
    try {
      await client.send(
        new PutObjectCommand({
          Bucket,
          Key,
          Body: text,
          ContentType: 'application/x-ndjson',
          // A second object would be a version that hides the first.
          IfNoneMatch: '*',
        }),
      );
      return 'stored';
    } catch (error) {
      if ((error as Error).name !== 'PreconditionFailed') throw error;
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
      return (await Body?.transformToString()) === text ? 'there' : 'different';
    }
  },
});
