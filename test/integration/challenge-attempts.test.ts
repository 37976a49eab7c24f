import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AttemptDeps, attemptChallenge, type Grade } from '#core/challenge/attempt-challenge.ts';
import { mostAttempts } from '#core/challenge/challenge.ts';
import { challengesStore } from '#core/challenge/challenges-store.ts';
import { checkClearance } from '#core/challenge/clearance.ts';
import { extendChallenge } from '#core/challenge/extend-challenge.ts';
import { issuingStore } from '#core/challenge/issuing-store.ts';
import { askPerson, passByPerson } from '#core/challenge/pass-by-person.ts';
import { showChallenge } from '#core/challenge/show-challenge.ts';
import { listWaiting } from '#core/challenge/waiting-store.ts';
import { blockItem, readBlock } from '#core/offers/blocks-store.ts';
import type { Database } from '#core/shared/dynamodb-store.ts';
import { aBlock, anOffer, monday, someKeys, unique } from '#test/support/builders.ts';
import { aGuard, someHolds } from '#test/support/challenges.ts';
import { type Engine, startEngine } from '#test/support/engine.ts';

const minute = 60_000;
const start = monday - 24 * 60 * minute;

let engine: Engine;
let tables: { offers: string; challenges: string };
beforeAll(async () => {
  engine = await startEngine();
  tables = { offers: await engine.createTable(), challenges: await engine.createTable() };
});
afterAll(() => engine.stop());

const right: Grade = { status: 'graded', result: 'right', traceDigests: [] };
const unsupported: Grade = { status: 'graded', result: 'unsupported', traceDigests: [] };
const wrong: Grade = { status: 'graded', result: 'wrong', reason: 'not-it', traceDigests: [] };

const answer = (name: string) => ({
  answer: { kind: 'token' as const, taskId: 'external.0', token: name },
});

/** A driver whose claim was challenged, and a function that grades by the name of the answer. */
const aChallengedDriver = async ({
  grades = { right, unsupported, wrong } as Record<string, Grade>,
  database = engine.client as Database,
  driverId = unique('driver'),
  deviceId = unique('phone'),
} = {}) => {
  const clock = { at: start };
  const now = () => clock.at;
  const block = aBlock();
  await engine.client.send(
    new PutItemCommand({ TableName: tables.offers, Item: blockItem(block, 1, 'open', 2_000_000_000) }),
  );
  const guard = aGuard({ database: engine.client, tables, now });
  const offer = anOffer({ ...block, version: 1 });
  const asked = await guard({ requestId: unique('request'), driverId, deviceId }, offer, now());
  if (asked.status !== 'refused' || !asked.challenge) throw new Error('the claim was not challenged');
  const { challengeId } = asked.challenge;
  const deps: AttemptDeps = {
    store: challengesStore(database, tables, someHolds, 30),
    keys: async () => someKeys,
    holds: someHolds,
    grade: async (_, { answer }) => grades[(answer as { token: string }).token.split(' ')[0] ?? ''] ?? wrong,
    now,
    random: Math.random,
    sleep: async () => {},
  };
  const own = { driverId, deviceId, challengeId };
  return {
    ...own,
    block,
    clock,
    deps,
    answer: (name: string, more: object = {}) => attemptChallenge(deps, { ...own, ...answer(name), ...more }),
    extend: () => extendChallenge(deps, own),
    ask: () => askPerson(deps, own),
    pass: (reviewerId = 'analyst') =>
      passByPerson(deps, { driverId, challengeId, reviewerId, rationale: 'spoke on the phone' }),
    show: () =>
      showChallenge(
        {
          ...deps,
          show: async () => ({
            kind: 'external',
            taskId: 'external.0',
            provider: 'turnstile',
            siteKey: '',
            scriptUrl: '',
          }),
        },
        own,
      ),
    stored: () => deps.store.find(driverId, challengeId),
    heldUntil: async () => (await readBlock(engine.client, tables.offers, block.blockId))?.heldUntil,
  };
};

const passed = expect.objectContaining({ status: 'passed' });
const refused = (code: string) => expect.objectContaining({ status: 'refused', code });

