import type { BlockFacts } from '#core/offers/block.ts';
import type { OfferFacts } from '#core/offers/offer-token.ts';
import type { KeyGenerations } from '#core/shared/key-generations.ts';

const hour = 3_600_000;
/** A Monday, 08:00 UTC, far enough ahead for every rule about time. */
export const monday = Date.UTC(2027, 0, 4, 8);

const counter = { value: 0 };
export const unique = (prefix: string) => {
  counter.value += 1;
  return `${prefix}-${process.pid}-${counter.value}`;
};

/** A two-hour block at DSE1 on a Monday, open since long ago. */
export const aBlock = (facts: Partial<BlockFacts> = {}): BlockFacts => {
  const startsAt = facts.startsAt ?? monday;
  return {
    blockId: unique('block'),
    stationId: 'DSE1',
    dropId: unique('drop'),
    startsAt,
    endsAt: startsAt + 2 * hour,
    amount: 6_400,
    currency: 'EUR',
    mode: 'direct',
    opensAt: 0,
    ...facts,
  };
};

export const anOffer = (facts: Partial<OfferFacts> = {}): OfferFacts => {
  const { dropId: _, ...block } = aBlock(facts);
  return { ...block, version: 1, ...facts };
};

export const someKeys: KeyGenerations = { current: '1', keys: new Map([['1', 'a key for tests']]) };
