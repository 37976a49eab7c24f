import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ActivityEvent, activityEvent } from '#contract/activity.ts';
import type { Position } from '#contract/check-in.ts';
import { type AttemptEvent, attemptEvent, attemptOutcome } from '#contract/events.ts';
import { hashNames } from '#core/detection/ingest/hash-names.ts';
import { toParquet } from '#core/detection/ingest/parquet.ts';
import { telemetryAttempts } from '#core/detection/ingest/telemetry-attempts.ts';
import { toActivity } from '#core/detection/ingest/to-activity.ts';
import { networkOf, prefixOf } from '#core/detection/network.ts';
import { checkInAttempt } from '#core/offers/check-in-attempt.ts';
import { readParquet } from '#detector/files/parquet.ts';

const now = Date.parse('2027-01-04T08:00:00.000Z');
const iso = (at: number) => new Date(at).toISOString();
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const secretName = (kind: string) => fc.stringMatching(/^[a-z0-9]{12,20}$/).map((text) => `${kind}-${text}`);
const degrees = (most: number) =>
  fc.integer({ min: -most * 100, max: most * 100 }).map((whole) => whole / 100 + 0);

const optional = {
  deviceId: maybe(secretName('device')),
  tier: maybe(fc.constantFrom('A', 'B', 'C', 'D')),
  unproven: maybe(fc.constantFrom('no-proof', 'nonce', 'other-key', 'proof-time')),
  network: maybe(
    fc.record(
      { prefix: secretName('prefix'), kind: fc.constant('hosting' as const) },
      { requiredKeys: ['prefix'] },
    ),
  ),
  position: maybe(fc.record({ latitude: degrees(90), longitude: degrees(180) })),
  blockId: maybe(secretName('block')),
  stationId: maybe(fc.constantFrom('DSE1', 'DSE2')),
  version: maybe(fc.integer({ min: 1, max: 40 })),
  value: maybe(fc.integer({ min: 0, max: 100_000 })),
  reason: maybe(fc.constantFrom('proof-invalid', 'block-taken', 'slow-down')),
  task: maybe(fc.constantFrom('picture', 'sound')),
  solvedMs: maybe(fc.integer({ min: 0, max: 60_000 })),
  clientAt: maybe(fc.integer({ min: -1e6, max: 1e6 }).map((ms) => iso(now + ms))),
  x: maybe(fc.integer({ min: -9, max: 900 })),
  holdMs: maybe(fc.integer({ min: 0, max: 900 })),
};
const anyAttempt: fc.Arbitrary<AttemptEvent> = fc
  .record({
    v: fc.constant(1 as const),
    eventId: fc.uuid(),
    type: fc.constantFrom(...attemptEvent.shape.type.options),
    occurredAt: fc.integer({ min: 0, max: 86_400_000 }).map((ms) => iso(now - ms)),
    driverId: secretName('driver'),
    outcome: fc.constantFrom(...attemptOutcome.options),
    durationMs: fc.integer({ min: 0, max: 2_000 }),
    ...optional,
  })
  .map(
    (attempt) =>
      Object.fromEntries(
        Object.entries(attempt).filter(([, value]) => value !== undefined),
      ) as unknown as AttemptEvent,
  );
const aCheckIn = ({ position }: { position?: Position | undefined }) =>
  checkInAttempt(
    { status: 'checked-in', blockId: 'block-0001', at: now },
    { blockId: 'block-0001', position },
    { caller: { accountId: 'ada' }, requestId: 'r', startedAt: now, endedAt: now },
  );
/** A column has a place for what an event does not have. */
const withoutNulls = <T>(value: T): T => JSON.parse(JSON.stringify(value), (_, cell) => cell ?? undefined);

