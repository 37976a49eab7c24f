import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AccountLog, emptyLog, withEvents } from '#core/detection/activity/account-log.ts';
import { decodeLog, encodeLog } from '#core/detection/activity/encode-log.ts';
import {
  asns,
  emptyEvent,
  type LoggedEvent,
  outcomes,
  routes,
  verdicts,
} from '#core/detection/activity/logged-event.ts';
import { catalogue, featuresOf } from '#core/detection/features/catalogue.ts';
import { evidenceOf } from '#core/detection/features/evidence.ts';
import { families } from '#core/detection/features/feature.ts';

const dayMs = 86_400_000;
const start = Date.UTC(2026, 8, 1, 5, 17, 31, 229);
const market = { valueEdges: [4_000, 5_000, 6_000, 7_000, 8_000, 9_000, 10_000, 11_000, 12_000] };

/** The same numbers from 0 to 1 for the same seed. */
const chanceOf = (seed: number) => {
  let state = seed >>> 0;
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  const normal = () => Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next());
  return { next, logNormal: (median: number, sigma: number) => median * Math.exp(sigma * normal()) };
};
type Chance = ReturnType<typeof chanceOf>;

interface Habits {
  days: number;
  /** Sessions begin in these hours since the start, each day. */
  hours: (chance: Chance) => readonly number[];
  polls: number;
  pauseMs: (chance: Chance) => number;
  latencyMs: (chance: Chance) => number;
  /** Whether the app tells touches. */
  isTouched: boolean;
}

const person: Habits = {
  days: 12,
  hours: ({ next }) => [1 + 3 * next(), 7 + 2 * next(), 10 + 4 * next()],
  polls: 12,
  pauseMs: ({ logNormal }) => logNormal(9_000, 1.1),
  latencyMs: ({ logNormal }) => 350 + logNormal(2_000, 0.6),
  isTouched: true,
};
const fixedPoller: Habits = {
  days: 12,
  hours: () => [0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22],
  polls: 12,
  pauseMs: ({ next }) => 5_000 + 20 * next(),
  latencyMs: ({ next }) => 120 + 40 * next(),
  isTouched: false,
};
/** Somebody who refreshes by a beat, half an hour long. */
const rhythmicTapper: Habits = { ...person, polls: 60, pauseMs: ({ logNormal }) => logNormal(265, 0.05) };

const eventsOf = (habits: Habits, seed: number): LoggedEvent[] => {
  const chance = chanceOf(seed);
  const events: LoggedEvent[] = [];
  const add = (at: number, given: Partial<LoggedEvent>) =>
    events.push({ ...emptyEvent(), id: Math.floor(chance.next() * 2 ** 52), at: Math.floor(at), ...given });
  for (let day = 0; day < habits.days; day += 1)
    for (const hour of habits.hours(chance)) {
      let at = start + day * dayMs + hour * 3_600_000;
      for (let poll = 0; poll < habits.polls; poll += 1) {
        at += habits.pauseMs(chance);
        add(at, {
          route: routes.list,
          network: 11,
          device: 5,
          asn: asns.residential,
          verdict: verdicts.strong,
        });
        if (poll % 6 !== 5) continue;
        const [offer, value] = [Math.ceil(chance.next() * 1e6), Math.floor(3_000 + 1e4 * chance.next())];
        const latencyMs = Math.floor(habits.latencyMs(chance));
        add(at + 20, { route: routes.view, offer, value });
        if (habits.isTouched)
          add(at + latencyMs - 15, {
            route: routes.pointer,
            x: Math.floor(390 * chance.next()),
            y: Math.floor(800 * chance.next()),
            holdMs: Math.floor(chance.logNormal(108, 0.45)),
          });
        add(at + latencyMs, { route: routes.claim, offer, value, latencyMs, outcome: outcomes.won });
        at += latencyMs;
      }
    }
  return events;
};

const logOf = (events: readonly LoggedEvent[]) => withEvents(emptyLog(), events);
const rowOf = (events: readonly LoggedEvent[]) => {
  const log = logOf(events);
  return featuresOf(log, log.newestAt, market);
};
const featureOf = (events: readonly LoggedEvent[]) => {
  const row = rowOf(events);
  return (name: string): number => {
    const column = catalogue.findIndex((feature) => feature.name === name);
    expect(column, name).toBeGreaterThanOrEqual(0);
    return row[column] as number;
  };
};
/** The very bits: NaN and the sign of zero are told too. */
const bits = (row: Float64Array) => Buffer.from(row.buffer).toString('hex');
const shifted = (events: readonly LoggedEvent[], ms: number) =>
  events.map((event) => ({ ...event, at: event.at + ms }));

describe('the catalogue of features', () => {
  it('names each once, within its family, in words of its own', () => {
    const names = catalogue.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(catalogue.map(({ words }) => words)).size).toBe(names.length);
    for (const { name, family } of catalogue) expect(name.startsWith(`${family}.`)).toBe(true);
    expect(new Set(catalogue.map(({ family }) => family))).toEqual(
      new Set(families.filter((family) => family !== 'canary')),
    );
    expect(featuresOf(emptyLog(), start, market)).toHaveLength(catalogue.length);
  });
});

