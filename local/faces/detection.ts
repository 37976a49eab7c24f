import { type Box, overlap, warp } from './geometry.ts';
import { fitInto, type Image, toTensor } from './image.ts';
import type { Network } from './runtime.ts';

/** Anchors in cells and mean colour of face-api's Tiny Face Detector. */
const anchors = [
  [1.603231, 2.094468],
  [6.041143, 7.080126],
  [2.882459, 3.518061],
  [4.266906, 5.178857],
  [9.041765, 10.66308],
] as const;
const meanColour = [117.001, 114.697, 97.404] as const;

/** Sides in pixels at which a picture is looked at: a small face shows at the largest, a face that fills it at the smallest. */
export const allScales: readonly number[] = [416, 224, 160];
export const singleScale: readonly number[] = [224];

/** A face counts when two scales see it, or one is sure. Measured on portraits: none missed, none extra. */
const [agreeingScore, sureScore] = [0.4, 0.8];
/** One scale cannot be confirmed by another. */
const loneScore = 0.5;
/** People in the background: a last look, at which only faces that stand apart from the others count. */
const [fineScale, fineScore] = [608, 0.75];
const sameFaceOverlap = 0.35;

export interface Detection {
  readonly box: Box;
  /** 0 to 1: the chance that not every scale is wrong, were they independent. */
  readonly score: number;
}

interface Candidate extends Detection {
  readonly scale: number;
}

export async function detectFaces(
  network: Network,
  image: Image,
  scales: readonly number[],
): Promise<Detection[]> {
  const [largest = 416, ...smaller] = [...scales].sort((a, b) => b - a);
  const first = await fitInto(image, largest);
  const seen = await candidatesAt(network, first, largest, image);
  for (const scale of smaller) {
    const ratio = largest / scale;
    const shift = (ratio - 1) / 2;
    const [width, height] = [Math.round(first.width / ratio), Math.round(first.height / ratio)];
    const shrunk = warp(first, { a: ratio, b: 0, dx: shift, dy: shift }, width, height);
    seen.push(...(await candidatesAt(network, shrunk, scale, image)));
  }
  const enough = scales.length > 1 ? sureScore : loneScore;
  const found = groupsOf(seen)
    .filter((group) => group.length > 1 || (group[0]?.score ?? 0) >= enough)
    .map(merge);
  if (scales.length > 1) found.push(...(await findBystanders(network, image, found)));
  return found.sort((a, b) => b.box.width * b.box.height - a.box.width * a.box.height);
}

async function findBystanders(
  network: Network,
  image: Image,
  found: readonly Detection[],
): Promise<Detection[]> {
  const fitted = await fitInto(image, fineScale);
  const seen = await candidatesAt(network, fitted, fineScale, image);
  return groupsOf(seen)
    .filter(([best]) => best && best.score >= fineScore && found.every(({ box }) => !touches(box, best.box)))
    .map(merge);
}

async function candidatesAt(
  network: Network,
  fitted: Image,
  scale: number,
  image: Image,
): Promise<Candidate[]> {
  const output = await network(toTensor([fitted], scale, meanColour), [1, 3, scale, scale]);
  const cells = Math.sqrt(output.length / 25);
  const area = cells * cells;
  const pixels = image.width / fitted.width;
  const found: Candidate[] = [];
  anchors.forEach(([anchorWidth, anchorHeight], anchor) => {
    for (let cell = 0; cell < area; cell += 1) {
      const value = (channel: number) => output[(anchor * 5 + channel) * area + cell] ?? 0;
      const score = sigmoid(value(4));
      if (score < agreeingScore) continue;
      const unit = (scale / cells) * pixels;
      const width = Math.exp(value(2)) * anchorWidth * unit;
      const height = Math.exp(value(3)) * anchorHeight * unit;
      const x = ((cell % cells) + sigmoid(value(0))) * unit - width / 2;
      const y = (Math.floor(cell / cells) + sigmoid(value(1))) * unit - height / 2;
      found.push({ box: { x, y, width, height }, score, scale });
    }
  });
  return found;
}

/** Best first: a group is what overlaps with its best, one of each scale. */
function groupsOf(candidates: readonly Candidate[]): Candidate[][] {
  const groups: Candidate[][] = [];
  for (const candidate of [...candidates].sort((a, b) => b.score - a.score)) {
    const group = groups.find(([best]) => best && overlap(best.box, candidate.box) > sameFaceOverlap);
    if (!group) groups.push([candidate]);
    else if (group.every(({ scale }) => scale !== candidate.scale)) group.push(candidate);
  }
  return groups;
}

/** Whether one begins within the other: a chin or a forehead taken for a face lies in a larger face. */
const touches = (a: Box, b: Box) =>
  Math.min(a.x + a.width, b.x + b.width) > Math.max(a.x, b.x) &&
  Math.min(a.y + a.height, b.y + b.height) > Math.max(a.y, b.y);

function merge(group: readonly Candidate[]): Detection {
  const total = group.reduce((sum, { score }) => sum + score, 0);
  const mean = (of: (box: Box) => number) =>
    group.reduce((sum, { box, score }) => sum + of(box) * score, 0) / total;
  return {
    box: {
      x: mean(({ x }) => x),
      y: mean(({ y }) => y),
      width: mean(({ width }) => width),
      height: mean(({ height }) => height),
    },
    score: 1 - group.reduce((wrong, { score }) => wrong * (1 - score), 1),
  };
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