describe('an attempt in the archive', () => {
  it('fits the schema, whatever is known of it, and names nobody', () => {
    fc.assert(
      fc.property(anyAttempt, (attempt) => {
        const event = toActivity(attempt, 'pseudonym', hashNames('secret'));
        expect(activityEvent.parse(event)).toEqual(event);
        const text = JSON.stringify(event);
        const { eventId, driverId, deviceId, blockId, network } = attempt;
        for (const name of [eventId, driverId, deviceId, blockId, network?.prefix])
          if (name) expect(text).not.toContain(name);
        expect(event).toMatchObject({ accountId: 'pseudonym', ts: Date.parse(attempt.occurredAt) });
        // What comes twice is known by its name, which only the secret gives.
        expect(toActivity(attempt, 'pseudonym', hashNames('secret')).eventId).toBe(event.eventId);
        expect(toActivity(attempt, 'pseudonym', hashNames('another')).eventId).not.toBe(event.eventId);
      }),
    );
  });

  it('shares names with others of the same phone and network, under one secret alone', () => {
    const [one, other] = [hashNames('secret'), hashNames('another secret')];
    fc.assert(
      fc.property(anyAttempt, anyAttempt, (a, b) => {
        const { deviceId = 'phone', network = { prefix: '192.0.2' } } = a;
        const known = { deviceId, network, tier: 'A' as const };
        const [first, second] = [a, b].map((attempt) => toActivity({ ...attempt, ...known }, 'x', one));
        const elsewhere = toActivity({ ...a, ...known }, 'x', other);
        expect([second?.deviceId, second?.ip]).toEqual([first?.deviceId, first?.ip]);
        expect(elsewhere.deviceId).not.toBe(first?.deviceId);
        expect(elsewhere.ip).not.toBe(first?.ip);
      }),
    );
  });

  it('is about the phone where nobody looked at the claim, and a proof that failed accuses nobody', () => {
    const stopped = (unproven: string): AttemptEvent => ({
      ...{ v: 1, eventId: 'e', type: 'claim', occurredAt: iso(now), driverId: 'd', durationMs: 0 },
      ...{ outcome: 'refused', reason: 'proof-invalid', unproven, deviceId: 'phone', tier: 'A' },
    });
    // A repeated request, a stolen token, a late clock, an ended session.
    for (const unproven of ['proof-used', 'other-key', 'proof-time', 'session-ended']) {
      const event = toActivity(stopped(unproven), 'a', hashNames('secret'));
      expect(event).toMatchObject({ route: 'device', reason: unproven });
      expect(event).not.toHaveProperty('attestation');
    }
  });
});

describe('a network', () => {
  it.each([
    ['203.0.113.77', '203.0.113'],
    ['::ffff:203.0.113.77', '203.0.113'],
    ['2001:DB8:85a3:8d3:1319:8a2e:370:7348', '2001:db8:85a3'],
    ['2001:db8::1', '2001:db8:0'],
    ['::1', '0:0:0'],
    ['unknown', undefined],
    ['', undefined],
  ])('is of %s the prefix %s', (address, prefix) => expect(prefixOf(address)).toBe(prefix));

  it('is what the edge has seen, whatever a client writes', () => {
    fc.assert(
      fc.property(fc.array(fc.ipV4(), { maxLength: 4 }), (forged) => {
        const header = [...forged, '198.51.100.9', '192.0.2.1'].join(', ');
        expect(networkOf({ 'x-forwarded-for': header })).toEqual({ network: { prefix: '198.51.100' } });
      }),
    );
    expect(networkOf({ 'x-forwarded-for': '192.0.2.1' })).toEqual({});
  });

  it('is a host’s where the firewall says so, and nothing is known of others', () => {
    const kindOf = (word?: string) => {
      const from = { 'x-forwarded-for': '198.51.100.9, 192.0.2.1', 'x-amzn-waf-network': word };
      const attempt = { ...aCheckIn({}), ...networkOf(from) };
      return toActivity(attempt, 'a', hashNames('secret'));
    };
    expect(kindOf('hosting').asn).toBe('hosting');
    // The client's own word beside the firewall's.
    expect(kindOf('none,hosting').asn).toBe('hosting');
    for (const word of [undefined, '', 'none', 'residential']) {
      expect(kindOf(word)).not.toHaveProperty('asn');
      expect(kindOf(word)).toHaveProperty('ip');
    }
  });
});

