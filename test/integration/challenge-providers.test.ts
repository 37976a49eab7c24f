import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wafCaptcha } from '#contract/challenge-policy.ts';
import type { ChallengeAnswer, TaskMode } from '#contract/challenges.ts';
import { type AttemptDeps, attemptChallenge } from '#core/challenge/attempt-challenge.ts';
import type { Challenge } from '#core/challenge/challenge.ts';
import { challengesStore } from '#core/challenge/challenges-store.ts';
import type { TaskProvider } from '#core/challenge/providers/provider.ts';
import { showChallenge } from '#core/challenge/show-challenge.ts';
import { gradeAnswer, showTask } from '#core/challenge/tasks.ts';
import { blockItem } from '#core/offers/blocks-store.ts';
import type { Database } from '#core/shared/dynamodb-store.ts';
import { aBlock, anOffer, someKeys, unique } from '#test/support/builders.ts';
import { factsOf } from '#test/support/challenged.ts';
import { aGuard, someHolds, someRisk } from '#test/support/challenges.ts';
import { type Engine, startEngine } from '#test/support/engine.ts';
import { aStage, aWafStage, host, noon } from '#test/support/provider-stand-ins.ts';

let engine: Engine;
let tables: { offers: string; challenges: string };
beforeAll(async () => {
  engine = await startEngine();
  tables = { offers: await engine.createTable(), challenges: await engine.createTable() };
});
afterAll(() => engine.stop());

interface Process {
  provider: TaskProvider;
  database: Database;
  headers: Record<string, string>;
}

/** A driver whose claim was challenged on a stage with this provider. */
const aChallengedDriver = async ({ provider, now }: { provider: TaskProvider; now: () => number }) => {
  const driverId = unique('driver');
  const deviceId = unique('phone');
  const block = aBlock();
  await engine.client.send(
    new PutItemCommand({ TableName: tables.offers, Item: blockItem(block, 1, 'open', 2_000_000_000) }),
  );
  const guard = aGuard({ database: engine.client, tables, now });
  const offer = anOffer({ ...block, version: 1 });
  const asked = await guard({ requestId: unique('request'), driverId, deviceId }, offer, now());
  if (asked.status !== 'refused' || !asked.challenge) throw new Error('the claim was not challenged');
  const own = { driverId, deviceId, challengeId: asked.challenge.challengeId };

  const depsOf = (process: Partial<Process>) => {
    const tasks = { risk: someRisk, findUnlockKey: async () => undefined, provider, ...process };
    const { database = engine.client, headers = {} } = process;
    return {
      store: challengesStore(database, tables, someHolds, 30),
      keys: async () => someKeys,
      holds: someHolds,
      show: (challenge: Challenge, mode: TaskMode | undefined) => showTask(tasks, challenge, mode),
      grade: (...[challenge, answered, at]: Parameters<AttemptDeps['grade']>) =>
        gradeAnswer(tasks, challenge, answered, { now: at, headers }),
      now,
      random: Math.random,
      sleep: async () => {},
    };
  };
  const stored = async () => (await depsOf({}).store.find(driverId, own.challengeId)) as Challenge;
  const answer = (answer: ChallengeAnswer, process: Partial<Process> = {}, more = {}) =>
    attemptChallenge(depsOf(process), { ...own, answer, ...more });
  return {
    ...own,
    stored,
    show: async (mode?: TaskMode) => {
      const shown = await showChallenge(depsOf({}), { ...own, mode });
      if (shown.status !== 'shown' || !shown.task) throw new Error('no task was shown');
      return shown.task;
    },
    /** The token as an answer to the first task, however often. */
    send: (token: string, process: Partial<Process> = {}, more = {}) =>
      answer({ kind: 'token', taskId: 'external.0', token }, process, more),
    /** Rightly, with nothing to show how. */
    solve: async (taskId: string) => {
      const { answer: picks } = factsOf(await stored(), taskId);
      return answer({ kind: 'picks', taskId, picks: [...picks] });
    },
    counted: async () => (await stored()).attempts.length,
  };
};

