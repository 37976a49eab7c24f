import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
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

export const s3 = (settings: S3ClientConfig = {}): S3Client => new S3Client(settings);

export const photosStore = (client: Pick<S3Client, 'send'>, Bucket: string): PhotosStore => {
  /** Of every object below a prefix, all versions; also of a bucket that nobody versions, where each has one. */
  const versionsBelow = async (Prefix: string) => {
    const found: { Key: string; VersionId?: string }[] = [];
    let position: { KeyMarker?: string; VersionIdMarker?: string } | undefined = {};
    while (position) {
      const page: ListObjectVersionsCommandOutput = await client.send(
        new ListObjectVersionsCommand({ Bucket, Prefix, ...position }),
      );
      for (const { Key, VersionId } of [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])])
        if (Key) found.push({ Key, ...(VersionId && VersionId !== 'null' && { VersionId }) });
      position = page.IsTruncated
        ? {
            ...(page.NextKeyMarker && { KeyMarker: page.NextKeyMarker }),
            ...(page.NextVersionIdMarker && { VersionIdMarker: page.NextVersionIdMarker }),
          }
        : undefined;
    }
    return found;
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
        kinds.map(async (kind) => [kind, (await versionsBelow(`${kind}/${subject}/`)).length] as const),
      );
      return Object.fromEntries(counts) as Record<PhotoKind, number>;
    },
    deleteAll: async (subject) => {
      for (const kind of kinds) {
        const versions = await versionsBelow(`${kind}/${subject}/`);
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
