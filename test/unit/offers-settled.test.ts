import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { settledOffers } from '#core/offers/settled-offers.ts';

const driver = fc.constantFrom('ada', 'ben', 'cleo');
const block = fc.constantFrom('one', 'two', 'three');
const version = fc.integer({ min: 1, max: 5 });
/** Who won which version: the first to be told of it, as in the table. */
const rounds = fc
  .array(fc.record({ blockId: block, version, owner: driver }), { maxLength: 30 })
  .map((all) => {
    const owners = new Map(all.map(({ blockId, version: round, owner }) => [`${blockId}@${round}`, owner]));
    return all.map((round) => ({ ...round, owner: owners.get(`${round.blockId}@${round.version}`) ?? '' }));
  });

const remembering = (all: { blockId: string; version: number; owner: string }[]) => {
  const settled = settledOffers();
  for (const { blockId, version: round, owner } of all)
    settled.settle(blockId, round, { code: 'block-taken', owner });
  return settled;
};

describe('settled offers', () => {
  it('let the owner of a version through', () => {
    fc.assert(
      fc.property(rounds, (all) => {
        const settled = remembering(all);
        for (const { blockId, version: round, owner } of all) {
          const newest = Math.max(...all.filter((one) => one.blockId === blockId).map((one) => one.version));
          if (round === newest) expect(settled.lostBy(owner, blockId, round)).toBeUndefined();
        }
      }),
    );
  });

  it('never answer for a version newer than the newest they know', () => {
    fc.assert(
      fc.property(rounds, driver, block, version, (all, driverId, blockId, asked) => {
        const known = all.filter((one) => one.blockId === blockId).map((one) => one.version);
        fc.pre(known.every((one) => one < asked));
        expect(remembering(all).lostBy(driverId, blockId, asked)).toBeUndefined();
      }),
    );
  });

  it('say taken for the newest version and expired for those before, whatever order the news came in', () => {
    fc.assert(
      fc.property(rounds, (all) => {
        const settled = remembering(all);
        for (const { blockId, version: round, owner } of all) {
          const newest = Math.max(...all.filter((one) => one.blockId === blockId).map((one) => one.version));
          const code = round === newest ? 'block-taken' : 'offer-expired';
          expect(settled.lostBy('somebody else', blockId, round)?.code).toBe(code);
          expect(owner).not.toBe('somebody else');
        }
      }),
    );
  });

  it('remember so many blocks and forget the one that was settled first', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 0, max: 40 }), (limit, count) => {
        const settled = settledOffers(limit);
        const ids = Array.from({ length: count }, (_, index) => `block-${index}`);
        for (const blockId of ids) settled.settle(blockId, 1, { code: 'block-taken', owner: 'ada' });
        const known = ids.filter((blockId) => settled.lostBy('ben', blockId, 1));
        expect(known).toEqual(ids.slice(-limit));
      }),
    );
  });
});
