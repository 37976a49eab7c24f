export interface UnionFind {
  join(a: number, b: number): void;
  /** The same number for all that are joined. */
  rootOf(a: number): number;
  /** How many are joined with this one, itself included. */
  sizeOf(a: number): number;
}

/** Sets of the numbers 0 to `length` - 1, joined by size with halved paths: near enough linear in the joins. */
export const unionFind = (length: number): UnionFind => {
  const parent = Uint32Array.from({ length }, (_, index) => index);
  const size = new Uint32Array(length).fill(1);
  const rootOf = (a: number) => {
    let at = a;
    while (parent[at] !== at) {
      const above = parent[parent[at] as number] as number;
      parent[at] = above;
      at = above;
    }
    return at;
  };
  return {
    rootOf,
    sizeOf: (a) => size[rootOf(a)] as number,
    join: (a, b) => {
      const one = rootOf(a);
      const other = rootOf(b);
      if (one === other) return;
      const [large, small] = (size[one] as number) >= (size[other] as number) ? [one, other] : [other, one];
      parent[small] = large;
      size[large] = (size[large] as number) + (size[small] as number);
    },
  };
};
