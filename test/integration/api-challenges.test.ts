import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attemptChallenge } from '#contract/challenges.ts';
import { type Client, createClient } from '#contract/client.ts';
import type { BodyOf } from '#contract/route.ts';
import { personTrace } from '#detector/traces/people.ts';
import { solveWork } from '#phone/work.ts';
import { challengedClaim, factsOf, missesFor, publishedBefore } from '#test/support/challenged.ts';
import { type Marketplace, openMarketplace } from '#test/support/marketplace.ts';

let market: Marketplace;
beforeAll(async () => {
  market = await openMarketplace();
});
afterAll(() => market.stop());

const shown = async (driver: Client, challengeId: string, mode?: 'picture' | 'sound') => {
  const answer = await driver.getChallenge({ params: { challengeId }, query: mode ? { mode } : {} });
  if (!answer.ok || !answer.body.task) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body.task;
};
const attempt = (driver: Client, challengeId: string, body: BodyOf<typeof attemptChallenge>) =>
  driver.attemptChallenge({ params: { challengeId }, body });

/** Solves the object task as a person would, who saw what only the server knows. */
const solve = async (driver: Client, challengeId: string, mode: 'picture' | 'sound', style = 'mouse') => {
  const { taskId } = await shown(driver, challengeId, mode);
  const facts = factsOf(await market.storedChallenge(challengeId), taskId);
  const picks = [...facts.answer];
  return { answer: { kind: 'picks' as const, taskId, picks }, facts, style };
};

/** As long as a person needs to see or hear what is to be known. */
const watched = ({ durationMs }: { durationMs: number }) =>
  new Promise((resolve) => setTimeout(resolve, durationMs));

describe('a claim that stands out', () => {
  it('is challenged, keeps its block, and wins it with the clearance', async () => {
    const driver = await market.driver();
    const { offer, problem, challengeId } = await challengedClaim(market, driver);
    expect(problem).toMatchObject({
      code: 'challenge-required',
      challenge: { rung: 'unlock', state: 'open' },
    });
    const body = { offerToken: offer.offerToken };
    expect((await (await market.driver()).claimBlock({ body })).status).toBe(409);
    const { answer, facts } = await solve(driver, challengeId, 'picture');
    await watched(facts);
    expect((await attempt(driver, challengeId, { answer })).body).toEqual({
      status: 'continue',
      attemptsLeft: 3,
    });
    const second = await solve(driver, challengeId, 'sound');
    await watched(second.facts);
    const passed = await attempt(driver, challengeId, { answer: second.answer });
    if (!passed.ok || passed.body.status !== 'passed') throw new Error(JSON.stringify(passed.body));
    const { clearance } = passed.body;
    expect((await driver.claimBlock({ body: { ...body, clearance } })).status).toBe(201);
    expect((await driver.claimBlock({ body: { ...body, clearance } })).status).toBe(200);
    const [next] = await publishedBefore(market, [{ startsAt: Date.now() + 50 * 3_600_000 }]);
    expect((await driver.claimBlock({ body: { offerToken: next?.offerToken ?? '' } })).status).toBe(201);
  });

  it('asks for silent work first, which a phone does by itself', async () => {
    const driver = await market.driver();
    const { offer, problem, challengeId } = await challengedClaim(market, driver, missesFor.work);
    expect(problem).toMatchObject({ challenge: { rung: 'work' } });
    const task = await shown(driver, challengeId);
    if (task.kind !== 'work') throw new Error(task.kind);
    expect(await shown(driver, challengeId)).toEqual(task);
    const answer = await solveWork(task);
    const passed = await attempt(driver, challengeId, { answer });
    if (!passed.ok || passed.body.status !== 'passed') throw new Error(JSON.stringify(passed.body));
    const body = { offerToken: offer.offerToken, clearance: passed.body.clearance };
    expect((await driver.claimBlock({ body })).status).toBe(201);
  });

  it('is never failed for the way in which a person solves the task', async () => {
    const driver = await market.driver();
    const { challengeId } = await challengedClaim(market, driver);
    const { answer, facts } = await solve(driver, challengeId, 'picture');
    const { trace, elapsedMs } = personTrace('mouse', facts, answer.picks, 'person-7');
    const tooSoon = await attempt(driver, challengeId, { answer, trace });
    expect(tooSoon.body).toMatchObject({ code: 'invalid-request' });
    await new Promise((resolve) => setTimeout(resolve, Math.min(elapsedMs, 30_000)));
    const { body } = await attempt(driver, challengeId, { answer, trace });
    expect(['passed', 'continue']).toContain('status' in body ? body.status : '');
  });

  it('can be let through by a person instead', async () => {
    const driver = await market.driver();
    const { offer, challengeId } = await challengedClaim(market, driver);
    expect((await driver.askPerson({ params: { challengeId } })).status).toBe(202);
    const analyst = createClient({
      origin: market.system.url,
      token: await market.system.signIn('analyst@evenfield.test'),
    });
    const list = await analyst.listWaiting({ query: {} });
    const waiting = list.ok ? list.body.waiting.find((one) => one.challengeId === challengeId) : undefined;
    expect(waiting).toMatchObject({ blockId: offer.blockId, reasons: ['many-attempts', 'many-misses'] });
    const params = { driverId: waiting?.driverId ?? '', challengeId };
    const passed = await analyst.passChallenge({ params, body: { rationale: 'called back, it is her' } });
    expect(passed.body).toEqual({ challengeId, state: 'passed' });
    const seen = await driver.getChallenge({ params: { challengeId }, query: {} });
    const clearance = seen.ok ? seen.body.clearance : undefined;
    expect(clearance).toBeTypeOf('string');
    const body = { offerToken: offer.offerToken, ...(clearance && { clearance }) };
    expect((await driver.claimBlock({ body })).status).toBe(201);
  });

  it('gets more time when it asks', async () => {
    const driver = await market.driver();
    const { problem, challengeId } = await challengedClaim(market, driver);
    const more = await driver.extendChallenge({ params: { challengeId } });
    const heldUntil = more.ok ? Date.parse(more.body.heldUntil ?? '') : Number.NaN;
    expect(heldUntil - Date.parse(problem.heldUntil ?? '')).toBe(60_000);
  });
});

