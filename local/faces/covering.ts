import { type Chip, chipSize, isFace } from './chip.ts';
import { distance } from './geometry.ts';
import { type Image, toLuma } from './image.ts';
import type { Landmarks } from './landmarks.ts';

/**
 * Whether something covers a face: plain measures of the upright chip, no model. They are heuristics, set between portraits
 * (varied in light, blur, tilt, size and compression) and the same portraits with bars, masks, glasses and crops drawn on.
 * What covers a face in its own colours and with texture, such as a hand, passes; closed eyes are seldom noticed.
 */
export interface Covering {
  readonly occluded: Judgement;
  readonly eyesOpen: Judgement;
  readonly sunglasses: Judgement;
}

/** A yes or no with how sure it is, 50 to 100. */
export interface Judgement {
  readonly value: boolean;
  readonly confidence: number;
}

/** What is measured; shares are of the region's pixels, contrasts of the brightness of the cheeks and nose. */
export interface CoveringMeasures {
  /** Landmarks that lie outside of the picture, of 68. */
  readonly pointsOutside: number;
  /** Standard deviation around the eye that varies less. Lids, iris and lashes: 0.10 to 0.33 in portraits. */
  readonly eyeContrast: number;
  /** Of the eye with more of it: pixels without any gradient. Up to 0.17 in portraits. */
  readonly eyeFlat: number;
  /** Of the brighter eye. 0.63 to 1.0 in portraits, up to 0.5 behind tinted glass. */
  readonly eyeBrightness: number;
  /** Pixels around the mouth without any gradient. Up to 0.36 in portraits. */
  readonly mouthFlat: number;
  /** How far the colour of mouth, jaw and chin is from that of cheeks and nose, in shares of red and blue. Up to 0.06. */
  readonly lowerColour: number;
  /** Pixels of the whole face that equal all around them. Up to 0.04 in portraits, 0.12 after harsh compression. */
  readonly flat: number;
  /** Height of the eyes by their width. */
  readonly eyeOpening: number;
}

/** A value and what it is judged against: below and above `limit` sureness grows from 50 within `range`. */
const sureness = (value: number, limit: number, range: number): Judgement => ({
  value: value > limit,
  confidence: Math.min(100, 50 + (50 * Math.abs(value - limit)) / range),
});

export function judgeCovering(chip: Chip, landmarks: Landmarks, image: Image): Covering {
  const measures = measureCovering(chip.image, landmarks, image);
  // Each grows with the covering; the range is half of the gap between portraits and coverings.
  const signs = [
    sureness(measures.pointsOutside, 2.5, 0.6),
    sureness(-measures.eyeContrast, -0.075, 0.02),
    sureness(measures.eyeFlat, 0.42, 0.1),
    sureness(measures.mouthFlat, 0.45, 0.08),
    sureness(measures.lowerColour, 0.1, 0.02),
    sureness(measures.flat, 0.16, 0.04),
  ];
  const tinted = sureness(-measures.eyeBrightness, -0.56, 0.05);
  return {
    occluded: anyOf(signs),
    sunglasses: measures.eyeContrast < 0.13 ? tinted : { value: false, confidence: 95 },
    eyesOpen: sureness(measures.eyeOpening, 0.1, 0.05),
  };
}

/** The surest of those who say yes, or the least sure of those who say no. */
function anyOf(signs: readonly Judgement[]): Judgement {
  const raised = signs.filter(({ value }) => value);
  const sure = raised.length > 0 ? raised : signs;
  const confidences = sure.map(({ confidence }) => confidence);
  const [value, choose] = raised.length > 0 ? [true, Math.max] : [false, Math.min];
  return { value, confidence: choose(...confidences) };
}

/** Centre and half sizes in pixels of the chip, whose landmarks lie where the mean face has them. */
type Region = readonly [x: number, y: number, halfWidth: number, halfHeight: number];
const eyes: readonly Region[] = [
  [47.6, 46, 14, 7],
  [100.4, 46, 14, 7],
];
const cheeks: readonly Region[] = [
  [45, 78, 8, 7],
  [103, 78, 8, 7],
];
const noseBridge: Region = [74, 62, 6, 9];
const noseTip: Region = [74, 80, 9, 6];
const mouth: Region = [74, 107, 22, 9];
const lowerFace: readonly Region[] = [
  mouth,
  [74, 94, 12, 3],
  [74, 128, 12, 5],
  [48, 98, 6, 8],
  [100, 98, 6, 8],
];

