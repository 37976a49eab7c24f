import { type Box, bounds, meanPoint, type Point, type Similarity, transform, warp } from './geometry.ts';
import { type Image, toTensor } from './image.ts';
import type { Network } from './runtime.ts';

/** 68 points in pixels of the picture, numbered as in the iBUG 300-W set: https://ibug.doc.ic.ac.uk/resources/300-W/ */
export type Landmarks = readonly Point[];

const inputSize = 112;
const meanColour = [122.782, 117.001, 104.298] as const;
/** Beyond this the face is turned upright and looked at again: the network learnt on upright faces. */
const steepRollRadians = (8 * Math.PI) / 180;

const point = (landmarks: Landmarks, index: number): Point => landmarks[index] ?? { x: 0, y: 0 };
const range = (landmarks: Landmarks, from: number, to: number) => meanPoint(landmarks.slice(from, to + 1));

/** Parts of a face; left and right are those of the picture. */
export const parts = (landmarks: Landmarks) => ({
  leftEye: range(landmarks, 36, 41),
  rightEye: range(landmarks, 42, 47),
  noseTip: point(landmarks, 30),
  noseRoot: point(landmarks, 27),
  mouthLeft: point(landmarks, 48),
  mouthRight: point(landmarks, 54),
  mouth: range(landmarks, 48, 59),
  chin: point(landmarks, 8),
});

/** Radians, positive clockwise in the picture. */
export function rollOf(landmarks: Landmarks): number {
  const { leftEye, rightEye } = parts(landmarks);
  return Math.atan2(rightEye.y - leftEye.y, rightEye.x - leftEye.x);
}

export async function findLandmarks(network: Network, image: Image, box: Box): Promise<Landmarks> {
  const first = await landmarksIn(network, image, box, 0);
  const roll = rollOf(first);
  if (Math.abs(roll) < steepRollRadians) return first;
  return landmarksIn(network, image, uprightBox(first, roll), roll);
}

/** Around the points, as the detector would have drawn it had the face been upright. */
function uprightBox(landmarks: Landmarks, roll: number): Box {
  const turn: Similarity = { a: Math.cos(-roll), b: Math.sin(-roll), dx: 0, dy: 0 };
  const turned = landmarks.map((one) => transform(turn, one));
  const around = bounds(turned);
  const width = around.width * 1.1;
  const height = around.height * 1.15;
  const back: Similarity = { a: Math.cos(roll), b: Math.sin(roll), dx: 0, dy: 0 };
  const centre = transform(back, {
    x: around.x + around.width / 2,
    y: around.y + around.height / 2 - height * 0.02,
  });
  return { x: centre.x - width / 2, y: centre.y - height / 2, width, height };
}

async function landmarksIn(network: Network, image: Image, box: Box, roll: number): Promise<Landmarks> {
  const side = Math.max(box.width, box.height);
  const scale = side / inputSize;
  const [a, b] = [Math.cos(roll) * scale, Math.sin(roll) * scale];
  const centre = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  const middle = (inputSize - 1) / 2;
  const toSource = {
    a,
    b,
    dx: centre.x - 0.5 - a * middle + b * middle,
    dy: centre.y - 0.5 - b * middle - a * middle,
  };
  const crop = warp(image, toSource, inputSize, inputSize);
  const output = await network(toTensor([crop], inputSize, meanColour), [1, 3, inputSize, inputSize]);
  return Array.from({ length: 68 }, (_, i) =>
    transform(toSource, {
      x: (output[2 * i] ?? 0) * inputSize - 0.5,
      y: (output[2 * i + 1] ?? 0) * inputSize - 0.5,
    }),
  );
}
