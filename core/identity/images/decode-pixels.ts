import { convertIndexedToRgb, type DecodedPng, decode } from 'fast-png';
import jpeg from 'jpeg-js';
import type { Pixels } from './pixels.ts';
import type { SelfieImage } from './selfie-image.ts';

/**
 * Decoders in JavaScript take 25 to 40 bytes for a pixel (measured: 370 MB for 12 million, 1 GB for 24): with this many a
 * function of 1 GB ends well. The app sends a million pixels.
 */
const mostPixels = 16_000_000;
/** As the JPEG decoder counts, which is less than what it takes. */
const mostMemoryMiB = 512;

/** Samples of less than a byte, unpacked: each row begins in a byte of its own. */
const unpacked = ({ data, width, height, depth, channels }: DecodedPng): Uint8Array => {
  if (depth === 16) return Uint8Array.from(data, (sample) => sample >> 8);
  if (depth === 8) return data as Uint8Array;
  const [perRow, perByte, most] = [width * channels, 8 / depth, 2 ** depth - 1];
  const rowBytes = Math.ceil(perRow / perByte);
  return Uint8Array.from({ length: perRow * height }, (_, index) => {
    const [row, at] = [Math.floor(index / perRow), index % perRow];
    const byte = data[row * rowBytes + Math.floor(at / perByte)] as number;
    return (((byte >> (8 - depth * ((at % perByte) + 1))) & most) * 255) / most;
  });
};

/** Red, green and blue of a PNG of any kind; over white where it is transparent. */
const opaque = (png: DecodedPng): Uint8Array => {
  const samples = png.palette ? convertIndexedToRgb(png) : unpacked(png);
  const channels = png.palette ? (png.palette[0]?.length ?? 3) : png.channels;
  const data = new Uint8Array((samples.length / channels) * 3);
  const [isGrey, hasAlpha] = [channels < 3, channels % 2 === 0];
  for (let from = 0, to = 0; from < samples.length; from += channels, to += 3) {
    const alpha = hasAlpha ? (samples[from + channels - 1] as number) : 255;
    for (let channel = 0; channel < 3; channel += 1) {
      const sample = samples[isGrey ? from : from + channel] as number;
      data[to + channel] = (sample * alpha + 255 * (255 - alpha)) / 255;
    }
  }
  return data;
};

/** The pixels as stored; `undefined` when they are too many, or when the data turn out not to be any. */
export const decodePixels = ({ type, width, height, bytes }: SelfieImage): Pixels | undefined => {
  if (width * height > mostPixels) return undefined;
  try {
    if (type === 'image/png') return { width, height, data: opaque(decode(bytes)) };
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
