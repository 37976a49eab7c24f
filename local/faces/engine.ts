import { type Chip, cutChip } from './chip.ts';
import { type Covering, judgeCovering } from './covering.ts';
import { describe } from './descriptor.ts';
import { allScales, detectFaces } from './detection.ts';
import type { Box } from './geometry.ts';
import { descriptorModel, detectorModel, landmarksModel } from './graphs.ts';
import type { Image } from './image.ts';
import { findLandmarks, type Landmarks } from './landmarks.ts';
import { type Pose, poseOf } from './pose.ts';
import { type Quality, qualityOf } from './quality.ts';
import type { Runtime, RuntimeKind } from './runtime.ts';
import { readWeights } from './weights.ts';

export interface Face {
  readonly box: Box;
  /** 0 to 100. */
  readonly confidence: number;
  readonly landmarks: Landmarks;
  readonly chip: Chip;
  readonly pose: Pose;
  readonly quality: Quality;
}

/** A development and self-hosting engine: a real model, weaker than the service that it stands in for. */
export interface FaceEngine {
  readonly runtime: RuntimeKind;
  /** Largest first. */
  findFaces(image: Image): Promise<Face[]>;
  judgeCovering(image: Image, face: Face): Covering;
  /** 128 numbers; people differ by their distance. */
  describe(face: Face): Promise<Float32Array>;
}

/** More are not looked at: a crowd is no selfie, and each costs some milliseconds. */
const mostFaces = 20;

export async function loadEngine(
  runtime: Runtime,
  scales: readonly number[] = allScales,
): Promise<FaceEngine> {
  const detector = await runtime.load(detectorModel(readWeights('tiny_face_detector_model')));
  const landmarks = await runtime.load(landmarksModel(readWeights('face_landmark_68_model')));
  const descriptor = await runtime.load(descriptorModel(readWeights('face_recognition_model')));
  return {
    runtime: runtime.kind,
    async findFaces(image) {
      const faces: Face[] = [];
      for (const { box, score } of (await detectFaces(detector, image, scales)).slice(0, mostFaces)) {
        const found = await findLandmarks(landmarks, image, box);
        const chip = cutChip(image, found);
        const [pose, quality] = [poseOf(found), qualityOf(chip.image)];
        faces.push({ box, confidence: confidenceAt(score), landmarks: found, chip, pose, quality });
      }
      return faces;
    },
    judgeCovering: (image, { chip, landmarks: found }) => judgeCovering(chip, found, image),
    describe: ({ chip }) => describe(descriptor, chip.image),
  };
}

/** Stretched so that what one scale is sure of (0.8) reaches 99, as what two agree on well does. */
const confidenceAt = (score: number) => 100 * (1 - (1 - score) ** 3);
