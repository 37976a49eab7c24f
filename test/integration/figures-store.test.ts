import { afterAll, beforeAll, expect, it } from 'vitest';
import { figuresStore } from '#core/evidence/figures/figures-store.ts';
import { monthlyFigures } from '#core/evidence/figures/monthly.ts';
import { publishable } from '#core/evidence/figures/publish.ts';
import { type Engine, startEngine } from '#test/support/engine.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await startEngine();
});
afterAll(() => engine.stop());

const figuresOf = (month: string) => publishable(monthlyFigures([], month), Date.UTC(2027, 0, 2));

it('gives the figures of the latest month that is over, and the newer ones of the same month', async () => {
  const store = figuresStore(engine.client, await engine.createTable());
  expect(await store.latest(Date.UTC(2027, 0, 1))).toBeUndefined();
  for (const month of ['2026-12', '2026-09', '2026-10', '2027-01']) await store.put(figuresOf(month));
  expect((await store.latest(Date.UTC(2027, 0, 1)))?.month).toBe('2026-12');
  expect((await store.latest(Date.UTC(2026, 11, 31, 23)))?.month).toBe('2026-10');
  expect(await store.latest(Date.UTC(2026, 8, 30))).toBeUndefined();
  const newer = { ...figuresOf('2026-12'), generatedAt: '2027-01-05T00:00:00.000Z' };
  await store.put(newer);
  expect(await store.latest(Date.UTC(2027, 0, 20))).toEqual(newer);
});
