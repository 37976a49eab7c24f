import { chipSize } from './chip.ts';
import { type Image, mirror, toTensor } from './image.ts';
import type { Network } from './runtime.ts';

const meanColour = [122.782, 117.001, 104.298] as const;
export const descriptorLength = 128;

/** Of the chip and its mirror image, averaged: one person looks the same from both sides, the noise does not. */
export async function describe(network: Network, chip: Image): Promise<Float32Array> {
  const output = await network(toTensor([chip, mirror(chip)], chipSize, meanColour), [
    2,
    3,
    chipSize,
    chipSize,
  ]);
  return Float32Array.from(
    { length: descriptorLength },
    (_, i) => ((output[i] ?? 0) + (output[descriptorLength + i] ?? 0)) / 2,
  );
}

export const descriptorDistance = (a: Float32Array, b: Float32Array): number =>
  Math.sqrt(a.reduce((sum, value, i) => sum + (value - (b[i] ?? 0)) ** 2, 0));

/** Similarity 80 is at a distance of 0.60, where one pair of strangers in a hundred is; 99 at 0.48. */
const [distanceAt80, slope] = [0.6, (Math.log(99) - Math.log(4)) / 0.12];

/** 0 to 100. */
export const similarityAt = (distance: number): number =>
  100 / (1 + Math.exp(slope * (distance - distanceAt80) - Math.log(4)));
