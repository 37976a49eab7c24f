import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ActivityEvent } from '#contract/activity.ts';
import { type AccountLog, capOf, emptyLog, withEvents } from '#core/detection/activity/account-log.ts';
import { columns } from '#core/detection/activity/columns.ts';
import { decodeLog, encodeLog } from '#core/detection/activity/encode-log.ts';
import {
  activityRoutes,
  asns,
  emptyEvent,
  type LoggedEvent,
  routes,
  verdicts,
} from '#core/detection/activity/logged-event.ts';
import { networkKind } from '#core/detection/activity/networks.ts';
import { hasSlot, slotMs, slotOf } from '#core/detection/activity/slots.ts';
import { toLoggedEvent } from '#core/detection/activity/to-logged-event.ts';
import { inOrder } from '#detector/events/read-accounts.ts';

const dayMs = 86_400_000;
const start = Date.UTC(2026, 8, 1, 5, 17);

const hash = fc.oneof(fc.constant(0), fc.nat({ max: 0xffff_ffff }));
const figure = fc.oneof(
  fc.constant(Number.NaN),
  fc.nat({ max: 100_000 }),
  fc.double({ noDefaultInfinity: true }),
);
const event: fc.Arbitrary<LoggedEvent> = fc.record({
  id: fc.nat({ max: 2 ** 52 }),
  // Sixty days, so that some fall out, in places of a quarter of a minute, so that some collide.
  at: fc.nat({ max: 60 * 5_760 }).map((place) => start + place * 15_000),
  route: fc.nat({ max: activityRoutes.length - 1 }),
  outcome: fc.nat({ max: 6 }),
  latencyMs: figure,
  value: figure,
  offer: hash,
  device: hash,
  network: hash,
  key: hash,
  station: hash,
  asn: fc.nat({ max: 3 }),
  verdict: fc.nat({ max: 3 }),
  x: figure,
  y: figure,
  holdMs: figure,
  durationMs: figure,
  latitude: figure,
  longitude: figure,
});
const eventsOf = fc.array(event, { maxLength: 120 });
const logOf = (events: readonly LoggedEvent[]) => withEvents(emptyLog(), events);

/** Events of one route, a second apart. */
const manyOf = (route: number, count: number): LoggedEvent[] =>
  Array.from({ length: count }, (_, index) => ({
    ...emptyEvent(),
    id: index + 1,
    at: start + index * 1_000,
    route,
  }));

const anEvent = (given: Partial<ActivityEvent> = {}): ActivityEvent => ({
  v: 1,
  eventId: 'event 1',
  accountId: 'account 1',
  route: 'offers.claim',
  ts: start,
  ...given,
});

