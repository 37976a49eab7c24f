import { describe, expect, it } from 'vitest';
import { trace as traceSchema } from '#contract/challenge-trace.ts';
import { checkTrace } from '#core/challenge/grading/check-trace.ts';
import { traceDigests } from '#core/challenge/grading/trace-digest.ts';
import committed from '#core/challenge/grading/trace-model.json' with { type: 'json' };
import { gradeTrace } from '#core/challenge/grading/trace-model.ts';
import { chanceOf } from '#detector/traces/chance.ts';
import { evaluateStyle } from '#detector/traces/evaluate.ts';
import { someFacts } from '#detector/traces/facts.ts';
import { personTrace, styles } from '#detector/traces/people.ts';
import { committedOptions, trainingHash, trainModel } from '#detector/traces/train.ts';
import { traceAdversaries } from '#test/adversaries/trace-adversaries.ts';

describe('the model of traces', () => {
  it('is the one that this code trains', () => {
    expect(committed.trainedWith).toBe(trainingHash(committedOptions));
  });

  it('is the same, byte by byte, when it is trained again', () => {
    const train = () => JSON.stringify(trainModel({ seed: 7, people: 15 }));
    const model = train();
    expect(train()).toBe(model);
    expect(Object.keys(JSON.parse(model).columns).length).toBeGreaterThan(20);
  });

  it.each(styles)('lets people pass who solve it like this: %s', (style) => {
    const n = 100;
    const { outcomes, verdicts } = evaluateStyle(committed, style, 2, n);
    expect(outcomes.failed).toBeLessThanOrEqual(n * 0.03);
    expect(verdicts['machine-like']).toBeLessThanOrEqual(n * 0.04);
  });
});

/** How challenges of a program end that has the right answers: by a trace like a person's, by two answers, or not. */
const attack = (adversary: (typeof traceAdversaries)[number], n: number) => {
  const ends = { byTrace: 0, byAnswers: 0, failed: 0 };
  for (let index = 0; index < n; index += 1) {
    const chance = chanceOf(`${adversary.name} ${index}`);
    const recordedFacts = someFacts('picture', `recorded ${index}`);
    const style = chance.pick(['mouse', 'touch'] as const);
    const recorded = personTrace(style, recordedFacts, recordedFacts.answer, `recorded ${index}`).trace;
    const seen = new Set(traceDigests(recorded));
    let [failures, answers, end] = [0, 0, 'failed' as keyof typeof ends];
    for (let attempt = 1; failures < 3; attempt += 1) {
      const facts = someFacts('picture', `attacked ${index} ${attempt}`);
      const { moments: _, answer, ...served } = facts;
      const trace = adversary.trace(served, answer, recorded, recordedFacts.answer, chance.next);
      if (trace) {
        expect(traceSchema.safeParse(trace).error).toBeUndefined();
        expect(checkTrace(trace, 600_000, facts, answer)).toEqual([]);
      }
      const isKnown = trace && traceDigests(trace).some((digest) => seen.has(digest));
      const verdict = isKnown ? 'machine-like' : gradeTrace(facts, trace).verdict;
      if (verdict === 'machine-like') failures += 1;
      if (verdict === 'neutral') answers += 1;
      if (verdict === 'human-like') end = 'byTrace';
      else if (answers === 2) end = 'byAnswers';
      if (end !== 'failed') break;
    }
    ends[end] += 1;
  }
  return ends;
};

describe('a program that has the right answers', () => {
  it.each(traceAdversaries)('hardly ever passes by its trace: $name', (adversary) => {
    const n = 80;
    // One in twenty, and what chance adds to that in so few.
    expect(attack(adversary, n).byTrace).toBeLessThanOrEqual(n * 0.05 + 4);
  });

  it('passes by two answers when it sends nothing, which the answers have to stand against', () => {
    const silent = traceAdversaries.find(({ name }) => name === 'no trace');
    expect(silent && attack(silent, 5)).toEqual({ byTrace: 0, byAnswers: 5, failed: 0 });
  });
});
