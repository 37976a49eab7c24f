import type { TreesSettings } from '../gbdt/train.ts';

/** Little data carries few and small trees; from some thousand rows on the trees that were measured at full size. */
const sizes = [
  { below: 600, trees: 80, leaves: 6, learningRate: 0.1, minLeafWeight: 1 },
  { below: 6_000, trees: 120, leaves: 12, learningRate: 0.08, minLeafWeight: 1.5 },
  { below: Number.POSITIVE_INFINITY, trees: 160, leaves: 24, learningRate: 0.08, minLeafWeight: 3 },
] as const;

/** Settings for so many rows of training. */
export const settingsFor = (rows: number, seed: number): TreesSettings => {
  const { below: _, ...size } = sizes.find(({ below }) => rows < below) ?? sizes[2];
  return { ...size, l2: 1, bins: 255, rowShare: 0.8, columnShare: 0.6, seed };
};

/** A family has few columns: small trees, all columns in each. */
export const familySettings = (settings: TreesSettings): TreesSettings => ({
  ...settings,
  trees: 40,
  leaves: Math.min(settings.leaves, 6),
  learningRate: 0.15,
  columnShare: 1,
});

export const noveltyTrees = 50;
export const noveltySample = 256;
