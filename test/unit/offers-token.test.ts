import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type OfferFacts, readOfferToken, signOffer } from '#core/offers/offer-token.ts';
import { anOffer, someKeys } from '#test/support/builders.ts';

const facts: fc.Arbitrary<OfferFacts> = fc
  .record({
    blockId: fc.stringMatching(/^[A-Za-z0-9_-]{8,32}$/),
    stationId: fc.stringMatching(/^[A-Z0-9]{2,12}$/),
    version: fc.integer({ min: 1, max: 1_000_000 }),
    startsAt: fc.integer({ min: 0, max: 4_102_444_800_000 }),
    endsAt: fc.integer({ min: 0, max: 4_102_444_800_000 }),
    opensAt: fc.integer({ min: 0, max: 4_102_444_800_000 }),
    amount: fc.integer({ min: 0, max: 10_000_000 }),
    currency: fc.stringMatching(/^[A-Z]{3}$/),
  })
  .chain((offer) => {
    const closesAt = fc.integer({ min: 1, max: 4_102_444_800_000 });
    const drawId = fc.stringMatching(/^[A-Za-z0-9_-]{8,32}$/);
    return fc.oneof(
      fc.constantFrom('direct' as const, 'gated' as const).map((mode) => ({ ...offer, mode })),
      fc.record({ closesAt }).map((kept) => ({ ...offer, mode: 'reserved' as const, ...kept })),
      fc.record({ closesAt, drawId }).map((draw) => ({ ...offer, mode: 'draw' as const, ...draw })),
    );
  });

describe('an offer token', () => {
  it('says what was signed', () => {
    fc.assert(
      fc.property(facts, (offer) => {
        expect(readOfferToken(someKeys, signOffer(someKeys, offer))).toEqual(offer);
      }),
    );
  });

  it('is the same each time, so that an unchanged list keeps its tag', () => {
    fc.assert(
      fc.property(facts, (offer) => {
        expect(signOffer(someKeys, offer)).toBe(signOffer(someKeys, { ...offer }));
      }),
    );
  });

  it('is refused once a single character differs', () => {
    const anything = fc.oneof(
      fc.constantFrom(...'AQgwZ059-_~=+/ '),
      fc.string({ minLength: 1, maxLength: 1 }),
    );
    fc.assert(
      fc.property(facts, fc.nat(), anything, (offer, where, character) => {
        const token = signOffer(someKeys, offer);
        const at = where % token.length;
        fc.pre(token[at] !== character);
        expect(
          readOfferToken(someKeys, token.slice(0, at) + character + token.slice(at + 1)),
        ).toBeUndefined();
      }),
      { numRuns: 1_000 },
    );
  });

  it('is refused in each other spelling of its signature', () => {
    const token = signOffer(someKeys, anOffer());
    const others = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_']
      .map((character) => token.slice(0, -1) + character)
      .filter((other) => other !== token);
    for (const other of [...others, `${token}=`, `${token}==`, `${token}\n`, `${token}!`, ` ${token}`]) {
      expect(readOfferToken(someKeys, other)).toBeUndefined();
    }
  });

  it('is refused when cut short or continued', () => {
    fc.assert(
      fc.property(facts, fc.nat(), fc.string({ minLength: 1 }), (offer, where, more) => {
        const token = signOffer(someKeys, offer);
        expect(readOfferToken(someKeys, token.slice(0, where % token.length))).toBeUndefined();
        expect(readOfferToken(someKeys, token + more)).toBeUndefined();
      }),
    );
  });

  it('is refused when its parts come from two offers', () => {
    fc.assert(
      fc.property(facts, facts, (one, other) => {
        const [first, second] = [signOffer(someKeys, one), signOffer(someKeys, other)];
        fc.pre(first !== second);
        const end = second.lastIndexOf('~');
        expect(
          readOfferToken(someKeys, first.slice(0, first.lastIndexOf('~')) + second.slice(end)),
        ).toBeUndefined();
      }),
    );
  });

  it('is refused under a foreign key and under a generation that is no longer listed', () => {
    const token = signOffer(someKeys, anOffer());
    expect(readOfferToken({ current: '1', keys: new Map([['1', 'another key']]) }, token)).toBeUndefined();
    expect(
      readOfferToken({ current: '2', keys: new Map([['2', 'a key for tests']]) }, token),
    ).toBeUndefined();
  });

  it('is accepted from the previous generation while that is listed', () => {
    const offer = anOffer();
    const token = signOffer(someKeys, offer);
    const renewed = { current: '2', keys: new Map([['2', 'the next key'], ...someKeys.keys]) };
    expect(readOfferToken(renewed, token)).toEqual(offer);
    expect(signOffer(renewed, offer)).not.toBe(token);
  });

  it('never throws, whatever it is given', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' })), (text) => {
        expect(readOfferToken(someKeys, text)).toBeUndefined();
        expect(readOfferToken(someKeys, `1~${text}`)).toBeUndefined();
      }),
    );
  });
});