describe('a position at check-in', () => {
  const positions = {
    latitude: fc.double({ min: -90, max: 90, noNaN: true }),
    longitude: fc.double({ min: -180, max: 180, noNaN: true }),
  };

  it('is kept to a hundredth of a degree, and no finer', () => {
    fc.assert(
      fc.property(fc.record(positions), (position) => {
        const attempt = aCheckIn({ position });
        expect(attemptEvent.parse(attempt)).toEqual(attempt);
        const event = toActivity(attempt, 'a', hashNames('secret'));
        for (const name of ['latitude', 'longitude'] as const) {
          const kept = event.position?.[name] ?? Number.NaN;
          expect(String(kept)).toMatch(/^-?\d+(\.\d{1,2})?$/);
          expect(Math.abs(kept - position[name])).toBeLessThanOrEqual(0.005 + 1e-9);
        }
      }),
    );
  });

  it('is absent where none was told, or a phone says that it hardly knows', () => {
    const position = { latitude: 47.5, longitude: -122.3 };
    expect(aCheckIn({ position: { ...position, accuracyMeters: 1_500 } })).toHaveProperty('position');
    for (const told of [undefined, { ...position, accuracyMeters: 5_000 }]) {
      expect(aCheckIn({ position: told })).not.toHaveProperty('position');
      expect(toActivity(aCheckIn({ position: told }), 'a', hashNames('secret'))).not.toHaveProperty(
        'position',
      );
    }
  });
});

describe('what an app tells', () => {
  const offerId = 'block-0001.1';
  const circumstances = { caller: { accountId: 'ada' }, requestId: 'r', startedAt: now, endedAt: now };
  const ages = fc.array(fc.integer({ min: 0, max: 500_000 }), { minLength: 1, maxLength: 50 });

  it('keeps its distances, however wrong the clock of the phone is', () => {
    fc.assert(
      fc.property(ages, fc.integer({ min: -1e10, max: 1e10 }), (all, wrong) => {
        const sent = now + wrong;
        const events = all.map((age) => ({
          ...{ type: 'pointer' as const, offerId, x: 1, y: 2, holdMs: 80 },
          at: iso(sent - age),
        }));
        const told = telemetryAttempts({ events, sentAt: iso(sent) }, circumstances);
        expect(told.map(({ occurredAt }) => now - Date.parse(occurredAt))).toEqual(all);
        for (const attempt of told) expect(attemptEvent.parse(attempt)).toEqual(attempt);
        // Without the time of sending, the newest is taken to be sent at once.
        const newest = Math.min(...all);
        expect(
          telemetryAttempts({ events }, circumstances).map(
            ({ occurredAt }) => now - Date.parse(occurredAt) + newest,
          ),
        ).toEqual(all);
      }),
    );
  });

  it('never lies in the future, and the same event again has the same name', () => {
    const viewed = (at: number) => ({ type: 'offer-viewed' as const, offerId, at: iso(at) });
    const body = { events: [viewed(now + 5_000), viewed(now - 86_400_000)], sentAt: iso(now) };
    const [first, second] = [telemetryAttempts(body, circumstances), telemetryAttempts(body, circumstances)];
    for (const { occurredAt } of first) expect(Date.parse(occurredAt)).toBeLessThanOrEqual(now);
    expect(second.map(({ eventId }) => eventId)).toEqual(first.map(({ eventId }) => eventId));
    expect(new Set(first.map(({ eventId }) => eventId)).size).toBe(2);
  });
});

it('a Parquet file gives back what was written, in the same bytes each time', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'parquet-'));
  const file = join(folder, 'events.parquet');
  const many = fc.array(anyAttempt, { minLength: 1, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(many, async (attempts) => {
      const events = attempts.map((attempt) => toActivity(attempt, attempt.driverId, hashNames('secret')));
      const bytes = toParquet(events);
      expect(Buffer.from(toParquet(events)).equals(bytes)).toBe(true);
      await writeFile(file, bytes);
      const read: ActivityEvent[] = [];
      const refusal = await readParquet(file, (row) => {
        read.push(withoutNulls(activityEvent.parse(row)));
        return undefined;
      });
      expect(refusal).toBeUndefined();
      expect(read).toEqual(events.map(withoutNulls));
    }),
    { numRuns: 30 },
  );
  await rm(folder, { recursive: true });
});