/** Grey levels: less is paint, more is skin with the noise of a camera. */
const [noGradient, sameLevel] = [1.2, 2];

export function measureCovering(chip: Image, landmarks: Landmarks, picture: Image): CoveringMeasures {
  const luma = toLuma(chip);
  const at = (region: Region) => measureRegion(chip, luma, region);
  const [eyeRegions, upper] = [eyes.map(at), [...cheeks, noseBridge].map(at)];
  const lower = lowerFace.map(at);
  const skin = median([...upper, at(noseTip)].map(({ mean }) => mean));
  const colourOf = (of: typeof upper) => [
    median(of.map(({ red }) => red)),
    median(of.map(({ blue }) => blue)),
  ];
  const [[upperRed = 0, upperBlue = 0], [lowerRed = 0, lowerBlue = 0]] = [colourOf(upper), colourOf(lower)];
  return {
    pointsOutside: landmarks.filter(({ x, y }) => x < 0 || y < 0 || x > picture.width || y > picture.height)
      .length,
    eyeContrast: Math.min(...eyeRegions.map(({ deviation }) => deviation)) / (skin + 10),
    eyeFlat: Math.max(...eyeRegions.map(({ flat }) => flat)),
    eyeBrightness: Math.max(...eyeRegions.map(({ mean }) => mean)) / (skin + 5),
    mouthFlat: lower[0]?.flat ?? 0,
    lowerColour: Math.hypot(upperRed - lowerRed, upperBlue - lowerBlue),
    flat: flatShare(luma, chip.width),
    eyeOpening: (openingOf(landmarks, 36) + openingOf(landmarks, 42)) / 2,
  };
}

function measureRegion({ width, data }: Image, luma: Float32Array, [cx, cy, rx, ry]: Region) {
  let [sum, squares, flat, count] = [0, 0, 0, 0];
  const [reds, blues]: [number[], number[]] = [[], []];
  for (let y = Math.round(cy - ry); y <= cy + ry; y += 1)
    for (let x = Math.round(cx - rx); x <= cx + rx; x += 1) {
      const i = y * width + x;
      const value = luma[i] ?? 0;
      sum += value;
      squares += value * value;
      count += 1;
      const across = (luma[i + 1] ?? 0) - (luma[i - 1] ?? 0);
      const down = (luma[i + width] ?? 0) - (luma[i - width] ?? 0);
      if (Math.hypot(across, down) / 2 < noGradient) flat += 1;
      const [red, green, blue] = [data[3 * i] ?? 0, data[3 * i + 1] ?? 0, data[3 * i + 2] ?? 0];
      // Dark pixels have no colour to speak of.
      const all = red + green + blue + 15;
      reds.push(red / all);
      blues.push(blue / all);
    }
  const mean = sum / count;
  return {
    mean,
    deviation: Math.sqrt(Math.max(0, squares / count - mean * mean)),
    flat: flat / count,
    red: median(reds),
    blue: median(blues),
  };
}

/** Burnt-out and pitch-dark skin is flat as well, and is a matter of brightness. */
const [darkest, brightest] = [8, 249];

function flatShare(luma: Float32Array, width: number): number {
  let [flat, count] = [0, 0];
  for (let y = 2; y < chipSize - 2; y += 2)
    for (let x = 2; x < chipSize - 2; x += 2) {
      if (!isFace(x, y)) continue;
      count += 1;
      let [least, most] = [255, 0];
      for (let j = -2; j <= 2; j += 1)
        for (let i = -2; i <= 2; i += 1) {
          const value = luma[(y + j) * width + x + i] ?? 0;
          least = Math.min(least, value);
          most = Math.max(most, value);
        }
      if (most - least <= sameLevel && least > darkest && most < brightest) flat += 1;
    }
  return flat / count;
}

/** Soukupova and Cech's eye aspect ratio, of the six points from `first`. */
function openingOf(landmarks: Landmarks, first: number): number {
  const between = (a: number, b: number) => {
    const [p, q] = [landmarks[first + a], landmarks[first + b]];
    return p && q ? distance(p, q) : 0;
  };
  return (between(1, 5) + between(2, 4)) / (2 * Math.max(1e-6, between(0, 3)));
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}
