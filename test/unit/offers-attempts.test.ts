import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AttemptEvent } from '#contract/events.ts';
import { attemptOutbox } from '#core/detection/attempt-outbox.ts';

const anAttempt = (eventId: string): AttemptEvent => ({
  v: 1,
  eventId,
  type: 'claim',
  occurredAt: '2027-01-04T08:00:00.000Z',
  driverId: 'ada',
  outcome: 'lost',
  durationMs: 3,
});

/** An outbox with a clock and a queue that a test can break. */
const anOutbox = () => {
  const world = { now: 0, broken: false, dropped: 0, sends: [] as { at: number; ids: string[] }[] };
  const outbox = attemptOutbox({
    now: () => world.now,
    dropped: (count) => {
      world.dropped += count;
    },
    send: async (events) => {
      await Promise.resolve();
      if (world.broken) throw new Error('the queue is out of reach');
      world.sends.push({ at: world.now, ids: events.map(({ eventId }) => eventId) });
    },
  });
  let events = 0;
  const record = (count = 1) => {
    for (let left = count; left > 0; left -= 1) {
      outbox.record(anAttempt(`e${events}`));
      events += 1;
    }
  };
  const allIds = () => Array.from({ length: events }, (_, index) => `e${index}`);
  return { world, outbox, record, allIds };
};

const step = fc.record({
  passMs: fc.integer({ min: 0, max: 1_500 }),
  count: fc.integer({ min: 0, max: 40 }),
  breaks: fc.boolean(),
});
const steps = fc.array(step, { maxLength: 60 });

describe('the outbox of attempts', () => {
  it('loses nothing and keeps the order while the queue fails and recovers', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const { world, outbox, record, allIds } = anOutbox();
        for (const { passMs, count, breaks } of all) {
          world.now += passMs;
          world.broken = breaks;
          record(count);
          await outbox.flushDue();
        }
        world.broken = false;
        await outbox.flush();
        expect(world.sends.flatMap(({ ids }) => ids)).toEqual(allIds());
        expect(world.dropped).toBe(0);
      }),
    );
  });

  it('loses and repeats nothing when requests overlap', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const { world, outbox, record, allIds } = anOutbox();
        const flushes: Promise<void>[] = [];
        for (const { passMs, count, breaks } of all) {
          world.now += passMs;
          world.broken = breaks;
          record(count);
          flushes.push(outbox.flushDue() ?? Promise.resolve());
        }
        await Promise.all(flushes);
        world.broken = false;
        await outbox.flush();
        expect(world.sends.flatMap(({ ids }) => ids).sort()).toEqual(allIds().sort());
        expect(world.dropped).toBe(0);
      }),
    );
  });

  it('sends the first attempt of a quiet time with its own request', async () => {
    const { world, outbox, record } = anOutbox();
    record();
    await outbox.flushDue();
    expect(world.sends).toEqual([{ at: 0, ids: ['e0'] }]);
  });

  it('sends at most once a second in a burst that fits a batch', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 300 }),
        async (gaps) => {
          const { world, outbox, record } = anOutbox();
          for (const gap of gaps) {
            world.now += gap;
            record();
            // A batch holds 400: below that, only time is a reason to send.
            await outbox.flushDue();
          }
          const { sends } = world;
          const full = sends.filter(({ ids }) => ids.length >= 400);
          for (const [index, { at }] of sends.entries()) {
            const previous = sends[index - 1];
            if (previous && full.length === 0) expect(at - previous.at).toBeGreaterThanOrEqual(1_000);
          }
        },
      ),
    );
  });

  it('sends no batch larger than a message may be', async () => {
    const { world, outbox, record, allIds } = anOutbox();
    record(1_000);
    await outbox.flush();
    expect(Math.max(...world.sends.map(({ ids }) => ids.length))).toBe(400);
    expect(world.sends.flatMap(({ ids }) => ids)).toEqual(allIds());
  });

  it('drops the oldest and says how many when the queue stays out of reach', async () => {
    const { world, outbox, record, allIds } = anOutbox();
    world.broken = true;
    record(12_000);
    await outbox.flush();
    expect(world.dropped).toBeGreaterThanOrEqual(2_000);
    world.broken = false;
    await outbox.flush();
    const sent = world.sends.flatMap(({ ids }) => ids);
    expect(sent.length + world.dropped).toBe(12_000);
    expect(sent.length).toBeLessThanOrEqual(10_000);
    expect(sent).toEqual(allIds().slice(-sent.length));
  });

  it('never fails the caller', async () => {
    const { world, outbox, record } = anOutbox();
    world.broken = true;
    record(3);
    await outbox.flushDue();
    await expect(outbox.flush()).resolves.toBeUndefined();
  });
});
