import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyLog, withEvents } from '#core/detection/activity/account-log.ts';
import {
  asns,
  emptyEvent,
  type LoggedEvent,
  outcomes,
  routes,
} from '#core/detection/activity/logged-event.ts';
import { canary, canaryTouched } from '#core/detection/rules/canary.ts';
import { credentialSharing } from '#core/detection/rules/credential-sharing.ts';
import { hoarding } from '#core/detection/rules/hoarding.ts';
import { distanceKm } from '#core/detection/rules/movement.ts';
import { positionSpoofing } from '#core/detection/rules/position-spoofing.ts';
import { clopperPearson, incompleteBeta } from '#core/detection/rules/precision.ts';
import {
  afterVerdict,
  bornRelease,
  mostVerdicts,
  precisionOf,
  promote,
  retire,
  type Verdict,
} from '#core/detection/rules/release.ts';
import type { Rule, RuleContext } from '#core/detection/rules/rule.ts';
import { rules } from '#core/detection/rules/rules.ts';

const now = Date.UTC(2027, 0, 31, 12);
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

let ids = 0;
const anEvent = (facts: Partial<LoggedEvent>): LoggedEvent => {
  ids += 1;
  return { ...emptyEvent(), id: ids, at: now, route: routes.claim, outcome: outcomes.won, ...facts };
};
/** The same events on each of so many days before now. */
const daily = (days: number, ofDay: (at: number, index: number) => Partial<LoggedEvent>[]): LoggedEvent[] =>
  Array.from({ length: days }, (_, index) => ofDay(now - (index + 0.5) * day, index).map(anEvent)).flat();

const find = (rule: Rule, events: readonly LoggedEvent[], context: RuleContext = {}) =>
  rule.find(withEvents(emptyLog(), events), now, context);
const codes = (...args: Parameters<typeof find>) => find(...args)?.reasons.map(({ code }) => code);

describe('credential sharing', () => {
  /** Claims by turns, a minute apart. */
  const byTurns = (at: number, hands: Partial<LoggedEvent>[]) =>
    hands.map((hand, index) => ({ offer: index + 1, ...hand, at: at + index * minute }));

  it('is three devices that claim by turns, day after day', () => {
    const crew = daily(6, (at) => byTurns(at, [{ device: 1 }, { device: 2 }, { device: 3 }, { device: 1 }]));
    expect(find(credentialSharing, crew)).toMatchObject({
      strength: 1.2,
      facts: { devices: 3, mostDevicesAtOnce: 3, episodesOfDevices: 6 },
      reasons: [{ code: 'credential-sharing.devices', value: 6 }],
    });
  });

  it('is not one day of it, and not one phone after the other', () => {
    const turns = (at: number) => byTurns(at, [{ device: 1 }, { device: 2 }, { device: 3 }, { device: 1 }]);
    const oneDay = [0, 1, 2, 3, 4, 5].flatMap((index) => turns(now - day + index * hour).map(anEvent));
    expect(find(credentialSharing, oneDay)).toBeUndefined();
    const newInstallations = daily(30, (at, index) =>
      byTurns(at, [{ device: 3 * index + 1 }, { device: 3 * index + 2 }, { device: 3 * index + 3 }]),
    );
    expect(find(credentialSharing, newInstallations)).toBeUndefined();
  });

  it('is no household with two phones, at home or on the road, and no two people on one phone', () => {
    const wifi = { device: 1, network: 1, asn: asns.residential };
    const road = { device: 2, network: 2, asn: asns.mobile };
    const home = { ...wifi, device: 2 };
    for (const other of [road, home]) {
      const household = daily(30, (at) => byTurns(at, [wifi, other, wifi, other, wifi]));
      expect(find(credentialSharing, household)).toBeUndefined();
    }
    const onePhone = daily(30, (at) => byTurns(at, [wifi, wifi, { ...wifi, network: 3 }, wifi]));
    expect(find(credentialSharing, onePhone)).toBeUndefined();
  });

  it('is two fixed networks with a device each at the same time on most days', () => {
    const hands = [1, 2].map((place) => ({ device: place, network: place, asn: asns.residential }));
    const apart = daily(25, (at) => byTurns(at, [...hands, ...hands]));
    expect(codes(credentialSharing, apart)).toEqual(['credential-sharing.networks']);
  });

  it('is another device that goes on where nobody travels in the time between', () => {
    const places = [
      { device: 1, latitude: 52.52, longitude: 13.41 },
      { device: 2, latitude: 48.14, longitude: 11.58 },
    ];
    expect(
      codes(
        credentialSharing,
        daily(6, (at) => byTurns(at, places)),
      ),
    ).toEqual(['credential-sharing.jumps']);
    const flown = daily(30, (at) =>
      byTurns(at, places).map((act, index) => ({ ...act, at: at + index * 2 * hour })),
    );
    expect(find(credentialSharing, flown)).toBeUndefined();
  });
});

