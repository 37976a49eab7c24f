import {
  type BoundingBox,
  CompareFacesCommand,
  CreateFaceLivenessSessionCommand,
  DetectFacesCommand,
  type FaceDetail,
  GetFaceLivenessSessionResultsCommand,
  RekognitionClient,
  type RekognitionClientConfig,
} from '@aws-sdk/client-rekognition';
import type { SeenFace } from './rules/gate.ts';

/** What the gateway needs of a client. */
export interface FaceService {
  // biome-ignore lint/suspicious/noExplicitAny: the SDK's overloads of send cannot be named otherwise
  send(command: any): Promise<any>;
}

/** The service does not answer, or not to us. Never a word about a face. */
export interface Unavailable {
  status: 'unavailable';
  /** Name of the error, for operators. */
  reason: string;
}

export type Seen = { status: 'seen'; faces: SeenFace[] } | { status: 'unreadable' } | Unavailable;
export type Compared =
  /** In percent, of the selfie's largest face. */
  { status: 'compared'; similarity: number } | { status: 'no-face' } | { status: 'unreadable' } | Unavailable;
export type Movement =
  | { status: 'done'; confidence: number; photo: Buffer }
  | { status: 'pending' | 'failed' | 'unknown' }
  | Unavailable;

/** All of the product's use of Amazon Rekognition: one face against one face, and nothing that searches. */
export interface FacesGateway {
  look(photo: Buffer): Promise<Seen>;
  compare(reference: Buffer, selfie: Buffer): Promise<Compared>;
  /** The same token gives the same session. */
  startMovement(token: string): Promise<{ status: 'started'; sessionId: string } | Unavailable>;
  finishMovement(sessionId: string): Promise<Movement>;
}

/** Sent again by the SDK itself, and worth an answer of ours within the driver's patience. */
export const faceService = (settings: RekognitionClientConfig = {}): FaceService =>
  new RekognitionClient({
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 4_000, throwOnRequestTimeout: true },
    ...settings,
  });

/** What the service says of a photo that it cannot read: the photo's fault, not worth a second try. */
const photoFaults = new Set(['InvalidImageFormatException', 'ImageTooLargeException']);
/** Also of a photo in which it finds no face. */
const invalidParameter = 'InvalidParameterException';

const attribute = (told: { Value?: boolean | undefined; Confidence?: number | undefined } | undefined) =>
  told?.Value === undefined ? undefined : { value: told.Value, confidence: told.Confidence ?? 0 };

const toSeen = ({ Confidence, BoundingBox: box, Quality, Pose, ...told }: FaceDetail): SeenFace => {
  const eyesOpen = attribute(told.EyesOpen);
  const occluded = attribute(told.FaceOccluded);
  const sunglasses = attribute(told.Sunglasses);
  return {
    confidence: Confidence ?? 0,
    box: {
      left: box?.Left ?? 0,
      top: box?.Top ?? 0,
      width: box?.Width ?? 0,
      height: box?.Height ?? 0,
    },
    brightness: Quality?.Brightness ?? 0,
    sharpness: Quality?.Sharpness ?? 0,
    yaw: Pose?.Yaw ?? 0,
    pitch: Pose?.Pitch ?? 0,
    ...(eyesOpen && { eyesOpen }),
    ...(occluded && { occluded }),
    ...(sunglasses && { sunglasses }),
  };
};

const areaOf = (box: BoundingBox | undefined) => (box?.Width ?? 0) * (box?.Height ?? 0);

export const facesGateway = (client: FaceService): FacesGateway => {
  const ask = async <T>(
    command: object,
    read: (answer: never) => T,
    onRefused: (name: string) => T | undefined,
  ): Promise<T | Unavailable> => {
    try {
      return read((await client.send(command)) as never);
    } catch (error) {
      const { name } = error as Error;
      return onRefused(name) ?? { status: 'unavailable', reason: name };
    }
  };
  const unreadable = { status: 'unreadable' } as const;

  return {
    look: (Bytes) =>
      ask<Seen>(
        // Nothing about sex, age or mood is ever asked for.
        new DetectFacesCommand({
          Image: { Bytes },
          Attributes: ['DEFAULT', 'EYES_OPEN', 'FACE_OCCLUDED', 'SUNGLASSES'],
        }),
        ({ FaceDetails = [] }: { FaceDetails?: FaceDetail[] }) => ({
          status: 'seen',
          faces: FaceDetails.map(toSeen),
        }),
        (name) => (photoFaults.has(name) || name === invalidParameter ? unreadable : undefined),
      ),
    compare: (reference, selfie) =>
      ask<Compared>(
        new CompareFacesCommand({
          SourceImage: { Bytes: reference },
          TargetImage: { Bytes: selfie },
          // The score always comes back: what it means is decided here.
          SimilarityThreshold: 0,
          QualityFilter: 'AUTO',
        }),
        ({
          FaceMatches = [],
        }: {
          FaceMatches?: { Similarity?: number; Face?: { BoundingBox?: BoundingBox } }[];
        }) => {
          // A passer-by must not stand in for the driver, however like the driver's photo he is.
          const [match] = FaceMatches.toSorted(
            (a, b) => areaOf(b.Face?.BoundingBox) - areaOf(a.Face?.BoundingBox),
          );
          return match ? { status: 'compared', similarity: match.Similarity ?? 0 } : { status: 'no-face' };
        },
        (name) =>
          photoFaults.has(name) ? unreadable : name === invalidParameter ? { status: 'no-face' } : undefined,
      ),
    startMovement: (ClientRequestToken) =>
      ask<{ status: 'started'; sessionId: string }>(
        // No images beside the one that is compared.
        new CreateFaceLivenessSessionCommand({ ClientRequestToken, Settings: { AuditImagesLimit: 0 } }),
        ({ SessionId = '' }: { SessionId?: string }) => ({ status: 'started', sessionId: SessionId }),
        () => undefined,
      ),
    finishMovement: (SessionId) =>
      ask<Movement>(
        new GetFaceLivenessSessionResultsCommand({ SessionId }),
        (answer: { Status?: string; Confidence?: number; ReferenceImage?: { Bytes?: Uint8Array } }) => {
          const { Status, Confidence = 0, ReferenceImage } = answer;
          if (Status === 'CREATED' || Status === 'IN_PROGRESS') return { status: 'pending' };
          // SUCCEEDED says that it came to an end, not that somebody was there: the confidence says that.
          if (Status !== 'SUCCEEDED' || !ReferenceImage?.Bytes) return { status: 'failed' };
          return { status: 'done', confidence: Confidence, photo: Buffer.from(ReferenceImage.Bytes) };
        },
        (name) => (name === 'SessionNotFoundException' ? { status: 'unknown' } : undefined),
      ),
  };
};