describe('a bad answer', () => {
  let driver: Client & { token: string };
  let challengeId: string;
  let taskId: string;
  beforeAll(async () => {
    driver = await market.driver();
    ({ challengeId } = await challengedClaim(market, driver));
    ({ taskId } = await shown(driver, challengeId, 'picture'));
  });
  const path = () => attemptChallenge.path.replace('{challengeId}', challengeId);
  const send = (body: string) =>
    fetch(`${market.system.url}${path()}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${driver.token}`, 'content-type': 'application/json' },
      body,
    });
  const picks = (more: object = {}) => ({ kind: 'picks', taskId, picks: [0, 1, 2, 3], ...more });
  const trace = (...events: object[]) => ({ v: 1, input: 'mouse', events });

  it.each([
    ['nothing', { answer: undefined }],
    ['an unknown kind', { answer: { kind: 'guess' } }],
    ['picks that are no numbers', { answer: picks({ picks: ['0'] }) }],
    ['too many picks', { answer: picks({ picks: Array.from({ length: 9 }, () => 1) }) }],
    ['another kind of task', { answer: picks({ taskId: 'work.0' }) }],
    ['an unknown field', { answer: picks(), traces: [] }],
    ['a negative time', { answer: picks(), trace: trace({ t: -1, e: 'move' }) }],
    ['a time that is no number', { answer: picks(), trace: trace({ t: null, e: 'move' }) }],
    ['a time beyond all patience', { answer: picks(), trace: trace({ t: 10 ** 12, e: 'move' }) }],
    ['a time in the future', { answer: picks(), trace: trace({ t: 599_000, e: 'move' }) }],
    ['events out of order', { answer: picks(), trace: trace({ t: 20, e: 'down' }, { t: 10, e: 'up' }) }],
    ['a place outside of everything', { answer: picks(), trace: trace({ t: 1, e: 'move', x: 1e9, y: 0 }) }],
    [
      'too many events',
      { answer: picks(), trace: trace(...Array.from({ length: 700 }, () => ({ t: 1, e: 'key' }))) },
    ],
  ])('%s is refused with its path and costs nothing', async (_, body) => {
    const answer = await send(JSON.stringify({ answer: picks() as object, ...(body as object) }));
    const problem = (await answer.json()) as { code: string; faults: { path: string }[] };
    expect([answer.status, problem.code]).toEqual([400, 'invalid-request']);
    expect(problem.faults[0]?.path).toBeTruthy();
    expect((await market.storedChallenge(challengeId)).attempts).toEqual([]);
  });

  it('NaN, half a JSON and ten megabytes are refused as what they are', async () => {
    const bad = [
      [400, `{"answer":{"kind":"picks","taskId":"${taskId}","picks":[NaN]}}`],
      [400, '{"answer":'],
      [413, JSON.stringify({ answer: picks(), trace: 'x'.repeat(10_000_000) })],
      [413, JSON.stringify({ answer: picks(), trace: 'x'.repeat(70_000) })],
    ] as const;
    for (const [status, body] of bad) expect((await send(body)).status).toBe(status);
    expect((await market.storedChallenge(challengeId)).attempts).toEqual([]);
  });

  it('to a task that was answered already is told so and costs nothing', async () => {
    const params = { challengeId };
    const wrong = { kind: 'picks' as const, taskId, picks: [7, 7, 7, 7] };
    expect((await attempt(driver, challengeId, { answer: wrong })).body).toMatchObject({
      code: 'challenge-failed',
      attemptsLeft: 2,
      otherWays: [{ way: 'picture' }, { way: 'sound' }, { way: 'person' }],
    });
    const late = { ...wrong, picks: [6, 6, 6, 6] };
    expect((await attempt(driver, challengeId, { answer: late })).body).toMatchObject({
      code: 'task-replaced',
    });
    const other = await market.driver();
    expect((await other.getChallenge({ params, query: {} })).body).toMatchObject({
      code: 'unknown-challenge',
    });
    expect((await attempt(other, challengeId, { answer: wrong })).body).toMatchObject({
      code: 'unknown-challenge',
    });
  });
});
