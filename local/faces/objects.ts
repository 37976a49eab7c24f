import { AwsError } from '../services/aws-json-server.ts';
import { maxObjectBytes } from './image.ts';

export interface ObjectName {
  readonly bucket: string;
  readonly key: string;
  readonly version: string | undefined;
}

/** Bytes of an object in a bucket. */
export type ReadObject = (name: ObjectName) => Promise<Uint8Array>;

const notThere = () =>
  new AwsError(
    'InvalidS3ObjectException',
    'Unable to get object metadata from S3. Check object key and region.',
  );

/** From the bucket engine of this machine; the client loads when it is first asked. */
export function objectReader(endpoint: string | undefined, region: string): ReadObject {
  if (endpoint === undefined) return () => Promise.reject(notThere());
  const loaded = import('@aws-sdk/client-s3').then(({ GetObjectCommand, S3Client }) => ({
    GetObjectCommand,
    client: new S3Client({
      endpoint,
      region,
      forcePathStyle: true,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    }),
  }));
  return async ({ bucket, key, version }) => {
    const { GetObjectCommand, client } = await loaded;
    try {
      const { Body, ContentLength } = await client.send(
        new GetObjectCommand({
          Bucket: bucket,
          Key: key,
          ...(version !== undefined && { VersionId: version }),
        }),
      );
      if (!Body || (ContentLength ?? 0) > maxObjectBytes)
        throw new AwsError('ImageTooLargeException', tooLarge);
      return await Body.transformToByteArray();
    } catch (error) {
      if (error instanceof AwsError) throw error;
      throw notThere();
    }
  };
}

const tooLarge = 'Image size is larger than 15 MB.';
