import { createHmac, randomBytes } from 'node:crypto';
import { verifySolution } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { workTask } from '#contract/challenges.ts';
import { makeWork, verifyWork, type WorkSize } from '#core/challenge/work/work.ts';
import { solveWork } from '#phone/work.ts';

const newSeed = () => randomBytes(32).toString('base64url');
const seed = newSeed();
const sizes: WorkSize[] = [1, 2, 3];

const taskOf = async (of: string, size: WorkSize) =>
  workTask.parse({ kind: 'work', taskId: 'work.0', work: await makeWork(of, size) });
const solve = async (of: string, size: WorkSize) => {
  const answer = await solveWork(await taskOf(of, size));
  if (answer.kind !== 'work') throw new Error(answer.kind);
  return { counter: answer.counter, derivedKey: answer.derivedKey };
};

let answer: Awaited<ReturnType<typeof solve>>;
beforeAll(async () => {
  answer = await solve(seed, 1);
});

describe('silent work', () => {
  it.each(sizes)('of size %i is the same whenever its seed is asked for it', async (size) => {
    expect(await taskOf(seed, size)).toEqual(await taskOf(seed, size));
    const others = [await makeWork(newSeed(), size), await makeWork(seed, ((size % 3) + 1) as WorkSize)];
    for (const { parameters } of others) {
      const own = (await makeWork(seed, size)).parameters;
      expect(parameters.nonce).not.toBe(own.nonce);
      expect(parameters.salt).not.toBe(own.salt);
      expect(parameters.keyPrefix).not.toBe(own.keyPrefix);
    }
  });

  it.each(sizes)('of size %i passes when it was done, as often as it is asked', async (size) => {
    const done = await solve(seed, size);
    expect([await verifyWork(seed, size, done), await verifyWork(seed, size, done)]).toEqual([true, true]);
  });

  it('does not pass with the answer of another task', async () => {
    const { counter, derivedKey } = answer;
    const lastDigit = derivedKey.endsWith('0') ? '1' : '0';
    const refused = await Promise.all([
      verifyWork(newSeed(), 1, answer),
      verifyWork(seed, 2, answer),
      verifyWork(seed, 1, { counter: counter + 1, derivedKey }),
      verifyWork(seed, 1, { counter: counter + 2 ** 32, derivedKey }),
      verifyWork(seed, 1, { counter, derivedKey: derivedKey.slice(0, -1) + lastDigit }),
      verifyWork(seed, 1, { counter, derivedKey: derivedKey.toUpperCase() }),
      verifyWork(seed, 1, { counter, derivedKey: derivedKey.slice(0, 32) }),
      verifyWork(seed, 1, { counter, derivedKey: `${derivedKey}00` }),
      verifyWork(seed, 1, { counter, derivedKey: '' }),
    ]);
    expect(refused).toEqual(refused.map(() => false));
  });

  it('shows half of the key that is looked for, and nothing of the counter', async () => {
    const { parameters } = await makeWork(seed, 1);
    expect(answer.derivedKey.startsWith(parameters.keyPrefix)).toBe(true);
    expect(parameters.keyPrefix).toHaveLength(answer.derivedKey.length / 2);
    expect(Object.keys(parameters).sort()).toEqual([
      'algorithm',
      'cost',
      'keyLength',
      'keyPrefix',
      'nonce',
      'salt',
    ]);
  });

  it('is a task that altcha-lib itself accepts, with the same answer', async () => {
    const { parameters } = await makeWork(seed, 1);
    const sorted = JSON.stringify(Object.fromEntries(Object.entries(parameters).sort()));
    const signature = createHmac('sha256', 'secret').update(sorted).digest('hex');
    const verify = (solution: typeof answer) =>
      verifySolution({
        challenge: { parameters, signature },
        solution,
        deriveKey,
        hmacSignatureSecret: 'secret',
      });
    expect(await verify(answer)).toMatchObject({ verified: true });
    expect(await verify({ ...answer, counter: answer.counter + 1 })).toMatchObject({ verified: false });
  });

  it('ends somewhere among the counters of its size', async () => {
    const counters = await Promise.all(
      Array.from({ length: 24 }, async () => (await solve(newSeed(), 1)).counter),
    );
    expect(Math.max(...counters)).toBeLessThan(180);
    expect(new Set(counters).size).toBeGreaterThan(12);
  });

  it('takes whatever is sent for an answer, and throws never', async () => {
    const number = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(2 ** 32, -0, Number.MAX_VALUE));
    const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constant(answer.derivedKey));
    await fc.assert(
      fc.asyncProperty(number, text, async (counter, derivedKey) => {
        const isRight = counter === answer.counter && derivedKey === answer.derivedKey;
        expect(await verifyWork(seed, 1, { counter, derivedKey })).toBe(isRight);
      }),
      { numRuns: 150 },
    );
  });
});
