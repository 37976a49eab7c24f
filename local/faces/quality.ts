import { isFace } from './chip.ts';
import { type Image, toLuma } from './image.ts';

/** Both 0 to 100. */
export interface Quality {
  readonly brightness: number;
  readonly sharpness: number;
}

/** A variance of the Laplacian that counts as fairly sharp on a chip of 150 pixels. */
const fairVariance = 120;

/** Sharpness is that of the whole chip; brightness that of the face, or dark hair around it would pass for bad light. */
export function qualityOf(chip: Image): Quality {
  const luma = toLuma(chip);
  const { width, height } = chip;
  let [light, pixels] = [0, 0];
  let [sum, squares, count] = [0, 0, 0];
  for (let y = 1; y < height - 1; y += 1)
    for (let x = 1; x < width - 1; x += 1) {
      const at = y * width + x;
      if (isFace(x, y)) {
        light += luma[at] ?? 0;
        pixels += 1;
      }
      const laplacian =
        (luma[at - 1] ?? 0) +
        (luma[at + 1] ?? 0) +
        (luma[at - width] ?? 0) +
        (luma[at + width] ?? 0) -
        4 * (luma[at] ?? 0);
      sum += laplacian;
      squares += laplacian * laplacian;
      count += 1;
    }
  const variance = squares / count - (sum / count) ** 2;
  return {
    brightness: light / pixels / 2.55,
    sharpness: 100 * (1 - Math.exp(-variance / fairVariance)),
  };
}