const passed = expect.objectContaining({ status: 'passed' });
const refused = (code: string, more: object = {}) =>
  expect.objectContaining({ status: 'refused', code, ...more });

/** Does not reach the engine when an answer is spent for the first time. */
const killedBeforeSpending = (): Database => {
  let dead = false;
  return {
    send: async (command: { constructor: { name: string } }) => {
      if (dead || command.constructor.name !== 'TransactWriteItemsCommand')
        return engine.client.send(command as never);
      dead = true;
      throw Object.assign(new Error('killed'), { name: 'ResourceNotFoundException' });
    },
  } as Database;
};

describe.each(['turnstile', 'hcaptcha'] as const)('a challenge of a stage with %s', (service) => {
  const start = async () => {
    const stage = await aStage(service);
    const driver = await aChallengedDriver(stage);
    /** A person solves the widget that this driver was shown. */
    const solved = () => stage.solve({ cdata: driver.challengeId });
    return { stage, driver, solved };
  };

  it('shows its widget, and a person who solves it passes', async () => {
    const { stage, driver, solved } = await start();
    expect(await driver.show()).toEqual({ ...stage.provider.view, taskId: 'external.0' });
    const token = solved();
    const outcome = await driver.send(token);
    expect(outcome).toEqual(passed);
    expect(await driver.send(token)).toMatchObject({
      clearance: (outcome as { clearance: string }).clearance,
    });
    expect(await driver.counted()).toBe(1);
  });

  it('shows our own task to whoever asks for a mode', async () => {
    const { driver } = await start();
    expect(await driver.show('picture')).toMatchObject({ kind: 'picture' });
    expect(await driver.show('sound')).toMatchObject({ kind: 'sound' });
  });

  it('is not passed with a token that passed another, whatever the service says', async () => {
    const { stage, driver, solved } = await start();
    const token = solved();
    expect(await driver.send(token)).toEqual(passed);
    const other = await aChallengedDriver(stage);
    expect(await other.send(token)).toEqual(refused('task-replaced'));
    expect(await other.counted()).toBe(0);
    const solvedAt = new Date(stage.now()).toISOString();
    const body = { success: true, challenge_ts: solvedAt, hostname: host, cdata: driver.challengeId };
    stage.faults.push({ body: JSON.stringify(body) });
    const reason = { turnstile: 'foreign-challenge', hcaptcha: 'copied-trace' }[service];
    expect(await other.send(token)).toEqual(refused('challenge-failed', { reason, attemptsLeft: 2 }));
  });

  it('is not passed with a token that was solved for another', async () => {
    const { stage, solved } = await start();
    const token = solved();
    stage.pass(30_000);
    const other = await aChallengedDriver(stage);
    const reason = { turnstile: 'foreign-challenge', hcaptcha: 'solved-before' }[service];
    expect(await other.send(token)).toEqual(refused('challenge-failed', { reason, attemptsLeft: 2 }));
  });

  it("is nobody else's, and the service is not asked about their tokens", async () => {
    const { stage, driver, solved } = await start();
    const other = await aChallengedDriver(stage);
    const theirs = { challengeId: driver.challengeId };
    expect(await other.send(solved(), {}, theirs)).toEqual(refused('unknown-challenge'));
    expect(stage.asked).toEqual([]);
    expect([await driver.counted(), await other.counted()]).toEqual([0, 0]);
  });

  it('that is answered several times at once has one outcome', async () => {
    const { driver, solved } = await start();
    const token = solved();
    const outcomes = await Promise.all(Array.from({ length: 6 }, () => driver.send(token)));
    const again = (await driver.send(token)) as { clearance: string };
    expect(again).toEqual(passed);
    for (const outcome of outcomes)
      if (outcome.status === 'passed') expect(outcome.clearance).toBe(again.clearance);
      else expect(['try-again', 'task-replaced']).toContain((outcome as { code: string }).code);
    expect(await driver.counted()).toBe(1);
  });

  it('shows our own task while the service does not answer, and counts nothing against the driver', async () => {
    const { stage, driver, solved } = await start();
    await driver.show();
    stage.faults.push({ status: 503, body: '' }, { status: 503, body: '' });
    const token = solved();
    expect(await driver.send(token)).toEqual(refused('try-again'));
    expect(await driver.counted()).toBe(0);
    const first = await driver.show();
    expect(first.kind).toBe('picture');
    stage.pass(9_000);
    expect(await driver.solve(first.taskId)).toMatchObject({ status: 'continue', attemptsLeft: 3 });
    const second = await driver.show();
    stage.pass(9_000);
    expect(await driver.solve(second.taskId)).toEqual(passed);
  });

  it('takes the same token when the service is back', async () => {
    const { stage, driver, solved } = await start();
    stage.faults.push({ status: 503, body: '' }, { status: 503, body: '' });
    const token = solved();
    expect(await driver.send(token)).toEqual(refused('try-again'));
    expect(await driver.send(token)).toEqual(passed);
  });

  it('asks for a new token when one went stale, and counts nothing', async () => {
    const { stage, driver, solved } = await start();
    const token = solved();
    stage.pass(301_000);
    expect(await driver.send(token)).toEqual(refused('task-replaced'));
    expect(await driver.counted()).toBe(0);
    expect(await driver.send(solved())).toEqual(passed);
  });

  it('takes the same answer after its function was killed between verifying and spending', async () => {
    const { driver, solved } = await start();
    const token = solved();
    const database = killedBeforeSpending();
    await expect(driver.send(token, { database })).rejects.toThrow('killed');
    expect(await driver.counted()).toBe(0);
    expect(await driver.send(token)).toEqual(passed);
    expect(await driver.counted()).toBe(1);
  });
});