describe('the features of an account', () => {
  const events = eventsOf(person, 1);

  it('are the same bits in any order, with a tenth of duplicates, in pieces and after storage', () => {
    const expected = bits(rowOf(events));
    const chance = chanceOf(2);
    const delivered = [...events, ...events.filter(() => chance.next() < 0.1)]
      .map((event) => ({ event, place: chance.next() }))
      .sort((a, b) => a.place - b.place)
      .map(({ event }) => event);
    let log: AccountLog = emptyLog();
    for (let from = 0; from < delivered.length; from += 37)
      log = decodeLog(encodeLog(withEvents(log, delivered.slice(from, from + 37))));
    expect(bits(featuresOf(log, log.newestAt, market))).toBe(expected);
  });

  it('are the same bits in any time zone, by night as by day', () => {
    const expected = bits(rowOf(events));
    fc.assert(
      fc.property(fc.integer({ min: -3_000, max: 100_000 }), (quarters) => {
        expect(bits(rowOf(shifted(events, quarters * 900_000)))).toBe(expected);
      }),
      { numRuns: 15 },
    );
  });

  it('see nothing of what comes after the look', () => {
    const at = start + 6 * dayMs;
    const before = events.filter((event) => event.at <= at);
    const early = featuresOf(logOf(before), at, market);
    expect(bits(featuresOf(logOf(events), at, market))).toBe(bits(early));
  });

  it('are numbers or nothing whatever is missing', () => {
    const bare = events.map(({ id, at, route }) => ({ ...emptyEvent(), id, at, route }));
    const some = fc.subarray(bare, { maxLength: 60 });
    const odd = {
      ...emptyEvent(),
      latencyMs: 0,
      holdMs: 0,
      durationMs: 0,
      value: -1,
      x: 0,
      y: 0,
      latitude: 90,
    };
    fc.assert(
      fc.property(some, fc.boolean(), (kept, isOdd) => {
        const row = rowOf(isOdd ? kept.map((event) => ({ ...odd, ...event, latencyMs: 0 })) : kept);
        for (const value of row) expect(Math.abs(value)).not.toBe(Number.POSITIVE_INFINITY);
      }),
      { numRuns: 50 },
    );
    expect(evidenceOf(logOf(bare), start + 12 * dayMs).groups).toEqual(['interface', 'views', 'clock']);
  });

  it('say nothing from a handful of events', () => {
    const row = rowOf(events.slice(0, 5));
    const counts = /\.(1h|24h|7d)$|^endurance\.(longest-stretch|hours-per-day|busiest-day)$/;
    catalogue.forEach(({ name }, column) => {
      if (!counts.test(name)) expect(row[column], name).toBeNaN();
    });
  });

  it('tell a fixed poller from a person', () => {
    const [bot, human] = [featureOf(eventsOf(fixedPoller, 3)), featureOf(events)];
    const higher = [
      'reaction.fast-share',
      'polling.repeated-share',
      'polling.near-share',
      'polling.harmonic',
      'endurance.longest-stretch',
      'endurance.quiet-share',
      'endurance.day-likeness',
    ];
    for (const name of higher) expect(bot(name), name).toBeGreaterThan(human(name));
    const lower = [
      'reaction.floor',
      'reaction.median',
      'reaction.spread',
      'polling.spread',
      'polling.entropy',
      'polling.ce',
      'polling.cce',
      'endurance.rests',
    ];
    for (const name of lower) expect(bot(name), name).toBeLessThan(human(name));
    expect(bot('integrity.hold-median')).toBeNaN();
    expect(human('integrity.hold-median')).toBeGreaterThan(60);
  });

  it('leave room for people who refresh by a beat', () => {
    const [bot, tapper] = [featureOf(eventsOf(fixedPoller, 3)), featureOf(eventsOf(rhythmicTapper, 4))];
    expect(tapper('polling.near-share')).toBeGreaterThan(0.3);
    expect(tapper('polling.repeated-share')).toBeLessThan(0.3 * bot('polling.repeated-share'));
    expect(tapper('polling.session-minutes')).toBeLessThan(bot('polling.session-minutes'));
    expect(tapper('endurance.longest-stretch')).toBeLessThan(bot('endurance.longest-stretch'));
    expect(tapper('reaction.spread')).toBeGreaterThan(0.3);
  });

  it('work with a clock of one second, and do not invent reactions from it', () => {
    const coarse = events.map((event) => ({ ...event, at: Math.floor(event.at / 1_000) * 1_000 }));
    const untold = coarse.map((event) => ({ ...event, latencyMs: Number.NaN }));
    const [told, timed] = [featureOf(coarse), featureOf(untold)];
    expect(told('reaction.median')).toBe(featureOf(events)('reaction.median'));
    expect(timed('reaction.median')).toBeNaN();
    expect(timed('integrity.touch-lag')).toBeNaN();
    // Pauses of half a minute on are told by it; that some are equal to the second is no clockwork.
    expect(timed('polling.q10')).toBeGreaterThanOrEqual(30_000);
    expect(timed('polling.repeated-share')).toBeLessThan(0.2);
  });

  it('take reactions from the last look at offers where the app tells none', () => {
    const untold = events.map((event) => ({ ...event, latencyMs: Number.NaN }));
    const [told, timed] = [featureOf(events)('reaction.median'), featureOf(untold)('reaction.median')];
    expect(Math.abs(told - timed)).toBeLessThan(50);
  });
});

describe('the evidence of an account', () => {
  it('counts events and days of 24 hours from its own first event', () => {
    const events = eventsOf(person, 5);
    const log = logOf(events);
    const found = evidenceOf(log, log.newestAt);
    expect(found.events).toBe(events.length);
    expect(found.activeDays).toBe(12);
    expect(found.groups).toEqual([
      'latency',
      'offers',
      'outcome',
      'device',
      'attestation',
      'network',
      'interface',
      'views',
      'clock',
    ]);
    expect(evidenceOf(log, log.newestAt + 40 * dayMs)).toEqual({ events: 0, activeDays: 0, groups: [] });
  });
});
