import type { JsonObject } from '../services/aws-json-server.ts';
import type { Judgement } from './covering.ts';
import { descriptorDistance, similarityAt } from './descriptor.ts';
import type { Face, FaceEngine } from './engine.ts';
import type { Image } from './image.ts';
import { type GivenImage, invalidParameter, optionalChoice, optionalNumber, readImage } from './input.ts';
import { parts } from './landmarks.ts';
import type { ReadObject } from './objects.ts';

/** DetectFaces and CompareFaces, shaped as Rekognition answers. Gender, age and emotion are not offered by design. */

export interface OperationDeps {
  readonly engine: () => Promise<FaceEngine>;
  readonly readObject: ReadObject;
}

const offeredAttributes = ['DEFAULT', 'EYES_OPEN', 'FACE_OCCLUDED', 'SUNGLASSES'];

export async function detectFaces(
  { engine, readObject }: OperationDeps,
  input: JsonObject,
): Promise<unknown> {
  const attributes = input.Attributes ?? ['DEFAULT'];
  if (!Array.isArray(attributes) || attributes.some((name) => !offeredAttributes.includes(String(name))))
    throw invalidParameter('This engine offers DEFAULT, EYES_OPEN, FACE_OCCLUDED and SUNGLASSES only.');
  const { image, orientation } = await readImage(input.Image, readObject);
  const { findFaces, judgeCovering } = await engine();
  const faces = await findFaces(image);
  return {
    FaceDetails: faces.map((face) => {
      const covering = judgeCovering(image, face);
      return {
        ...describeFace(face, image),
        ...(attributes.includes('EYES_OPEN') && { EyesOpen: judgement(covering.eyesOpen) }),
        ...(attributes.includes('FACE_OCCLUDED') && { FaceOccluded: judgement(covering.occluded) }),
        ...(attributes.includes('SUNGLASSES') && { Sunglasses: judgement(covering.sunglasses) }),
      };
    }),
    ...orientationOf('OrientationCorrection', orientation),
  };
}

const qualityFilters = ['NONE', 'AUTO', 'LOW', 'MEDIUM', 'HIGH'];
const usualThreshold = 80;

/** The largest face of the source against every face of the target. A quality filter is taken and filters nothing: the gate before it does. */
export async function compareFaces(
  { engine, readObject }: OperationDeps,
  input: JsonObject,
): Promise<unknown> {
  const threshold = optionalNumber(input, 'SimilarityThreshold', { min: 0, max: 100 }) ?? usualThreshold;
  optionalChoice(input, 'QualityFilter', qualityFilters);
  const source = await readImage(input.SourceImage, readObject);
  const target = await readImage(input.TargetImage, readObject);
  const { findFaces, describe } = await engine();
  const [sourceFace] = await findFaces(source.image);
  if (!sourceFace) throw invalidParameter();
  const faces = await findFaces(target.image);
  if (faces.length === 0) throw invalidParameter();

  const wanted = await describe(sourceFace);
  const compared: { similarity: number; face: Face }[] = [];
  for (const face of faces)
    compared.push({ similarity: similarityAt(descriptorDistance(wanted, await describe(face))), face });
  compared.sort((a, b) => b.similarity - a.similarity);
  return {
    SourceImageFace: {
      BoundingBox: boundingBox(sourceFace, source.image),
      Confidence: sourceFace.confidence,
    },
    FaceMatches: compared
      .filter(({ similarity }) => similarity >= threshold)
      .map(({ similarity, face }) => ({ Similarity: similarity, Face: describeFace(face, target.image) })),
    UnmatchedFaces: compared
      .filter(({ similarity }) => similarity < threshold)
      .map(({ face }) => describeFace(face, target.image)),
    ...orientationOf('SourceImageOrientationCorrection', source.orientation),
    ...orientationOf('TargetImageOrientationCorrection', target.orientation),
  };
}

/** Absent when EXIF told how the picture is turned. */
const orientationOf = (member: string, orientation: GivenImage['orientation']) =>
  orientation === 1 ? { [member]: 'ROTATE_0' } : {};

/** Shares of the picture; a face that leaves it has sides below 0 or beyond 1. */
export const boundingBox = ({ box }: Face, { width, height }: Image) => ({
  Width: box.width / width,
  Height: box.height / height,
  Left: box.x / width,
  Top: box.y / height,
});

const judgement = ({ value, confidence }: Judgement) => ({ Value: value, Confidence: confidence });

function describeFace(face: Face, image: Image) {
  const { leftEye, rightEye, mouthLeft, mouthRight, noseTip } = parts(face.landmarks);
  const landmarks = { eyeLeft: leftEye, eyeRight: rightEye, mouthLeft, mouthRight, nose: noseTip };
  return {
    BoundingBox: boundingBox(face, image),
    Confidence: face.confidence,
    Landmarks: Object.entries(landmarks).map(([Type, { x, y }]) => ({
      Type,
      X: x / image.width,
      Y: y / image.height,
    })),
    Pose: { Roll: face.pose.roll, Yaw: face.pose.yaw, Pitch: face.pose.pitch },
    Quality: { Brightness: face.quality.brightness, Sharpness: face.quality.sharpness },
  };
}
