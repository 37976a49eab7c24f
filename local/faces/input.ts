import { AwsError, isJsonObject, type JsonObject } from '../services/aws-json-server.ts';
import { type Decoded, decodeImage, type Image, maxImageBytes, maxObjectBytes } from './image.ts';
import type { ReadObject } from './objects.ts';

/** Members of a request, refused as Rekognition refuses them. https://docs.aws.amazon.com/rekognition/latest/APIReference */

export const invalidParameter = (message = 'Request has invalid parameters') =>
  new AwsError('InvalidParameterException', message);

const refusals: Record<Exclude<Decoded['status'], 'decoded'>, () => AwsError> = {
  'not-jpeg-or-png': () =>
    new AwsError('InvalidImageFormatException', 'Request has unsupported image format'),
  damaged: () => new AwsError('InvalidImageFormatException', 'Request has invalid image format'),
  'too-many-bytes': () => new AwsError('ImageTooLargeException', 'Image size is larger than 5 MB.'),
  'too-many-pixels': () => new AwsError('ImageTooLargeException', 'The image has too many pixels.'),
  'too-small': () => invalidParameter('Image dimensions are smaller than 80 pixels.'),
};

export interface GivenImage {
  readonly image: Image;
  readonly orientation: number;
}

export async function readImage(input: unknown, readObject: ReadObject): Promise<GivenImage> {
  if (!isJsonObject(input)) throw invalidParameter();
  const { Bytes, S3Object } = input;
  if ((Bytes === undefined) === (S3Object === undefined)) throw invalidParameter();
  const decoded =
    Bytes === undefined
      ? await decodeImage(await readObject(objectName(S3Object)), maxObjectBytes)
      : await decodeImage(fromBase64(Bytes), maxImageBytes);
  if (decoded.status !== 'decoded') throw refusals[decoded.status]();
  return decoded;
}

export function fromBase64(value: unknown): Uint8Array {
  if (typeof value !== 'string') throw new AwsError('SerializationException', 'Bytes are not a string.');
  if (value === '') throw invalidParameter();
  return Buffer.from(value, 'base64');
}

function objectName(input: unknown) {
  if (!isJsonObject(input)) throw invalidParameter();
  const { Bucket, Name, Version } = input;
  if (typeof Bucket !== 'string' || typeof Name !== 'string' || Bucket === '' || Name === '')
    throw invalidParameter();
  return { bucket: Bucket, key: Name, version: typeof Version === 'string' ? Version : undefined };
}

export function optionalNumber(
  input: JsonObject,
  member: string,
  { min, max }: { min: number; max: number },
): number | undefined {
  const value = input[member];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !(value >= min && value <= max)) throw invalidParameter();
  return value;
}

export function optionalChoice(input: JsonObject, member: string, choices: readonly string[]): void {
  const value = input[member];
  if (value !== undefined && value !== null && !choices.includes(String(value))) throw invalidParameter();
}
