import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shareOut } from '#core/offers/share-out.ts';

const modes = ['draw', 'reserved', 'gated', 'direct'] as const;

/** Three cuts of a hundred. */
const someShares = fc
  .tuple(fc.nat(100), fc.nat(100), fc.nat(100))
  .map((cuts) => [0, ...cuts.sort((a, b) => a - b), 100])
  .map((marks) => modes.map((_, index) => (marks[index + 1] ?? 0) - (marks[index] ?? 0)))
  .map(([draw = 0, reserved = 0, gated = 0, direct = 0]) => ({ draw, reserved, gated, direct }));

describe('sharing blocks out', () => {
  it('gives each way its share, to less than one block', () => {
    fc.assert(
      fc.property(someShares, fc.string({ minLength: 1 }), fc.nat(100), (shares, key, blocks) => {
        const ways = shareOut(shares, key, blocks);
        expect(ways).toHaveLength(blocks);
        for (const mode of modes) {
          const given = ways.filter((way) => way === mode).length;
          expect(Math.abs(given - (shares[mode] * blocks) / 100)).toBeLessThan(1);
        }
      }),
    );
  });

  it('gives the same for the same key, so that a repeated publication is the same one', () => {
    const shares = { draw: 50, reserved: 10, gated: 0, direct: 40 };
    expect(shareOut(shares, 'drop-one', 20)).toEqual(shareOut(shares, 'drop-one', 20));
    expect(shareOut(shares, 'drop-one', 20)).not.toEqual(shareOut(shares, 'drop-two', 20));
  });

  it('prefers no place in the list: over many drops every block is drawn as often', () => {
    const shares = { draw: 50, reserved: 0, gated: 0, direct: 50 };
    const drops = 2_000;
    const drawn = Array.from({ length: 10 }, () => 0);
    for (let drop = 0; drop < drops; drop += 1)
      for (const [index, way] of shareOut(shares, `drop-${drop}`, 10).entries())
        if (way === 'draw') drawn[index] = (drawn[index] ?? 0) + 1;
    // Six standard deviations of a fair coin.
    for (const count of drawn) expect(Math.abs(count - drops / 2)).toBeLessThan(6 * Math.sqrt(drops / 4));
  });
});