describe('hoarding', () => {
  const taken = (offer: number, at: number, heldMs: number) => [
    { offer, at },
    { offer, at: at + heldMs, route: routes.release, outcome: outcomes.ok },
  ];
  const startsAt = new Map(Array.from({ length: 400 }, (_, offer) => [offer, now] as const));
  const startingSoon = (events: readonly LoggedEvent[]) =>
    new Map(events.map(({ offer, at }) => [offer, at + 2 * hour]));

  it('is most blocks given back for weeks, or many of them late', () => {
    const events = daily(20, (at, index) =>
      [2 * index + 1, 2 * index + 2].flatMap((offer) => taken(offer, at, hour)),
    );
    expect(find(hoarding, events)).toMatchObject({
      facts: { won: 40, released: 40, late: 0, again: 0 },
      reasons: [{ code: 'hoarding.most', value: 40 }],
    });
    expect(codes(hoarding, events, { startsAt: startingSoon(events) })).toEqual([
      'hoarding.late',
      'hoarding.most',
    ]);
  });

  it('is blocks given back and claimed again at once', () => {
    const events = daily(4, (at, index) =>
      [2 * index + 1, 2 * index + 2].flatMap((offer) => [
        ...taken(offer, at + offer * hour, hour),
        { offer, at: at + (offer + 1) * hour + 5 * minute },
      ]),
    );
    expect(codes(hoarding, events)).toEqual(['hoarding.again']);
  });

  it('is not a sick week, nor a driver who gives back a block in five', () => {
    const sick = daily(6, (at, index) => taken(index + 1, at, hour));
    expect(find(hoarding, sick, { startsAt: startingSoon(sick) })).toBeUndefined();
    const driver = daily(28, (at, index) =>
      [0, 1, 2, 3, 4].flatMap((block) => {
        const offer = 5 * index + block + 1;
        return block === 0 ? taken(offer, at, hour) : [{ offer, at }];
      }),
    );
    expect(find(hoarding, driver, { startsAt })).toBeUndefined();
  });
});

describe('position spoofing', () => {
  const claimAndArrive = (offer: number, at: number, facts: Partial<LoggedEvent>) => [
    { offer, at, device: 1, network: offer % 2 === 0 ? 1 : 2, ...facts },
    { offer, at: at + 40 * minute, route: routes.checkIn, outcome: outcomes.ok, device: 1 },
  ];
  const fixed = { latitude: 52.5200081, longitude: 13.4049542 };

  it('is one position to the last decimal, over days and networks, for instant offers', () => {
    const events = daily(14, (at, index) => claimAndArrive(index + 1, at, fixed));
    expect(find(positionSpoofing, events)).toMatchObject({
      facts: { instantClaims: 14, alike: 14, jumps: 0 },
      reasons: [{ code: 'position-spoofing.alike', value: 14 }],
    });
  });

  it('is not a rounded position, a phone at home on its Wi-Fi or an offer of tomorrow', () => {
    const of = (facts: Partial<LoggedEvent>) =>
      find(
        positionSpoofing,
        daily(28, (at, index) => claimAndArrive(index + 1, at, facts)),
      );
    expect(of({ latitude: 52.52, longitude: 13.4 })).toBeUndefined();
    expect(of({ ...fixed, network: 1 })).toBeUndefined();
    const tomorrow = new Map(Array.from({ length: 29 }, (_, offer) => [offer, now + day] as const));
    const events = daily(28, (at, index) => claimAndArrive(index + 1, at, fixed));
    expect(find(positionSpoofing, events, { startsAt: tomorrow })).toBeUndefined();
  });

  it('is a phone that jumps to the station whose block it claims, but not one that lost its bearings', () => {
    const station = { latitude: 48.137, longitude: 11.575 };
    const jumping = (from: Partial<LoggedEvent>) =>
      daily(5, (at, index) => [
        { at, device: 1, route: routes.view, ...from },
        { at: at + minute, device: 1, offer: index + 1, station: 3, ...station },
      ]);
    const context = { stations: new Map([[3, station]]) };
    expect(codes(positionSpoofing, jumping(fixed), context)).toEqual(['position-spoofing.to-station']);
    expect(find(positionSpoofing, jumping(fixed))).toBeUndefined();
    expect(find(positionSpoofing, jumping({ latitude: 0, longitude: 0 }), context)).toBeUndefined();
  });

  it('measures along the great circle', () => {
    // Berlin to Munich, about 504 km.
    expect(
      distanceKm({ latitude: 52.52, longitude: 13.405 }, { latitude: 48.137, longitude: 11.575 }),
    ).toBeCloseTo(504, -1);
  });
});