describe('an answer', () => {
  it('that is right gives a clearance for this claim, the same one whenever it is sent again', async () => {
    const driver = await aChallengedDriver();
    const first = await driver.answer('right');
    expect(first).toEqual(passed);
    driver.clock.at += 3 * minute;
    expect(await driver.answer('right')).toMatchObject({
      clearance: (first as { clearance: string }).clearance,
    });
    expect(await driver.show()).toMatchObject({ clearance: (first as { clearance: string }).clearance });
    const { driverId, deviceId, block } = driver;
    const claim = { driverId, deviceId, blockId: block.blockId, version: 1, now: driver.clock.at };
    expect(checkClearance(someKeys, (first as { clearance: string }).clearance, claim).status).toBe('valid');
    expect(await driver.answer('another')).toEqual(refused('challenge-spent'));
  });

  it('sent twice, also at the same time, is one attempt with one outcome', async () => {
    const driver = await aChallengedDriver();
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => driver.answer('wrong')));
    expect(outcomes.map(({ status }) => status)).toEqual(outcomes.map(() => 'refused'));
    const told = outcomes.filter((outcome) => (outcome as { code: string }).code !== 'try-again');
    for (const outcome of told) expect(outcome).toMatchObject({ code: 'challenge-failed', attemptsLeft: 2 });
    expect((await driver.stored())?.attempts).toHaveLength(1);
    const both = await Promise.all([driver.answer('right a'), driver.answer('right b')]);
    expect(both.filter(({ status }) => status === 'passed')).toHaveLength(1);
  });

  it('that is wrong three times ends the challenge, and only a person helps then', async () => {
    const driver = await aChallengedDriver();
    for (let left = mostAttempts - 1; left >= 0; left -= 1)
      expect(await driver.answer(`wrong ${left}`)).toMatchObject({
        code: 'challenge-failed',
        attemptsLeft: left,
      });
    expect(await driver.answer('right')).toMatchObject({ code: 'challenge-failed', attemptsLeft: 0 });
    expect((await driver.stored())?.state).toBe('failed');
    expect(await driver.pass()).toMatchObject({ status: 'passed' });
    expect(await driver.show()).toMatchObject({ clearance: expect.any(String) });
  });

  it('that is right with nothing to show how passes with a second one', async () => {
    const driver = await aChallengedDriver();
    expect(await driver.answer('unsupported 1')).toMatchObject({ status: 'continue', attemptsLeft: 3 });
    expect(await driver.answer('unsupported 1')).toMatchObject({ status: 'continue' });
    expect(await driver.answer('wrong')).toMatchObject({ attemptsLeft: 2 });
    expect(await driver.answer('unsupported 2')).toEqual(passed);
  });

  it('of another driver, another phone, or after its time is none', async () => {
    const driver = await aChallengedDriver();
    expect(await driver.answer('right', { driverId: unique('driver') })).toEqual(
      refused('unknown-challenge'),
    );
    expect(await driver.answer('right', { deviceId: unique('phone') })).toEqual(refused('unknown-challenge'));
    driver.clock.at += someHolds.challengeSeconds * 1_000;
    expect(await driver.answer('right')).toEqual(refused('challenge-expired'));
  });

  it('with a trace that was used before fails, on whatever challenge', async () => {
    const digest = unique('trace');
    const copied = { ...right, traceDigests: [digest] };
    const [one, other] = [
      await aChallengedDriver({ grades: { copied } }),
      await aChallengedDriver({ grades: { copied } }),
    ];
    const outcomes = await Promise.all([one.answer('copied'), other.answer('copied')]);
    const results = outcomes.map((outcome) =>
      outcome.status === 'refused' ? (outcome as { reason?: string }).reason : outcome.status,
    );
    expect(results.sort()).toEqual(['copied-trace', 'passed']);
  });

  it('is counted for driver and phone: brute force over challenges ends within the hour', async () => {
    const driverId = unique('driver');
    let answers = 0;
    for (let challenge = 0; challenge < 12; challenge += 1) {
      const driver = await aChallengedDriver({ driverId });
      for (let index = 0; index < mostAttempts; index += 1) {
        const outcome = await driver.answer(`wrong ${index}`);
        if (outcome.status === 'refused' && outcome.code === 'challenge-failed') answers += 1;
        else expect(outcome).toEqual(refused('slow-down'));
      }
    }
    expect(answers).toBe(someHolds.attemptsPerHour);
    const last = await aChallengedDriver({ driverId });
    expect(await last.answer('right')).toEqual(refused('slow-down'));
  });
});

