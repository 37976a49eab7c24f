import { createHash, hash, randomUUID } from 'node:crypto';
import {
  CompareFacesCommand,
  CreateFaceLivenessSessionCommand,
  DetectFacesCommand,
  type FaceDetail,
  GetFaceLivenessSessionResultsCommand,
} from '@aws-sdk/client-rekognition';
import sharp from 'sharp';
import { readSelfie } from '#core/identity/images/read-selfie.ts';
import { selfieLimits } from '#core/identity/images/selfie-image.ts';
import type { FaceService } from '#core/identity/rekognition-gateway.ts';

/** What DetectFaces says of a face that passes every gate. */
export const aFace = (facts: Partial<FaceDetail> = {}): FaceDetail => ({
  Confidence: 99.9,
  BoundingBox: { Left: 0.1, Top: 0.1, Width: 0.8, Height: 0.8 },
  Quality: { Brightness: 60, Sharpness: 80 },
  Pose: { Yaw: 0, Pitch: 0, Roll: 0 },
  EyesOpen: { Value: true, Confidence: 99 },
  FaceOccluded: { Value: false, Confidence: 99 },
  Sunglasses: { Value: false, Confidence: 99 },
  ...facts,
});

interface Scripted {
  person: string;
  faces: FaceDetail[];
  /** In percent, to whatever it is compared with; left out, it follows from who is on it. */
  similarity?: number;
}

type Command = { constructor: { name: string }; input: Record<string, unknown> };
const bytesIn = (image: unknown) => (image as { Bytes: Uint8Array }).Bytes;
const named = (name: string, message = name) => Object.assign(new Error(message), { name });

/** How the SDK reports the outages that a service of Amazon's has. */
export const outages = {
  throttled: () => named('ProvisionedThroughputExceededException'),
  'a 500': () => named('InternalServerError'),
  'no answer in time': () => named('TimeoutError'),
  'a wrong region': () => named('UnknownEndpoint'),
  'an unknown client': () => named('UnrecognizedClientException'),
} as const;

const side = 96;
const made = { photos: 0 };
/** Pixels that no two photos share, and that are the same in every run. */
const noiseOf = (seed: number) =>
  createHash('shake256', { outputLength: side * side * 3 })
    .update(String(seed))
    .digest();

/**
 * Amazon Rekognition as a script: who is on which photo, and how like two are. At the level of the SDK's client, so that
 * the gateway's own reading of answers and errors is executed.
 */
export const scriptedFaces = () => {
  const photos = new Map<string, Scripted>();
  const sessions = new Map<string, { Status: string; Confidence?: number; photo?: Buffer }>();
  const script = {
    /** Names of the operations that were asked for, in their order. */
    asked: [] as string[],
    /** Runs before each answer; what it throws is the answer. */
    before: async (_operation: string): Promise<void> => {},
  };
  const known = (bytes: Uint8Array): Scripted => {
    const photo = photos.get(hash('sha256', bytes));
    if (!photo) throw named('InvalidImageFormatException');
    return photo;
  };
  const answers: Record<string, (input: Command['input']) => object> = {
    [DetectFacesCommand.name]: ({ Image }) => ({ FaceDetails: known(bytesIn(Image)).faces }),
    [CompareFacesCommand.name]: ({ SourceImage, TargetImage }) => {
      const [source, target] = [known(bytesIn(SourceImage)), known(bytesIn(TargetImage))];
      const Similarity = target.similarity ?? (source.person === target.person ? 99.9 : 2);
      return { FaceMatches: target.faces.map((Face) => ({ Similarity, Face })) };
    },
    [CreateFaceLivenessSessionCommand.name]: () => {
      const SessionId = randomUUID();
      sessions.set(SessionId, { Status: 'CREATED' });
      return { SessionId };
    },
    [GetFaceLivenessSessionResultsCommand.name]: ({ SessionId }) => {
      const session = sessions.get(SessionId as string);
      if (!session) throw named('SessionNotFoundException');
      const { photo, ...rest } = session;
      return { ...rest, ...(photo && { ReferenceImage: { Bytes: photo } }) };
    },
  };
  const service: FaceService = {
    send: async ({ constructor: { name }, input }: Command) => {
      const operation = name.replace(/Command$/, '');
      script.asked.push(operation);
      await script.before(operation);
      const answer = answers[name];
      if (!answer) throw new Error(`the product does not ask for ${name}`);
      return answer(input);
    },
  };
  /** A new photo, unlike every other in its bytes, with somebody on it. */
  const photoOf = async (person: string, facts: Partial<Scripted> = {}): Promise<Buffer> => {
    made.photos += 1;
    const noise = noiseOf(made.photos);
    const photo = await sharp(noise, { raw: { width: side, height: side, channels: 3 } })
      .jpeg({ quality: 40 })
      .toBuffer();
    const read = readSelfie(photo, selfieLimits);
    if (read.status !== 'image') throw new Error(`the photo is refused: ${read.reason}`);
    photos.set(hash('sha256', read.bytes), { person, faces: [aFace()], ...facts });
    return photo;
  };
  return {
    service,
    script,
    photoOf,
    /** The driver moved, and the component filmed it. */
    film: (sessionId: string, photo: Buffer, Confidence: number) =>
      sessions.set(sessionId, { Status: 'SUCCEEDED', Confidence, photo }),
    /** How often it was asked to look or to compare. */
    count: (operation: 'DetectFaces' | 'CompareFaces') =>
      script.asked.filter((name) => name === operation).length,
  };
};

export type ScriptedFaces = ReturnType<typeof scriptedFaces>;