describe('canaries', () => {
  it('are found when two of them are touched, and never while there are none', () => {
    const events = daily(3, (at, index) => [{ at, offer: index + 1, route: routes.view }]);
    const log = withEvents(emptyLog(), events);
    expect(canaryTouched(log, new Set([2, 3, 9]))).toHaveLength(2);
    expect(find(canary, events, { canaries: new Set([2, 3, 9]) })?.facts).toEqual({ offers: 2, events: 2 });
    expect(find(canary, events, { canaries: new Set([2]) })).toBeUndefined();
    expect(find(canary, events, { canaries: new Set() })).toBeUndefined();
    expect(find(canary, events)).toBeUndefined();
  });
});

describe('every rule', () => {
  const hand = fc.record({
    at: fc.integer({ min: now - 40 * day, max: now + day }),
    route: fc.integer({ min: 0, max: 9 }),
    outcome: fc.integer({ min: 0, max: 6 }),
    offer: fc.nat(3),
  });

  it('finds nothing where only times, routes and outcomes are known, and in four events whatever they are', () => {
    const told = hand.map((facts) => ({ ...facts, offer: 0 }));
    const anything = hand.chain((facts) =>
      fc
        .record({
          device: fc.nat(3),
          network: fc.nat(3),
          asn: fc.nat(3),
          latitude: fc.constantFrom(Number.NaN, 0, 52.5200081, -90),
          longitude: fc.constantFrom(Number.NaN, 0, 13.4049542, 180),
        })
        .map((more) => ({ ...facts, ...more })),
    );
    const context = { startsAt: new Map([[1, now]]), canaries: new Set<number>() };
    fc.assert(
      fc.property(fc.array(told, { maxLength: 200 }), fc.array(anything, { maxLength: 4 }), (many, few) => {
        for (const rule of rules) {
          expect(find(rule, many.map(anEvent), context)).toBeUndefined();
          expect(find(rule, few.map(anEvent), context)).toBeUndefined();
        }
      }),
    );
  });

  it('has a name of its own', () => {
    expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length);
  });
});

describe('the interval of a share', () => {
  it('has the published bounds', () => {
    expect(clopperPearson(0, 3_000, 0.05).upper).toBeCloseTo(0.000998, 6);
    expect(clopperPearson(17, 17).lower).toBeCloseTo(0.8049, 4);
    expect(clopperPearson(5, 10).lower).toBeCloseTo(0.1871, 4);
    expect(clopperPearson(5, 10).upper).toBeCloseTo(0.8129, 4);
    // Decides what a sample certifies: 300 clean months for 1 %, 30,000 for 0.01 %.
    expect(clopperPearson(0, 300, 0.05).upper).toBeLessThan(0.01);
    expect(clopperPearson(0, 30_000, 0.05).upper).toBeLessThan(0.0001);
    expect(clopperPearson(0, 0)).toEqual({ lower: 0, upper: 1 });
  });

  it('leaves out on each side what it says', () => {
    const trials = fc
      .integer({ min: 1, max: 400 })
      .chain((n) => fc.tuple(fc.integer({ min: 0, max: n }), fc.constant(n)));
    fc.assert(
      fc.property(trials, ([hits, n]) => {
        const { lower, upper } = clopperPearson(hits, n);
        expect(lower).toBeLessThanOrEqual(hits / n);
        expect(upper).toBeGreaterThanOrEqual(hits / n);
        // P(X >= hits) at the lower bound and P(X <= hits) at the upper one.
        if (hits > 0) expect(incompleteBeta(lower, hits, n - hits + 1)).toBeCloseTo(0.025, 10);
        if (hits < n) expect(1 - incompleteBeta(upper, hits + 1, n - hits)).toBeCloseTo(0.025, 10);
      }),
    );
  });
});

