import jpeg from 'jpeg-js';
import { PNG } from 'pngjs';
import type { Pixels } from './pixels.ts';
import type { SelfieImage } from './selfie-image.ts';

/**
 * Decoders in JavaScript take 25 to 40 bytes for a pixel (measured: 370 MB for 12 million, 1 GB for 24): with this many a
 * function of 1 GB ends well. The app sends a million pixels.
 */
const mostPixels = 16_000_000;
/** As the JPEG decoder counts, which is less than what it takes. */
const mostMemoryMiB = 512;

/** Over white, where a PNG is transparent. */
const opaque = (rgba: Uint8Array): Uint8Array => {
  const data = new Uint8Array((rgba.length / 4) * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) {
    const alpha = rgba[from + 3] as number;
    for (let channel = 0; channel < 3; channel += 1)
      data[to + channel] = ((rgba[from + channel] as number) * alpha + 255 * (255 - alpha)) / 255;
  }
  return data;
};

/** The pixels as stored; `undefined` when they are too many, or when the data turn out not to be any. */
export const decodePixels = ({ type, width, height, bytes }: SelfieImage): Pixels | undefined => {
  if (width * height > mostPixels) return undefined;
  try {
    if (type === 'image/png') return { width, height, data: opaque(PNG.sync.read(bytes).data) };
    const { data } = jpeg.decode(bytes, {
      useTArray: true,
      formatAsRGBA: false,
      maxResolutionInMP: mostPixels / 1e6,
      maxMemoryUsageInMB: mostMemoryMiB,
    });
    return { width, height, data };
  } catch {
    // Both throw errors of no kind of their own about data that a stranger sent.
    return undefined;
  }
};
