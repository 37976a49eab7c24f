import { describe, expect, it } from 'vitest';
import { shardOf, shards } from '#core/draws/entries-store.ts';
import { entrantOf, inOrder } from '#core/draws/ranking.ts';
import { type Chance, seededChance } from '../../arena/chance.ts';
import { type ChiSquare, chiSquare, goodnessOfFit } from '../../arena/speed/chi-square.ts';
import { seedOfDraw } from '../../arena/speed/holding.ts';

/**
 * Seeds are fixed, so a sound draw passes always; another set of seeds would fail one of its tests by chance in about a
 * thousand runs. What is wrong here is wrong by far more: the controls show it.
 */
const leastP = 1e-4;

const drivers = 100;
const draws = 1_500;

interface Entrant {
  driver: number;
  driverId: string;
  entrant: string;
  behind?: boolean;
}
type Order = (entries: readonly Entrant[], drawId: string, chance: Chance) => Entrant[];

const asDrawn: Order = (entries, drawId) => inOrder(entries, seedOfDraw(1, drawId, 'ab'.repeat(32)), drawId);

/** Accounts that were opened one after the other: their ids differ by a digit or two. */
const driverIdOf = (driver: number) => `bec00000-0000-4000-8000-${String(driver).padStart(12, '0')}`;

const shuffled = <T>(chance: Chance, from: readonly T[]): T[] => {
  const all = [...from];
  for (let place = all.length - 1; place > 0; place -= 1) {
    const other = Math.floor(chance() * (place + 1));
    [all[place], all[other]] = [all[other] as T, all[place] as T];
  }
  return all;
};

const table = (rows: number, columns: number) =>
  Array.from({ length: rows }, () => new Float64Array(columns));

/** Which of n things came in which of n places, over many orders: (n - 1)² degrees of freedom. */
const placesTest = (counts: readonly Float64Array[]): ChiSquare => {
  const n = counts.length;
  const each = (counts[0]?.reduce((sum, count) => sum + count, 0) ?? 0) / n;
  const sum = counts
    .flatMap((row) => [...row])
    .reduce((total, count) => total + (count - each) ** 2 / each, 0);
  return chiSquare((sum * (n - 1)) / n, (n - 1) ** 2);
};

/** Rows of unequal size against equal columns. */
const evenTest = (counts: readonly Float64Array[]): ChiSquare => {
  const columns = counts[0]?.length ?? 0;
  const statistic = counts.reduce((sum, row) => {
    const each = row.reduce((total, count) => total + count, 0) / columns;
    return sum + row.reduce((total, count) => total + (count - each) ** 2 / each, 0);
  }, 0);
  return chiSquare(statistic, counts.length * (columns - 1));
};

/** Of two orders of the same n things: the mean correlation over many pairs, as a chi-square of one degree. */
const correlationTest = (sumOfProducts: number, n: number, pairs: number): ChiSquare => {
  const mean = (n - 1) / 2;
  const variance = (n * n - 1) / 12;
  const r = (sumOfProducts / (n * pairs) - mean * mean) / variance;
  return chiSquare(r * r * (n - 1) * pairs, 1);
};

/** How often of two neighbours the earlier one comes first: in a random order of n, (n - 1) / 2 times with variance (n + 1) / 12. */
const ascentsTest = (ascents: number, n: number, orders: number): ChiSquare =>
  chiSquare((ascents - (orders * (n - 1)) / 2) ** 2 / ((orders * (n + 1)) / 12), 1);

const ascentsOf = (values: readonly number[]): number =>
  values.filter((value, at) => at > 0 && value > (values[at - 1] ?? 0)).length;

