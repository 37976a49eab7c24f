import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { claimBlock } from '#core/offers/claim-block.ts';
import { refuseFromAfar } from '#core/offers/instant-offers.ts';
import { signOffer } from '#core/offers/offer-token.ts';
import { settledOffers } from '#core/offers/settled-offers.ts';
import { anOffer, monday, someKeys } from '#test/support/builders.ts';

const station = { latitude: 47.5475, longitude: -122.3216 };
const refuse = refuseFromAfar({
  withinMinutes: 60,
  kilometers: 40,
  positions: { DSE1: [station.latitude, station.longitude] },
});
const minutes = 60_000;
const offer = anOffer({ startsAt: monday });
const inAnHour = monday - 60 * minutes;

/** Degrees of latitude for so many kilometres; the same for longitude at this latitude. */
const north = (km: number) => ({ ...station, latitude: station.latitude + km / 111.195 });

describe('a block that starts soon', () => {
  it('asks where a driver is, and a block that starts later does not', () => {
    expect(refuse(offer, undefined, inAnHour)).toBe('position-required');
    expect(refuse(offer, undefined, inAnHour - 1)).toBeUndefined();
    expect(refuse(offer, north(300), inAnHour - 1)).toBeUndefined();
  });

  it('is for who is near, as the crow flies and to about a kilometre', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 400, noNaN: true }), (km) => {
        const answer = refuse(offer, north(km), inAnHour);
        if (km < 39) expect(answer).toBeUndefined();
        if (km > 41) expect(answer).toBe('too-far');
      }),
    );
  });

  it('does not tell two places apart that a kilometre separates', () => {
    const here = { latitude: 47.5501, longitude: -122.3199 };
    const there = { latitude: 47.5549, longitude: -122.3151 };
    for (const limit of [0.1, 0.3, 0.5, 0.7, 1, 2]) {
      const within = refuseFromAfar({
        withinMinutes: 60,
        kilometers: limit,
        positions: { DSE1: [station.latitude, station.longitude] },
      });
      expect(within(offer, here, inAnHour)).toBe(within(offer, there, inAnHour));
    }
  });

  it('asks nothing at a station that has no position', () => {
    expect(refuse({ ...offer, stationId: 'DSE9' }, undefined, inAnHour)).toBeUndefined();
  });

  it('asks so wherever it stands among the choices of an entry', async () => {
    const draw = { mode: 'draw', drawId: 'draw-of-both', closesAt: inAnHour + 15_000 } as const;
    const soon = signOffer(someKeys, anOffer({ ...draw, blockId: 'soon-soon', startsAt: monday }));
    const later = signOffer(
      someKeys,
      anOffer({ ...draw, blockId: 'later-later', startsAt: monday + 600 * minutes }),
    );
    const nothing = () => {
      throw new Error('it is refused before anything is read or written');
    };
    const deps = {
      ...{ keys: someKeys, maxWeeklyMinutes: 2_400, refuseFrom: refuse, settled: settledOffers() },
      store: {
        ...{ commitClaim: nothing, commitRelease: nothing, hold: nothing, endHold: nothing, read: nothing },
      },
      ...{ now: () => inAnHour, random: () => 0.5, sleep: async () => {} },
    };
    const claimant = { requestId: 'request', driverId: 'driver' };
    for (const [offerToken, other] of [
      [soon, later],
      [later, soon],
    ] as const)
      expect(await claimBlock(deps, { ...claimant, offerToken, alternatives: [other] })).toMatchObject({
        status: 'refused',
        code: 'position-required',
      });
  });
});