describe('the log of an account', () => {
  it('is the same in any order, with any duplicates and in any batches', () => {
    fc.assert(
      fc.property(eventsOf, fc.array(fc.nat()), fc.nat({ max: 30 }), (events, picks, size) => {
        const again = picks.flatMap((pick) => events[pick % Math.max(1, events.length)] ?? []);
        const shuffled = [...events, ...again]
          .map((one, index) => ({ one, place: Math.imul(index + 1, 2_654_435_761) >>> 0 }))
          .sort((a, b) => a.place - b.place)
          .map(({ one }) => one);
        let pieces: AccountLog = emptyLog();
        for (let from = 0; from < shuffled.length; from += size + 1)
          pieces = withEvents(pieces, shuffled.slice(from, from + size + 1));
        expect(encodeLog(pieces)).toEqual(encodeLog(logOf(events)));
      }),
      { numRuns: 60 },
    );
  });

  it('is the same however often and at whatever times an event is copied, and keeps the earliest copy', () => {
    // Few identifiers, within 30 days and below the limits: only copies are ever dropped.
    const again = fc.tuple(event, fc.nat({ max: 12 }), fc.nat({ max: 20 * 5_760 }));
    const copies = fc.array(
      again.map(([one, id, place]) => ({ ...one, id, at: start + place * 15_000, route: one.route % 2 })),
      { maxLength: 80 },
    );
    const orders = copies.chain((list) =>
      fc.tuple(
        fc.constant(list),
        fc.shuffledSubarray(list, { minLength: list.length }),
        fc.integer({ min: 1, max: 30 }),
      ),
    );
    fc.assert(
      fc.property(orders, ([list, shuffled, size]) => {
        let pieces: AccountLog = emptyLog();
        for (let from = 0; from < shuffled.length; from += size)
          pieces = withEvents(pieces, shuffled.slice(from, from + size));
        expect(encodeLog(pieces)).toEqual(encodeLog(logOf(list)));
        expect(encodeLog(pieces)).toEqual(encodeLog(logOf(inOrder([...shuffled]))));
        expect(decodeLog(encodeLog(pieces))).toEqual(pieces);
        for (const { id, at, route } of list) {
          const kept = pieces.events[route]?.filter((one) => one.id === id) ?? [];
          expect(kept).toHaveLength(1);
          expect(kept[0]?.at).toBeLessThanOrEqual(at);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('comes back from its bytes exactly', () => {
    fc.assert(
      fc.property(eventsOf, (events) => {
        const log = logOf(events);
        expect(decodeLog(encodeLog(log))).toEqual(log);
      }),
      { numRuns: 60 },
    );
    expect(() => decodeLog(encodeLog(logOf(manyOf(0, 50))).subarray(0, 40))).toThrow();
  });

  it('leaves the log that it was made from as it was', () => {
    const log = logOf(manyOf(routes.claim, 20));
    const before = encodeLog(log);
    withEvents(log, manyOf(routes.list, 40));
    expect(encodeLog(log)).toEqual(before);
  });

  it('never grows beyond its limits, and keeps the latest', () => {
    let log: AccountLog = emptyLog();
    activityRoutes.forEach((_, route) => {
      const events = manyOf(route, 3_000);
      for (let from = 0; from < events.length; from += 700)
        log = withEvents(log, events.slice(from, from + 700));
    });
    log.events.forEach((kept, route) => {
      expect(kept.length).toBe(capOf(route));
      expect(kept.at(-1)?.id).toBe(3_000);
      expect(kept[0]?.id).toBe(3_000 - capOf(route) + 1);
    });
    expect(encodeLog(log).length).toBeLessThan(100_000);
  });

  it('keeps 30 days, events and quarters of an hour alike', () => {
    const at = (days: number) => start + days * dayMs;
    const old = manyOf(routes.claim, 1);
    const log = withEvents(logOf(old), [{ ...emptyEvent(), id: 7, at: at(29), route: routes.list }]);
    expect(log.events[routes.claim]).toHaveLength(1);
    expect(hasSlot(log.slots, slotOf(start))).toBe(true);
    const later = withEvents(log, [{ ...emptyEvent(), id: 8, at: at(30), route: routes.list }]);
    expect(later.events[routes.claim]).toHaveLength(0);
    const bits = (slots: Uint8Array) =>
      slots.reduce((sum, byte) => sum + byte.toString(2).split('1').length - 1, 0);
    expect(bits(later.slots)).toBe(2);
    expect(withEvents(later, old)).toEqual(later);
    expect(slotOf(at(30)) - slotOf(at(29))).toBe(dayMs / slotMs);
  });
});

describe('columns of events', () => {
  it('give back what was put in', () => {
    fc.assert(
      fc.property(eventsOf, (events) => {
        const packed = columns();
        for (const one of events) packed.append(one);
        expect(packed.length).toBe(events.length);
        expect(events.map((_, row) => packed.at(row))).toEqual(events);
        expect(() => packed.at(events.length)).toThrow(RangeError);
      }),
      { numRuns: 20 },
    );
  });
});

describe('an event of the schema', () => {
  it('keeps equality of names and nothing else of them', () => {
    const one = toLoggedEvent(anEvent({ deviceId: 'phone', ip: 'prefix', attestation: { keyId: 'key' } }));
    const other = toLoggedEvent(anEvent({ eventId: 'event 2', deviceId: 'phone', ip: 'another' }));
    expect(one.device).toBe(other.device);
    expect(one.network).not.toBe(other.network);
    expect(one.id).not.toBe(other.id);
    expect([one.device, one.network, one.key].every((name) => name > 0)).toBe(true);
  });

  it('says nothing where optional groups are absent or null', () => {
    const nothing = { ...emptyEvent(), at: start, route: routes.claim, id: toLoggedEvent(anEvent()).id };
    expect(toLoggedEvent(anEvent())).toEqual(nothing);
    expect(
      toLoggedEvent(
        anEvent({ deviceId: null, ip: null, asn: null, latencyMs: null, outcome: null, attestation: null }),
      ),
    ).toEqual(nothing);
  });

  it.each([
    ['A', verdicts.strong],
    ['Valid', verdicts.strong],
    ['B', verdicts.basic],
    ['C', verdicts.basic],
    ['D', verdicts.basic],
    ['denied', verdicts.failed],
    ['who knows', verdicts.unknown],
    ['constructor', verdicts.unknown],
  ])('reads the verdict %s', (verdict, code) => {
    expect(toLoggedEvent(anEvent({ attestation: { verdict } })).verdict).toBe(code);
  });

  it.each([
    [16509, asns.hosting],
    ['AS16509 Amazon', asns.hosting],
    ['mobile proxy', asns.hosting],
    [21928, asns.mobile],
    ['cellular', asns.mobile],
    ['residential', asns.residential],
    ['business', asns.residential],
    // People's privacy relays come from there.
    ['AS13335 Cloudflare', asns.unknown],
    [64512, asns.unknown],
    ['', asns.unknown],
  ])('knows the network %s', (asn, kind) => {
    expect(networkKind(asn)).toBe(kind);
  });
});
