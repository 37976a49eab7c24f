import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyLog, eventCount, withEvents } from '#core/detection/activity/account-log.ts';
import { toLoggedEvent } from '#core/detection/activity/to-logged-event.ts';
import { falseShares } from '#core/detection/findings/benjamini-hochberg.ts';
import { emitAtOf, isSampled, lotOf } from '#core/detection/findings/emission.ts';
import { packDoubles, unpackDoubles } from '#core/detection/findings/finding.ts';
import { replay } from '#core/detection/findings/replay.ts';
import type { GraphFacts } from '#core/detection/graph/graph-facts.ts';
import { rules } from '#core/detection/rules/rules.ts';
import { partOf, type Result } from '#core/detection/scoring/batch.ts';
import { decideBatch } from '#core/detection/scoring/close-batch.ts';
import { detectorsOf } from '#core/detection/scoring/detectors.ts';
import { type LookAt, lookAt } from '#core/detection/scoring/look.ts';
import { firstIn, sortChunks, withPart } from '#core/detection/scoring/sort-chunks.ts';
import { aBot, aModelFile, aPerson, day } from '#test/support/detection-accounts.ts';

/** J. R. Statist. Soc. B 57 (1995), section 3.2: 15 comparisons, of which 4 are found at a share of .05. */
const published = [
  0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528,
  0.759, 1,
];
const pValues = fc.array(fc.double({ min: 1e-6, max: 1, noNaN: true }), { minLength: 1, maxLength: 60 });

describe('shares of false findings', () => {
  it('are those of Benjamini and Hochberg', () => {
    const shares = falseShares(published);
    expect(shares.filter((share) => share <= 0.05)).toHaveLength(4);
    expect(shares.slice(0, 4).map((share) => Number(share.toFixed(6)))).toEqual([
      0.0015, 0.003, 0.0095, 0.035625,
    ]);
  });

  it('find as many as the step-up procedure does', () => {
    fc.assert(
      fc.property(pValues, fc.double({ min: 0.01, max: 0.5, noNaN: true }), (values, fdr) => {
        const sorted = values.toSorted((a, b) => a - b);
        const found = sorted.findLastIndex((p, index) => p <= (fdr * (index + 1)) / sorted.length) + 1;
        const line = sorted[found - 1] ?? 0;
        const shares = falseShares(values);
        // On the line itself both products may round to either side.
        for (const [index, p] of values.entries())
          if (Math.abs((shares[index] ?? 0) - fdr) > 1e-12)
            expect((shares[index] ?? 1) <= fdr).toBe(p <= line);
      }),
    );
  });

  it('are decided alike when a batch leaves out what is above them', () => {
    fc.assert(
      fc.property(pValues, fc.double({ min: 0.01, max: 0.5, noNaN: true }), (values, fdr) => {
        const results = values.map(
          (pValue, index): Result => ({
            release: 'model-00000000',
            accountKey: String(index),
            pValue,
            evidenceId: String(index),
          }),
        );
        const whole = falseShares(values).map((share) => share <= fdr);
        const named = results.map(({ evidenceId, ...rest }, index) =>
          index % 2 ? { ...rest, evidenceId } : rest,
        );
        const halves = [named.slice(0, 7), named.slice(7)].map((half) => partOf(half as Result[], fdr));
        const decided = new Map(decideBatch(halves, fdr).map((one) => [one.accountKey, one.goesOn]));
        for (const [index, goesOn] of whole.entries())
          expect(decided.get(String(index)) ?? false).toBe(goesOn);
      }),
    );
  });

  it('do not bind rules, which have no p-value', () => {
    const result = { release: 'hoarding-v1', accountKey: 'a', evidenceId: 'e' };
    expect(decideBatch([partOf([result], 0.2)], 0.2)).toEqual([{ ...result, goesOn: true }]);
  });
});

describe('lots', () => {
  it('choose the share that is asked for, and the same accounts every time', () => {
    const chosen = Array.from({ length: 4_000 }, (_, index) => isSampled('key', `account-${index}`, 0, 0.1));
    const share = chosen.filter(Boolean).length / chosen.length;
    expect(share).toBeGreaterThan(0.08);
    expect(share).toBeLessThan(0.12);
    expect(isSampled('key', 'account-1', 0, 0.1)).toBe(chosen[1]);
    expect(lotOf('other', 'x')).not.toBe(lotOf('key', 'x'));
  });

  it('put off a finding within the hours that the policy allows', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 0, max: 72 }), (evidenceId, hours) => {
        const emitAt = emitAtOf('key', evidenceId, 1_000, hours);
        expect(emitAt).toBeGreaterThanOrEqual(1_000);
        expect(emitAt).toBeLessThanOrEqual(1_000 + hours * 3_600_000);
      }),
    );
  });
});

it('doubles are kept to the last bit', () => {
  fc.assert(
    fc.property(fc.array(fc.double()), (values) => {
      expect(unpackDoubles(packDoubles(values))).toEqual(Float64Array.from(values));
    }),
  );
});

const from = Date.UTC(2027, 0, 4);
const at = from + 9 * day;
const detectors = detectorsOf([aModelFile()], rules);
const look = (events: ReturnType<typeof aBot>): LookAt => ({
  accountKey: 'account',
  log: withEvents(emptyLog(), events.map(toLoggedEvent)),
  at,
  monthStart: from,
  paths: {},
});
const recordOf = (graph?: GraphFacts) => {
  const [found] = lookAt({ ...look(aBot('bot', from)), ...(graph && { graph }) }, detectors, false).found;
  if (!found) throw new Error('nothing was found');
  const log = Buffer.from(found.record.log).toString('base64');
  return { ...found.record, log };
};

