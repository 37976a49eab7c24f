import jpeg from 'jpeg-js';
import { glyphHeight, glyphOf, glyphWidth } from './bitmap-font.ts';
import { decodePixels } from './decode-pixels.ts';
import { enlarged, fitted, type Pixels, turnedUpright } from './pixels.ts';
import type { SelfieImage } from './selfie-image.ts';

export interface ViewOptions {
  /** Who looks, when, at which check: drawn over and over. */
  lines: readonly string[];
  /** Yes, unless somebody broke the glass. */
  blurred?: boolean;
  /** Of the view, in pixels. */
  longestSide?: number;
}

/**
 * What is left of a picture that is blurred, in cells along its longest side: light, background, whether somebody is
 * there. A face that fills half of it is five cells wide. The local engine finds none in the blurred selfies of the
 * labelled photos, and led to the places by hand it takes none of 8 for the person (distances 0.69 to 0.80).
 */
const blurredCells = 10;
/** Pixels for a dot of the font, and from one row of text to the next. */
const dot = 2;
const rowStep = 40;
/** Each row begins so many characters further on, so that every part of the text crosses the middle. */
const shiftPerRow = 11;
/** How much of the picture shows through a letter: enough to judge a face by, too little to restore it. */
const shownThrough = 0.35;
const quality = 80;
const cannotBeShown = 'this picture cannot be shown';

const paint = ({ width, height, data }: Pixels, left: number, top: number, shade: number) => {
  for (let y = Math.max(0, top); y < Math.min(height, top + dot); y += 1)
    for (let x = Math.max(0, left); x < Math.min(width, left + dot); x += 1)
      for (let channel = 0; channel < 3; channel += 1) {
        const at = (y * width + x) * 3 + channel;
        data[at] = (data[at] as number) * shownThrough + shade * (1 - shownThrough);
      }
};

/** White on a dark shadow: seen on light and on dark ground. */
const paintCharacter = (pixels: Pixels, character: string, left: number, top: number) => {
  const rows = glyphOf(character);
  const paintDots = (away: number, shade: number) =>
    rows.forEach((row, y) => {
      for (let x = 0; x < glyphWidth; x += 1)
        if ((row >> (glyphWidth - 1 - x)) & 1)
          paint(pixels, left + x * dot + away, top + y * dot + away, shade);
    });
  paintDots(1, 0);
  paintDots(0, 255);
};

const paintLines = (pixels: Pixels, lines: readonly string[]) => {
  if (lines.length === 0) return;
  const text = `${lines.join('   ')}   `;
  const step = (glyphWidth + 1) * dot;
  for (let top = (rowStep - glyphHeight * dot) / 2, row = 0; top < pixels.height; top += rowStep, row += 1)
    for (let left = 0, index = row * shiftPerRow; left < pixels.width; left += step, index += 1)
      paintCharacter(pixels, text[index % text.length] as string, left, top);
};

const darkField = (longestSide: number): Pixels => {
  const [width, height] = [longestSide, Math.round((longestSide * 3) / 4)];
  return { width, height, data: new Uint8Array(width * height * 3).fill(48) };
};

const blur = (from: Pixels): Pixels => enlarged(fitted(from, blurredCells), from.width, from.height);

const encode = ({ width, height, data }: Pixels): Buffer => {
  const rgba = Buffer.alloc(width * height * 4, 255);
  for (let from = 0, to = 0; from < data.length; from += 3, to += 4)
    rgba.set(data.subarray(from, from + 3), to);
  return jpeg.encode({ width, height, data: rgba }, quality).data;
};

/**
 * A JPEG for a reviewer's eyes: upright, small, with the lines in its pixels, not over them. One that cannot be decoded
 * is a dark field that says so.
 */
export const watermarkedView = (
  image: SelfieImage,
  { lines, blurred = true, longestSide = 640 }: ViewOptions,
): Buffer => {
  const stored = decodePixels(image);
  if (!stored) {
    const field = darkField(longestSide);
    paintLines(field, [cannotBeShown, ...lines]);
    return encode(field);
  }
  const upright = turnedUpright(fitted(stored, longestSide), image.orientation);
  const view = blurred ? blur(upright) : upright;
  paintLines(view, lines);
  return encode(view);
};
