import { expect, it } from 'vitest';
import { liftThroughSystem } from '#test/liftings/through-system.ts';

/** A short edition of `npm run liftings -- --proofs 0`. */
it('answers valid requests of enrolled phones, and refuses what is made of them', async () => {
  const { tally, platforms } = await liftThroughSystem({ liftings: 600, seed: 20_261_122, drivers: 4 });
  expect(tally.escapes).toEqual([]);
  expect(tally.count).toBe(600);
  expect(tally.originals).toBe(12);
  expect(platforms.ios).toBe(2);
});