describe('a look', () => {
  it('finds a bot in two families, and nothing in a person', () => {
    const { found, points, pValues } = lookAt(look(aBot('bot', from)), detectors, false);
    expect(found.map(({ finding }) => finding)).toMatchObject([
      { kind: 'model', state: 'found', pValue: 1 / 2_000, families: ['reaction', 'polling'] },
    ]);
    expect(Object.values(points)).toEqual([3]);
    expect(Object.values(pValues)).toEqual([1 / 2_000]);
    expect(lookAt(look(aPerson('person', from)), detectors, false)).toMatchObject({ found: [], points: {} });
  });

  it('says nothing about who did little', () => {
    const few = lookAt(look(aBot('bot', from).slice(0, 100)), detectors, true);
    expect(few).toMatchObject({ found: [], pValues: {}, points: {} });
  });

  it('takes a sample whatever comes out', () => {
    const { found } = lookAt(look(aPerson('person', from)), detectors, true);
    expect(found.map(({ finding }) => finding)).toMatchObject([{ kind: 'sample', release: 'sample' }]);
  });

  it('is the same when it is computed again from its record', () => {
    const again = replay(JSON.parse(JSON.stringify(recordOf())), detectors);
    if (again.status !== 'computed') throw new Error(again.wanted);
    expect(again.compared.length).toBeGreaterThan(50);
    expect(again.compared.filter(({ same }) => !same)).toEqual([]);
  });

  it('is computed again with the company that the account had then', () => {
    const record = recordOf({ component: 7, synchrony: Number.NaN });
    const column = record.features.indexOf('graph.component');
    expect(unpackDoubles(record.row)[column]).toBe(7);
    const compared = (changed: typeof record) => {
      const again = replay(JSON.parse(JSON.stringify(changed)), detectors);
      return again.status === 'computed' ? again.compared.filter(({ same }) => !same) : again;
    };
    expect(compared(record)).toEqual([]);
    const numbers = { ...record.numbers, component: packDoubles([8]) };
    expect(compared({ ...record, numbers })).toMatchObject([{ what: 'graph.component' }]);
  });

  it.each([
    ['a score', { numbers: { ...recordOf().numbers, score: packDoubles([0.5]) } }, ['score']],
    ['a reason', { reasons: [] }, ['reasons']],
    ['a family', { families: ['graph'] }, ['families']],
  ])('tells when %s of its record was changed', (_, change, differs) => {
    const again = replay({ ...recordOf(), ...change }, detectors);
    if (again.status !== 'computed') throw new Error(again.wanted);
    expect(again.compared.filter(({ same }) => !same).map(({ what }) => what)).toEqual(differs);
  });

  it('cannot be computed by a version without its model', () => {
    expect(replay(recordOf(), detectorsOf([aModelFile(1)], rules))).toMatchObject({ status: 'unknown' });
  });
});

describe('what arrived', () => {
  const hour = 3_600_000;
  const listed = (count: number, everyMs: number) =>
    aBot('bot', from)
      .slice(0, 1)
      .flatMap((event) =>
        Array.from({ length: count }, (_, index) => ({
          ...event,
          eventId: `event-${index}`,
          route: 'offers.list' as const,
          ts: from + index * everyMs,
        })),
      )
      .map(toLoggedEvent);
  const paged = (chunks: readonly { sk: string; log: ReturnType<typeof emptyLog> }[], size: number) =>
    async function* () {
      for (let start = 0; start < chunks.length; start += size) yield chunks.slice(start, start + size);
    };

  it('gives each look what a log of all that happened by then would show it, in any order and any pages', async () => {
    const edges = [from + 2 * hour, from + 30 * hour, from + 60 * hour];
    const latest = from + 70 * hour;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 4_999 }), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 9 }),
        async (cuts, size) => {
          // A list every minute: more than a log can hold, some of it after the last edge, some not believed.
          const events = listed(5_000, 60_000);
          const chunks = [...new Set([0, ...cuts])]
            .sort((a, b) => a - b)
            .map((start, index, starts) => events.slice(start, (starts[index + 1] ?? 5_000) + 20))
            .flatMap((part) => [part.slice(0, 1_000), part.slice(1_000, 2_000), part.slice(2_000)])
            .map((part, index) => ({ sk: `C#${index}`, log: withEvents(emptyLog(), part) }));
          const kept = chunks.flatMap(({ log }) => log.events.flat());
          const shuffled = chunks.toReversed();
          const read = paged(shuffled, size);
          expect((await firstIn(read, latest)).first).toBe(from);
          const { parts, merged, isWaiting } = await sortChunks(read, edges, latest);
          let log = emptyLog();
          for (const [index, part] of parts.entries()) {
            expect(eventCount(part)).toBeLessThanOrEqual(1_024);
            log = withPart(log, part);
            const whole = kept.filter(({ at: happened }) => happened <= (edges[index] ?? 0));
            expect(log).toEqual(withEvents(emptyLog(), whole));
          }
          const needed = chunks.filter(({ log: { events: lists } }) =>
            lists.flat().some(({ at: happened }) => happened > (edges[2] ?? 0) && happened <= latest),
          );
          expect(isWaiting).toBe(needed.length > 0);
          expect([...merged].sort()).toEqual(
            chunks
              .filter((chunk) => !needed.includes(chunk))
              .map(({ sk }) => sk)
              .sort(),
          );
        },
      ),
      { numRuns: 20 },
    );
  });
});
