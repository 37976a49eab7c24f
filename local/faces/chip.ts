import { fitSimilarity, type Similarity, warp } from './geometry.ts';
import type { Image } from './image.ts';
import type { Landmarks } from './landmarks.ts';

/** A face turned upright and brought to one size, as dlib's `get_face_chip_details` with padding 0.25 cuts it. */
export interface Chip {
  readonly image: Image;
  readonly toSource: Similarity;
}

export const chipSize = 150;
/** What of the chip is face: beside it are hair and background. */
const faceOval = { x: 75, y: 82, halfWidth: 42, halfHeight: 55 };

/** Whether a pixel of the chip is in the oval of the face. */
export const isFace = (x: number, y: number): boolean =>
  ((x - faceOval.x) / faceOval.halfWidth) ** 2 + ((y - faceOval.y) / faceOval.halfHeight) ** 2 <= 1;

const padding = 0.25;

/** Mean places of points 17 to 67 (dlib, image_transforms/interpolation.h). */
const meanX = [
  0.000213256, 0.0752622, 0.18113, 0.29077, 0.393397, 0.586856, 0.689483, 0.799124, 0.904991, 0.98004,
  0.490127, 0.490127, 0.490127, 0.490127, 0.36688, 0.426036, 0.490127, 0.554217, 0.613373, 0.121737, 0.187122,
  0.265825, 0.334606, 0.260918, 0.182743, 0.645647, 0.714428, 0.793132, 0.858516, 0.79751, 0.719335, 0.254149,
  0.340985, 0.428858, 0.490127, 0.551395, 0.639268, 0.726104, 0.642159, 0.556721, 0.490127, 0.423532,
  0.338094, 0.290379, 0.428096, 0.490127, 0.552157, 0.689874, 0.553364, 0.490127, 0.42689,
];
const meanY = [
  0.106454, 0.038915, 0.0187482, 0.0344891, 0.0773906, 0.0773906, 0.0344891, 0.0187482, 0.038915, 0.106454,
  0.203352, 0.307009, 0.409805, 0.515625, 0.587326, 0.609345, 0.628106, 0.609345, 0.587326, 0.216423,
  0.178758, 0.179852, 0.231733, 0.245099, 0.244077, 0.231733, 0.179852, 0.178758, 0.216423, 0.244077,
  0.245099, 0.780233, 0.745405, 0.727388, 0.742578, 0.727388, 0.745405, 0.780233, 0.864805, 0.902192,
  0.909281, 0.902192, 0.864805, 0.784792, 0.778746, 0.785343, 0.778746, 0.784792, 0.824182, 0.831803,
  0.824182,
];

/** Without brows and lower lip, which move. */
const steady = Array.from({ length: 51 }, (_, i) => i + 17).filter(
  (i) => i >= 27 && !(i >= 55 && i <= 59) && !(i >= 65 && i <= 67),
);

const place = (i: number, of: readonly number[]) =>
  ((padding + (of[i - 17] ?? 0)) / (2 * padding + 1)) * chipSize;
const meanFace = steady.map((i) => ({ x: place(i, meanX), y: place(i, meanY) }));

export function cutChip(image: Image, landmarks: Landmarks): Chip {
  const seen = steady.map((i) => landmarks[i] ?? { x: 0, y: 0 });
  const toSource = fitSimilarity(meanFace, seen);
  return { image: warp(image, toSource, chipSize, chipSize), toSource };
}