describe('a function that is replaced between verifying and spending', () => {
  it('loses nothing with turnstile', async () => {
    const stage = await aStage('turnstile');
    const driver = await aChallengedDriver(stage);
    const token = stage.solve({ cdata: driver.challengeId });
    await expect(driver.send(token, { database: killedBeforeSpending() })).rejects.toThrow('killed');
    expect(await driver.send(token, { provider: stage.aProcess() })).toEqual(passed);
  });

  it('costs a new widget with hcaptcha, and no attempt', async () => {
    const stage = await aStage('hcaptcha');
    const driver = await aChallengedDriver(stage);
    const token = stage.solve();
    await expect(driver.send(token, { database: killedBeforeSpending() })).rejects.toThrow('killed');
    const provider = stage.aProcess();
    expect(await driver.send(token, { provider })).toEqual(refused('task-replaced'));
    expect(await driver.counted()).toBe(0);
    expect(await driver.send(stage.solve(), { provider })).toEqual(passed);
  });
});

describe('a challenge of a stage with AWS WAF', () => {
  it('is passed once by each token that the firewall vouches for', async () => {
    const { provider } = await aWafStage();
    const stage = { provider, now: () => noon };
    const [driver, other] = [await aChallengedDriver(stage), await aChallengedDriver(stage)];
    const token = unique('token');
    const headers = { [wafCaptcha.tokenHeader]: token, [wafCaptcha.header]: wafCaptcha.values.solved };
    expect(await driver.send(token, { headers })).toEqual(passed);
    expect(await other.send(token, { headers })).toEqual(
      refused('challenge-failed', { reason: 'copied-trace' }),
    );
    const { [wafCaptcha.header]: _, ...withoutWord } = headers;
    const late = await aChallengedDriver(stage);
    expect(await late.send(token, { headers: withoutWord })).toEqual(refused('try-again'));
    expect(await late.counted()).toBe(0);
  });
});