const testsOf = (order: Order) => {
  const chance = seededChance(20);
  const byDriver = table(drivers, drivers);
  const byArrival = table(drivers, drivers);
  const byShard = table(shards, 10);
  let [withArrival, withId, neighboursByArrival, neighboursById] = [0, 0, 0, 0];
  for (let draw = 0; draw < draws; draw += 1) {
    const drawId = `drop-${draw}`;
    const arrived = shuffled(
      chance,
      Array.from({ length: drivers }, (_, driver) => driver),
    ).map((driver): Entrant => {
      const driverId = driverIdOf(driver);
      return { driver, driverId, entrant: entrantOf(drawId, driverId) };
    });
    const arrival = new Map(arrived.map(({ driver }, at) => [driver, at]));
    const ranked = order(arrived, drawId, chance);
    neighboursByArrival += ascentsOf(ranked.map(({ driver }) => arrival.get(driver) ?? 0));
    neighboursById += ascentsOf(ranked.map(({ driver }) => driver));
    for (const [rank, { driver, driverId }] of ranked.entries()) {
      const at = arrival.get(driver) ?? 0;
      const [ofDriver, ofArrival] = [byDriver[driver], byArrival[at]];
      const ofShard = byShard[shardOf(drawId, driverId)];
      if (ofDriver) ofDriver[rank] = (ofDriver[rank] ?? 0) + 1;
      if (ofArrival) ofArrival[rank] = (ofArrival[rank] ?? 0) + 1;
      const tenth = Math.floor((rank * 10) / drivers);
      if (ofShard) ofShard[tenth] = (ofShard[tenth] ?? 0) + 1;
      withArrival += rank * at;
      withId += rank * driver;
    }
  }
  return {
    'every driver is in every place equally often': placesTest(byDriver),
    'every place of the list as it arrived is': placesTest(byArrival),
    'whoever came first is': goodnessOfFit([...(byArrival[0] ?? [])], () => draws / drivers),
    'ranks do not follow the arrival': correlationTest(withArrival, drivers, draws),
    'ranks do not follow the ids': correlationTest(withId, drivers, draws),
    'neighbours are not as they arrived': ascentsTest(neighboursByArrival, drivers, draws),
    'neighbours are not as their ids are': ascentsTest(neighboursById, drivers, draws),
    'no shard is better than another': evenTest(byShard),
  };
};

const failed = (tests: Record<string, ChiSquare>) =>
  Object.entries(tests).flatMap(([name, { p }]) => (p < leastP ? [name] : []));

describe('the order of a draw', () => {
  it('depends on nothing that an entrant is or does', () => {
    expect(failed(testsOf(asDrawn))).toEqual([]);
  });

  it('has whoever is behind last, and the rest and them evenly among each other', () => {
    const size = 20;
    const behind = (driver: number) => driver % 4 === 0;
    const counts = { first: table(15, 15), last: table(5, 5) };
    for (let draw = 0; draw < draws; draw += 1) {
      const drawId = `drop-${draw}`;
      const entries = Array.from({ length: size }, (_, driver): Entrant => {
        const driverId = driverIdOf(driver);
        return { driver, driverId, entrant: entrantOf(drawId, driverId), behind: behind(driver) };
      });
      const ranked = asDrawn(entries, drawId, seededChance(1)).map(({ driver }) => driver);
      expect(ranked.slice(0, 15).some(behind)).toBe(false);
      for (const [rank, driver] of ranked.entries()) {
        const row = behind(driver)
          ? counts.last[driver / 4]
          : counts.first[driver - 1 - Math.floor(driver / 4)];
        const place = behind(driver) ? rank - 15 : rank;
        if (row) row[place] = (row[place] ?? 0) + 1;
      }
    }
    expect(placesTest(counts.first).p).toBeGreaterThan(leastP);
    expect(placesTest(counts.last).p).toBeGreaterThan(leastP);
  });

  it('would be found out if it went by the ids, by the arrival, or by one byte only', () => {
    const byKey =
      (key: (entry: Entrant, at: number, chance: Chance) => number): Order =>
      (entries, _, chance) =>
        entries
          .map((entry, at) => ({ entry, key: key(entry, at, chance) }))
          .sort((a, b) => a.key - b.key)
          .map(({ entry }) => entry);
    expect(failed(testsOf(byKey(({ driver }) => driver)))).toContain('ranks do not follow the ids');
    expect(failed(testsOf(byKey((_, at, chance) => at + 40 * drivers * chance())))).toContain(
      'ranks do not follow the arrival',
    );
    // Whoever has the same byte stays as it arrived.
    const byte = byKey((_entry, _at, chance) => Math.floor(256 * chance()));
    expect(failed(testsOf(byte))).toContain('neighbours are not as they arrived');
  });
});
