import type { NoveltyFile } from './model-file.ts';

export interface Novelty {
  /** In 0..1: about .5 for what is usual, towards 1 for what few cuts set apart. NaN in a row means absent. */
  novelty(row: Float64Array): number;
}

const eulerGamma = 0.5772156649015329;

/** Steps of an unsuccessful search in a binary search tree of so many rows: what an average path is (Liu et al., eq. 1). */
const averagePath = (rows: number): number => {
  if (rows <= 1) return 0;
  return rows === 2 ? 1 : 2 * (Math.log(rows - 1) + eulerGamma) - (2 * (rows - 1)) / rows;
};

/** Training rows below each node; children come after their parents. */
const sizesOf = ({ feature, left, right, size }: NoveltyFile): Float64Array => {
  const sizes = Float64Array.from(size);
  for (let node = sizes.length - 1; node >= 0; node -= 1)
    if ((feature[node] as number) >= 0)
      sizes[node] = (sizes[left[node] as number] as number) + (sizes[right[node] as number] as number);
  return sizes;
};

export const compileNovelty = (file: NoveltyFile): Novelty => {
  const roots = Int32Array.from(file.roots);
  const feature = Int32Array.from(file.feature);
  const threshold = Float64Array.from(file.threshold);
  const left = Int32Array.from(file.left);
  const right = Int32Array.from(file.right);
  const sizes = sizesOf(file);
  /** Where a row goes that lacks the feature: where more rows went. */
  const absent = Int32Array.from(feature, (_, node) => {
    const [a, b] = [left[node] as number, right[node] as number];
    return (sizes[a] as number) >= (sizes[b] as number) ? a : b;
  });
  /** Cuts that a leaf's rows would still have needed. */
  const rest = sizes.map(averagePath);
  // One row is as usual as can be.
  const scale = roots.length * (averagePath(file.sampleSize) || 1);

  const novelty = (row: Float64Array): number => {
    let path = 0;
    for (let tree = 0; tree < roots.length; tree += 1) {
      let node = roots[tree] as number;
      for (let tested = feature[node] as number; tested >= 0; tested = feature[node] as number) {
        const known = row[tested] as number;
        const cut = threshold[node] as number;
        node = (known <= cut ? left[node] : known > cut ? right[node] : absent[node]) as number;
        path += 1;
      }
      path += rest[node] as number;
    }
    return 2 ** (-path / scale);
  };
  return { novelty };
};
