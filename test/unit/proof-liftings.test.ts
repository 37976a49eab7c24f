import { expect, it } from 'vitest';
import { liftInProcess } from '#test/liftings/in-process.ts';
import { kinds } from '#test/liftings/kinds.ts';

/** A short edition of `npm run liftings`. */
it('accepts valid requests once, and nothing that is made of them', async () => {
  const tally = await liftInProcess({ liftings: 20_000, seed: 20_261_122, perOriginal: 160 });
  expect(tally.escapes).toEqual([]);
  expect(tally.count).toBe(20_000);
  expect(tally.originals).toBeGreaterThan(100);
  // Every kind was tried.
  expect([...tally.kinds.keys()].sort()).toEqual(kinds.map(({ name }) => name).sort());
});