describe('a function that dies', () => {
  /** Lets the nth command of a kind through or not, before it reaches the engine or after. */
  const dying = (commandName: string, when: 'before' | 'after') => {
    let dead = false;
    return {
      send: async (command: { constructor: { name: string } }) => {
        const isIt = !dead && command.constructor.name === commandName;
        if (isIt && when === 'before') {
          dead = true;
          throw Object.assign(new Error('killed'), { name: 'ResourceNotFoundException' });
        }
        const answer = await engine.client.send(command as never);
        if (!isIt) return answer;
        dead = true;
        throw Object.assign(new Error('killed'), { name: 'ResourceNotFoundException' });
      },
    };
  };

  it.each(['before', 'after'] as const)('%s its answer is spent loses nothing', async (when) => {
    const driver = await aChallengedDriver({ database: dying('TransactWriteItemsCommand', when) });
    await expect(driver.answer('right')).rejects.toThrow('killed');
    expect(await driver.answer('right')).toEqual(passed);
    expect((await driver.stored())?.attempts).toHaveLength(1);
  });
});

describe('more time', () => {
  it('is given once, to the challenge and to the hold', async () => {
    const driver = await aChallengedDriver();
    expect(await driver.heldUntil()).toBe(start + minute);
    driver.clock.at += 50_000;
    for (let again = 0; again < 3; again += 1)
      expect(await driver.extend()).toMatchObject({ challenge: { heldUntil: start + 2 * minute } });
    expect(await driver.heldUntil()).toBe(start + 2 * minute);
  });

  it('is not given to a hold that is over, nor past the budget, and nobody is refused for asking', async () => {
    const late = await aChallengedDriver();
    late.clock.at += minute + 1;
    expect(await late.extend()).toMatchObject({ status: 'done', challenge: { heldUntil: start + minute } });
    const driverId = unique('driver');
    const drivers = [];
    for (let index = 0; index < someHolds.perHour; index += 1)
      drivers.push(await aChallengedDriver({ driverId }));
    expect(await drivers.at(-1)?.extend()).toMatchObject({
      status: 'done',
      challenge: { heldUntil: start + minute },
    });
    expect(await drivers.at(-1)?.heldUntil()).toBe(start + minute);
  });
});

describe('a person', () => {
  it('who is asked finds the driver in the list, and lets them pass with a name and a reason', async () => {
    const driver = await aChallengedDriver();
    expect(await driver.ask()).toEqual({ status: 'waiting', askedAt: start });
    driver.clock.at += minute;
    expect(await driver.ask()).toEqual({ status: 'waiting', askedAt: start });
    const isWaiting = async () =>
      (await listWaiting(engine.client, tables.challenges)).waiting.some(
        ({ challengeId }) => challengeId === driver.challengeId,
      );
    expect(await isWaiting()).toBe(true);
    expect(await driver.pass()).toMatchObject({ status: 'passed' });
    expect(await isWaiting()).toBe(false);
    const issuing = issuingStore(engine.client, tables, someHolds);
    expect(await issuing.readClearances(driver.driverId, driver.deviceId, driver.clock.at)).toMatchObject([
      { points: 5 },
    ]);
    expect(await driver.ask()).toMatchObject({ status: 'waiting' });
    expect(await driver.answer('wrong')).toEqual(refused('challenge-spent'));
  });

  it('does not stop the driver from solving meanwhile', async () => {
    const driver = await aChallengedDriver();
    await driver.ask();
    expect(await driver.answer('right')).toEqual(passed);
    expect(await driver.pass()).toMatchObject({ status: 'passed' });
  });
});
