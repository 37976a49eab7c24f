import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Trace, type TraceEvent, trace as traceSchema } from '#contract/challenge-trace.ts';
import { checkTrace } from '#core/challenge/grading/check-trace.ts';
import { traceDigests } from '#core/challenge/grading/trace-digest.ts';
import { gradeTrace } from '#core/challenge/grading/trace-model.ts';
import type { TaskFacts } from '#core/challenge/task-facts.ts';
import { someFacts } from '#detector/traces/facts.ts';
import { modeOf, personTrace, type StyleName, styles } from '#detector/traces/people.ts';
import { leaveOut, omissions } from '#detector/traces/samples.ts';

const facts: TaskFacts = {
  mode: 'picture',
  answer: [3, 0, 6, 1],
  choices: 8,
  durationMs: 7_000,
  moments: [900, 2_600, 3_400, 5_900],
  places: Array.from({ length: 8 }, (_, n) => ({ x: 0.2 + 0.2 * (n % 4), y: n < 4 ? 0.3 : 0.7 })),
};
const traceOf = (events: TraceEvent[], input: Trace['input'] = 'mouse'): Trace => ({ v: 1, input, events });
const picksAt = (...times: number[]): TraceEvent[] =>
  times.map((t, index) => ({ t, e: 'pick', n: facts.answer[index] as number }));
const faultsOf = (events: TraceEvent[], elapsedMs = 60_000, picks = facts.answer) =>
  checkTrace(traceOf(events), elapsedMs, facts, picks).map(({ path }) => path);

const aStyle = fc.constantFrom(...styles);
const solvedBy = (style: StyleName, seed: string) => {
  const task = someFacts(modeOf(style), seed);
  return { task, ...personTrace(style, task, task.answer, seed) };
};
const change = (trace: Trace, each: (event: TraceEvent) => TraceEvent): Trace => ({
  ...trace,
  events: trace.events.map(each),
});

describe('a trace is refused', () => {
  it('when time runs backwards in it', () => {
    expect(
      faultsOf([
        { t: 50, e: 'play' },
        { t: 49, e: 'move', x: 0, y: 0 },
      ]),
    ).toEqual(['trace.events.1.t']);
  });

  it('when it comes from the future, beyond what clocks differ by', () => {
    expect(faultsOf([{ t: 6_900, e: 'end' }], 5_000)).toEqual([]);
    expect(faultsOf([{ t: 7_100, e: 'end' }], 5_000)).toEqual(['trace.events.0.t']);
  });

  it('when it picks what is no choice', () => {
    const events: TraceEvent[] = [
      { t: 1, e: 'pick', n: 8 },
      { t: 2, e: 'unpick', n: 8 },
      ...picksAt(3, 4, 5, 6),
    ];
    expect(faultsOf(events)).toEqual(['trace.events.0.n', 'trace.events.1.n']);
  });

  it('when its picks are not those of the answer', () => {
    expect(faultsOf(picksAt(1, 2, 3))).toEqual(['trace.events']);
    expect(faultsOf(picksAt(1, 2, 3, 4), 60_000, [0, 3, 6, 1])).toEqual(['trace.events']);
    expect(faultsOf([...picksAt(1, 2, 3, 4), { t: 5, e: 'unpick', n: 1 }])).toEqual(['trace.events']);
  });

  it('when it takes back what was not picked', () => {
    expect(faultsOf([{ t: 1, e: 'unpick', n: 3 }, ...picksAt(2, 3, 4, 5)])).toEqual(['trace.events.0.n']);
  });

  it('with a few faults named, however many there are', () => {
    const events = Array.from({ length: 500 }, (): TraceEvent => ({ t: 400_000, e: 'key' }));
    expect(faultsOf(events)).toHaveLength(10);
  });
});

