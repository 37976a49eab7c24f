import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  type ObjectIdentifier,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import type { DriverKey } from './driver-keys.ts';
import { seal, unseal } from './sealed.ts';

export type PhotoKind = 'references' | 'selfies';

/** Photos in the bucket: sealed under their driver's key, below the driver's subject, which names nobody. */
export interface PhotosStore {
  put(key: DriverKey, kind: PhotoKind, id: string, photo: Uint8Array): Promise<void>;
  /** Nothing when it is gone, or cannot be opened with this key. */
  get(key: DriverKey, kind: PhotoKind, id: string): Promise<Buffer | undefined>;
  delete(subject: string, kind: PhotoKind, id: string): Promise<void>;
  /** How many objects and versions there are of a subject. */
  count(subject: string): Promise<Record<PhotoKind, number>>;
  /** Every version and every mark of a deletion. */
  deleteAll(subject: string): Promise<void>;
}

const kinds: readonly PhotoKind[] = ['references', 'selfies'];
const nameOf = (kind: PhotoKind, subject: string, id: string) => `${kind}/${subject}/${id}`;

/** An answer that does not come is an outage, while there is time to say so. */
export const s3 = (settings: S3ClientConfig = {}): S3Client =>
  new S3Client({
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
    ...settings,
  });

export const photosStore = (client: Pick<S3Client, 'send'>, Bucket: string): PhotosStore => {
  const everyPage = async <Page extends { IsTruncated?: boolean | undefined }>(
    ask: (after: Page | undefined) => Promise<Page>,
  ): Promise<Page[]> => {
    const pages = [await ask(undefined)];
    while (pages.at(-1)?.IsTruncated) pages.push(await ask(pages.at(-1)));
    return pages;
  };
  /**
   * Every object below a prefix with all its versions and marks of deletions. The bucket keeps no versions; should
   * somebody switch them on, they are found as well.
   */
  const everythingBelow = async (Prefix: string): Promise<ObjectIdentifier[]> => {
    const [objects, versions] = await Promise.all([
      everyPage<ListObjectsV2CommandOutput>((after) =>
        client.send(
          new ListObjectsV2Command({ Bucket, Prefix, ContinuationToken: after?.NextContinuationToken }),
        ),
      ),
      everyPage<ListObjectVersionsCommandOutput>((after) =>
        client.send(
          new ListObjectVersionsCommand({
            Bucket,
            Prefix,
            KeyMarker: after?.NextKeyMarker,
            VersionIdMarker: after?.NextVersionIdMarker,
          }),
        ),
      ),
    ]);
    const found = new Map<string, ObjectIdentifier>();
    const add = ({ Key, VersionId }: { Key?: string | undefined; VersionId?: string | undefined }) => {
      // An object that was never versioned has the version "null", and is the one that the other list names.
      const version = VersionId === 'null' ? undefined : VersionId;
      if (Key) found.set(`${Key}|${version ?? ''}`, { Key, ...(version && { VersionId: version }) });
    };
    for (const { Versions = [], DeleteMarkers = [] } of versions)
      [...Versions, ...DeleteMarkers].forEach(add);
    const versioned = new Set([...found.values()].map(({ Key }) => Key));
    for (const { Contents = [] } of objects)
      for (const { Key } of Contents) if (!versioned.has(Key)) add({ Key });
    return [...found.values()];
  };

  return {
    put: async (key, kind, id, photo) => {
      const Key = nameOf(kind, key.subject, id);
      await client.send(new PutObjectCommand({ Bucket, Key, Body: seal(key.photos, Key, photo) }));
    },
    get: async (key, kind, id) => {
      const Key = nameOf(kind, key.subject, id);
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
        const sealed = await Body?.transformToByteArray();
        return sealed && unseal(key.photos, Key, Buffer.from(sealed));
      } catch (error) {
        if ((error as Error).name === 'NoSuchKey') return undefined;
        throw error;
      }
    },
    delete: async (subject, kind, id) => {
      await client.send(new DeleteObjectCommand({ Bucket, Key: nameOf(kind, subject, id) }));
    },
    count: async (subject) => {
      const counts = await Promise.all(
        kinds.map(async (kind) => [kind, (await everythingBelow(`${kind}/${subject}/`)).length] as const),
      );
      return Object.fromEntries(counts) as Record<PhotoKind, number>;
    },
    deleteAll: async (subject) => {
      for (const kind of kinds) {
        const versions = await everythingBelow(`${kind}/${subject}/`);
        // S3 deletes at most this many in one call.
        for (let from = 0; from < versions.length; from += 1_000) {
          const Objects = versions.slice(from, from + 1_000);
          const { Errors } = await client.send(
            new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }),
          );
          if (Errors?.length)
            throw new Error(`photos: ${Errors.length} could not be deleted: ${Errors[0]?.Code}`);
        }
      }
    },
  };
};
