import { randomUUID } from 'node:crypto';
import type { S3Client } from '@aws-sdk/client-s3';

interface Version {
  key: string;
  id: string;
  /** Left out: a mark of a deletion. */
  bytes?: Buffer;
}
interface Input {
  Key: string;
  Prefix: string;
  Body: Uint8Array;
  VersionId?: string;
  KeyMarker?: string;
  ContinuationToken?: string;
  Delete: { Objects: { Key: string; VersionId?: string }[] };
}

/** So many of a listing at once, that paging happens. */
const pageSize = 3;

/**
 * A bucket at the level of the SDK's client, with versions or without: what the local engine does not have. Without
 * them every object has the one version `null`, as S3 says it.
 */
export const aBucket = ({ versioned = false } = {}) => {
  let versions: Version[] = [];
  const latest = (key: string) => versions.findLast((version) => version.key === key);
  const add = (key: string, bytes?: Buffer) => {
    if (!versioned) versions = versions.filter((version) => version.key !== key);
    if (versioned || bytes)
      versions.push({ key, id: versioned ? randomUUID() : 'null', ...(bytes && { bytes }) });
  };
  const remove = (key: string, id?: string) => {
    if (id === undefined) add(key);
    else versions = versions.filter((version) => version.key !== key || version.id !== id);
  };
  const operations: Record<string, (input: Input) => object> = {
    PutObjectCommand: ({ Key, Body }) => {
      add(Key, Buffer.from(Body));
      return {};
    },
    GetObjectCommand: ({ Key }) => {
      const bytes = latest(Key)?.bytes;
      if (!bytes) throw Object.assign(new Error('NoSuchKey'), { name: 'NoSuchKey' });
      return { Body: { transformToByteArray: async () => Uint8Array.from(bytes) } };
    },
    DeleteObjectCommand: ({ Key, VersionId }) => {
      remove(Key, VersionId);
      return {};
    },
    DeleteObjectsCommand: ({ Delete: { Objects } }) => {
      for (const { Key, VersionId } of Objects) remove(Key, VersionId);
      return {};
    },
    ListObjectsV2Command: ({ Prefix, ContinuationToken = '0' }) => {
      const keys = [...new Set(versions.map(({ key }) => key))].filter(
        (key) => key.startsWith(Prefix) && latest(key)?.bytes,
      );
      const to = Number(ContinuationToken) + pageSize;
      const IsTruncated = to < keys.length;
      return {
        Contents: keys.slice(to - pageSize, to).map((Key) => ({ Key })),
        IsTruncated,
        ...(IsTruncated && { NextContinuationToken: String(to) }),
      };
    },
    ListObjectVersionsCommand: ({ Prefix, KeyMarker = '0' }) => {
      const below = versions.filter(({ key }) => key.startsWith(Prefix));
      const [from, page] = [Number(KeyMarker), below.slice(Number(KeyMarker), Number(KeyMarker) + pageSize)];
      const listed = (marks: boolean) =>
        page
          .filter(({ bytes }) => (bytes === undefined) === marks)
          .map(({ key, id }) => ({ Key: key, VersionId: id }));
      const IsTruncated = from + pageSize < below.length;
      return {
        Versions: listed(false),
        DeleteMarkers: listed(true),
        IsTruncated,
        ...(IsTruncated && { NextKeyMarker: String(from + pageSize) }),
      };
    },
  };
  const client = {
    send: async ({ constructor: { name }, input }: { constructor: { name: string }; input: Input }) => {
      const operation = operations[name];
      if (!operation) throw new Error(`the bucket has no ${name}`);
      return operation(input);
    },
  } as unknown as Pick<S3Client, 'send'>;
  return {
    client,
    /** Every version there is, and every mark. */
    all: (): readonly Version[] => [...versions],
    /** As somebody would who kept a copy. */
    restore: (copy: readonly Version[]) => {
      versions = [...copy];
    },
    names: () => versions.map(({ key }) => key),
  };
};

export type TestBucket = ReturnType<typeof aBucket>;