describe('a trace is not refused', () => {
  it('for what is missing in it', () => {
    for (const events of [
      [],
      [{ t: 5, e: 'focus' as const }],
      [{ t: 5, e: 'pick' as const }],
      picksAt(1, 2, 3, 4),
    ])
      expect(faultsOf(events)).toEqual([]);
  });

  it('when it is as long as traces may be, and so may have lost its last picks', () => {
    const moves = Array.from({ length: 598 }, (_, t): TraceEvent => ({ t, e: 'move', x: 0, y: 0 }));
    expect(faultsOf([...moves, ...picksAt(600, 700)])).toEqual([]);
  });

  it('of any simulated person', () => {
    void fc.assert(
      fc.property(aStyle, fc.string(), (style, seed) => {
        const { task, trace, elapsedMs } = solvedBy(style, seed);
        expect(traceSchema.safeParse(trace).error).toBeUndefined();
        expect(checkTrace(trace, elapsedMs, task, task.answer)).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });
});

describe('a grade', () => {
  it('is neutral without a trace, and with one that says little', () => {
    expect(gradeTrace(facts, undefined)).toMatchObject({ verdict: 'neutral', reasons: ['no-trace'] });
    for (const events of [[], [{ t: 0, e: 'play' as const }], picksAt(100), picksAt(100, 200)])
      expect(gradeTrace(facts, traceOf(events))).toMatchObject({
        verdict: 'neutral',
        reasons: ['too-little'],
      });
  });

  it('is machine-like for clicks at even intervals before anything could be known, and says why', () => {
    const script = facts.answer.flatMap((n, index): TraceEvent[] => {
      const [t, place] = [300 + 100 * index, facts.places?.[n]];
      return [
        { t, e: 'down', ...place },
        { t, e: 'up', ...place },
        { t, e: 'pick', n },
      ];
    });
    const { verdict, reasons } = gradeTrace(facts, traceOf([{ t: 20, e: 'play' }, ...script]));
    expect(verdict).toBe('machine-like');
    expect(reasons).toEqual(expect.arrayContaining(['knowing', 'rhythm']));
  });

  it('is given to everything that the contract lets in', () => {
    const t = fc.integer({ min: 0, max: 600_000 });
    const some = fc.option(fc.double({ min: -1, max: 2, noNaN: true }), { nil: undefined });
    const event = fc.record(
      {
        t,
        e: fc.constantFrom(
          ...(traceSchema.shape.events.def.element.shape.e.def.entries
            ? Object.keys(traceSchema.shape.events.def.element.shape.e.def.entries)
            : []),
        ),
        x: some,
        y: some,
        n: fc.option(fc.integer({ min: 0, max: 15 }), { nil: undefined }),
      },
      { requiredKeys: ['t', 'e'] },
    ) as fc.Arbitrary<TraceEvent>;
    const input = fc.constantFrom<Trace['input']>('mouse', 'touch', 'pen', 'keyboard', 'other');
    void fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), input, (events, input) => {
        const trace = traceOf(
          events.sort((a, b) => a.t - b.t),
          input,
        );
        const { score, verdict } = gradeTrace(facts, trace);
        expect(score).toSatisfy(Number.isFinite);
        expect(['human-like', 'neutral', 'machine-like']).toContain(verdict);
        traceDigests(trace);
      }),
      { numRuns: 500 },
    );
  });

  it('lets nobody pass at once where moments come at even times, because any copy would fit', () => {
    const even = { ...facts, moments: [1_000, 2_500, 4_000, 5_500] };
    for (let index = 0; index < 100; index += 1) {
      const { trace } = personTrace('mouse', even, even.answer, `even ${index}`);
      expect(gradeTrace(even, trace).verdict).not.toBe('human-like');
    }
  });

  it.each(omissions)('is hardly ever held against people whose trace lacks something: %s', (omission) => {
    const verdicts = styles.flatMap((style) =>
      Array.from({ length: 25 }, (_, index) => {
        const { task, trace } = solvedBy(style, `without ${index}`);
        return gradeTrace(task, leaveOut(omission, trace)).verdict;
      }),
    );
    expect(verdicts.filter((verdict) => verdict === 'machine-like').length).toBeLessThanOrEqual(6);
  });
});

describe('digests', () => {
  it('of a copy are those of the original, wherever and whenever it is sent', () => {
    for (const style of ['mouse', 'touch', 'keyboard', 'sound-touch'] as const) {
      const { trace } = solvedBy(style, `copied ${style}`);
      const copy = change(trace, ({ n, x = 0, y = 0, ...event }) => ({
        ...event,
        t: event.t + 4_711,
        ...(n !== undefined && { n: 7 - n }),
        ...(event.e !== 'key' && { x: 1 - x, y: y / 2 }),
      }));
      expect(traceDigests(trace)).not.toEqual([]);
      expect(traceDigests(copy)).toEqual(traceDigests(trace));
    }
  });

  it('know most copies whose times were stretched', () => {
    let known = 0;
    for (let index = 0; index < 60; index += 1) {
      const { trace } = solvedBy('touch', `stretched ${index}`);
      const copy = change(trace, (event) => ({ ...event, t: Math.round(event.t * 1.04) }));
      if (traceDigests(copy).some((digest) => traceDigests(trace).includes(digest))) known += 1;
    }
    expect(known).toBeGreaterThan(36);
  });

  it('are not made of traces that others could have as well', () => {
    expect(traceDigests(traceOf([]))).toEqual([]);
    expect(traceDigests(traceOf(picksAt(100, 200, 300, 400)))).toEqual([]);
    const threeKeys: TraceEvent[] = [800, 1_600, 2_500].flatMap((t) => [
      { t, e: 'key' },
      { t: t + 2, e: 'pick', n: 1 },
    ]);
    expect(traceDigests(traceOf(threeKeys, 'keyboard'))).toEqual([]);
    const coarse = change(solvedBy('touch', 'coarse').trace, (event) => ({
      ...event,
      t: Math.floor(event.t / 100) * 100,
    }));
    expect(traceDigests(coarse)).toEqual([]);
  });

  it('differ between people', () => {
    const all = styles.flatMap((style) =>
      Array.from({ length: 40 }, (_, index) =>
        traceDigests(solvedBy(style, `someone ${index}`).trace),
      ).flat(),
    );
    expect(new Set(all).size).toBe(all.length);
  });
});
