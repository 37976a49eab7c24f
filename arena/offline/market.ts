import type { Chance } from './chance.ts';

export const second = 1_000;
export const minute = 60 * second;
export const hour = 60 * minute;
export const day = 24 * hour;

/** A block as it is offered at a station; times in milliseconds, pay in minor units. */
export interface Offer {
  readonly offerId: string;
  readonly number: number;
  readonly pay: number;
  /** Logarithm of the pay in standard deviations around the station's usual. */
  readonly worth: number;
  /** Among the quarter that pays best. */
  readonly good: boolean;
  readonly startAt: number;
  readonly endAt: number;
  readonly expiresAt: number;
  opensAt: number;
  /** Account that has it now. */
  holder: string | undefined;
}

/** Something that draws many people at once: a drop at its usual time, or a push message. */
export interface Occasion {
  at: number;
  kind: 'drop' | 'push';
}

export interface Market {
  offers: readonly Offer[];
  occasions: readonly Occasion[];
}

const usualPay = 6_000;
const payspread = 0.35;
/** The upper quartile of the standard normal, so that a quarter is good whatever the station pays. */
const upperQuartile = 0.674;

const blockAt = (
  chance: Chance,
  stationId: string,
  number: number,
  opensAt: number,
  usual: number,
): Offer => {
  // A long tail to the right: most blocks pay about the same, some twice as much.
  const worth = 0.9 * chance.normal() + (chance.happens(0.06) ? chance.exponential(1.5) : 0);
  const startAt =
    Math.round((opensAt + chance.logBetween(1.2 * hour, 36 * hour)) / (15 * minute)) * 15 * minute;
  return {
    offerId: `${stationId}-${number.toString(36)}${chance.hex(6)}`,
    number,
    pay: Math.round((usual * Math.exp(payspread * worth)) / 50) * 50,
    worth,
    good: worth > upperQuartile,
    startAt,
    endAt: startAt + chance.pick([2, 3, 3, 4, 5]) * hour,
    expiresAt: startAt - 30 * minute,
    opensAt,
    holder: undefined,
  };
};

/**
 * The blocks of a station over the days: some open together at the usual times of the day, some with a push message,
 * the rest one by one. Supply stays below what the accounts would like to have, so that good blocks are fought for.
 */
export const marketOf = (
  chance: Chance,
  {
    stationId,
    accounts,
    from,
    days,
    zone,
  }: {
    stationId: string;
    accounts: number;
    from: number;
    days: number;
    zone: number;
  },
): Market => {
  const usualTimes = Array.from({ length: 2 + chance.below(3) }, () => chance.between(5, 22) * hour);
  const usual = usualPay * Math.exp(0.15 * chance.normal());
  const openings: number[] = [];
  const occasions: Occasion[] = [];
  for (let today = 0; today < days; today += 1) {
    const midnight = from + today * day - zone;
    const supply = Math.max(4, accounts * 0.5 * chance.logNormal(1, 0.2));
    const together = (kind: Occasion['kind'], at: number, share: number) => {
      occasions.push({ at, kind });
      const blocks = chance.count(supply * share);
      for (let block = 0; block < blocks; block += 1) openings.push(at + chance.exponential(1_500));
    };
    for (const time of usualTimes)
      together('drop', midnight + time + chance.normal(0, 3 * minute), 0.5 / usualTimes.length);
    if (chance.happens(0.45)) together('push', midnight + chance.between(7, 21) * hour, 0.2);
    const single = chance.count(supply * 0.4);
    for (let block = 0; block < single; block += 1) openings.push(midnight + chance.between(5, 23) * hour);
  }
  openings.sort((one, other) => one - other);
  occasions.sort((one, other) => one.at - other.at);
  return {
    offers: openings.map((at, number) => blockAt(chance, stationId, number, Math.round(at), usual)),
    occasions,
  };
};