describe('a release', () => {
  const bound = 0.9;
  const newborn = bornRelease('hoarding', 1, bound);
  const aVerdict = (index: number, verdict: Verdict['verdict'], facts: Partial<Verdict> = {}): Verdict => ({
    id: `verdict-${index}`,
    release: 'hoarding@1',
    at: now + index,
    verdict,
    ...facts,
  });
  const confirmed = Array.from({ length: 60 }, (_, index) => aVerdict(index, 'confirmed'));
  const active = promote(newborn, confirmed, 'Head of fairness').release;

  it('is born in the shadow and goes on with a named person and verdicts that bear it', () => {
    expect(newborn.state).toBe('shadow');
    expect(promote(newborn, confirmed.slice(0, 30), 'Head of fairness').happened).toMatchObject({
      what: 'refused',
      why: 'below-bound',
    });
    expect(promote(newborn, confirmed, ' ').happened).toMatchObject({ what: 'refused', why: 'unnamed' });
    expect(active).toMatchObject({ state: 'active', promotedBy: 'Head of fairness' });
  });

  it('demotes itself when its bound is no longer shown, and may be promoted again', () => {
    const first = afterVerdict(active, aVerdict(60, 'dismissed'));
    const second = afterVerdict(first.release, aVerdict(61, 'dismissed'));
    const third = afterVerdict(second.release, aVerdict(62, 'dismissed'));
    expect([first, second, third].map(({ happened }) => happened.what)).toEqual([
      'counted',
      'demoted',
      'counted',
    ]);
    expect(third.release.state).toBe('shadow');
    const more = Array.from({ length: 140 }, (_, index) => aVerdict(100 + index, 'confirmed'));
    expect(promote(third.release, more, 'Head of fairness').happened.what).toBe('promoted');
  });

  it('counts no verdict about another version, none that is unsure and none twice', () => {
    for (const [why, verdict] of [
      ['not-its-own', aVerdict(99, 'dismissed', { release: 'hoarding@2' })],
      ['unsure', aVerdict(99, 'unsure')],
      ['repeated', aVerdict(0, 'confirmed')],
    ] as const) {
      expect(afterVerdict(active, verdict)).toEqual({ release: active, happened: { what: 'nothing', why } });
    }
  });

  it('that is retired stays so', () => {
    const retired = retire(active, 'Head of fairness').release;
    expect(retired.state).toBe('retired');
    expect(promote(retired, confirmed, 'Head of fairness').happened).toMatchObject({ why: 'not-allowed' });
    expect(afterVerdict(retired, aVerdict(99, 'dismissed')).release.state).toBe('retired');
  });

  const someVerdict = fc
    .tuple(
      fc.nat(400),
      fc.nat(50),
      fc.constantFrom('confirmed', 'confirmed', 'confirmed', 'dismissed', 'unsure'),
    )
    .map(([id, at, verdict]) => aVerdict(id, verdict as Verdict['verdict'], { at }));

  it('is never active with a lower bound below its own, whatever comes', () => {
    const happenings = fc.array(
      fc.oneof(someVerdict, fc.constantFrom('promote' as const, 'promote-with-many' as const)),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(happenings, fc.double({ min: 0.3, max: 0.98, noNaN: true }), (each, ofRelease) => {
        let release = bornRelease('hoarding', 1, ofRelease);
        for (const one of each) {
          release =
            typeof one === 'object'
              ? afterVerdict(release, one).release
              : promote(release, one === 'promote' ? [] : confirmed, 'Head of fairness').release;
          if (release.state === 'active')
            expect(precisionOf(release).lower).toBeGreaterThanOrEqual(ofRelease);
        }
      }),
    );
  });

  it('has the same interval for any order of the same verdicts, however often each comes', () => {
    const verdicts = fc.array(someVerdict, { maxLength: 300 });
    const releaseAfter = (each: readonly Verdict[]) =>
      each.reduce((release, verdict) => afterVerdict(release, verdict).release, newborn);
    fc.assert(
      fc.property(verdicts, fc.infiniteStream(fc.nat()), (each, draws) => {
        const shuffled = [...each, ...each.slice(0, 20)]
          .map((verdict) => ({ verdict, draw: draws.next().value as number }))
          .sort((a, b) => a.draw - b.draw)
          .map(({ verdict }) => verdict);
        expect(releaseAfter(shuffled)).toEqual(releaseAfter(each));
        expect(releaseAfter(each).verdicts.length).toBeLessThanOrEqual(mostVerdicts);
      }),
      { numRuns: 20 },
    );
  });
});
