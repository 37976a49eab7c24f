import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, createClient } from '#contract/client.ts';
import { botSuspectedDetail, detectorDemotedDetail, type VerdictWord } from '#contract/findings.ts';
import { readDetected } from '#core/challenge/risk/detected-store.ts';
import { emptyLog, withEvents } from '#core/detection/activity/account-log.ts';
import { encodeLog } from '#core/detection/activity/encode-log.ts';
import { toLoggedEvent } from '#core/detection/activity/to-logged-event.ts';
import { featuresOf } from '#core/detection/features/catalogue.ts';
import { emitFindings } from '#core/detection/findings/emit-findings.ts';
import { packDoubles, unpackDoubles } from '#core/detection/findings/finding.ts';
import { applyVerdict, giveVerdict } from '#core/detection/findings/give-verdict.ts';
import { listFindings, showFinding, showRecord } from '#core/detection/findings/list-findings.ts';
import { chunksStore } from '#core/detection/ingest/chunks-store.ts';
import { pseudonymsStore } from '#core/detection/ingest/pseudonyms-store.ts';
import { demoteRelease, promoteRelease } from '#core/detection/releases/move-release.ts';
import { forgettingStore } from '#core/detection/scoring/forgetting-store.ts';
import { liftFriction } from '#core/detection/scoring/lift-friction.ts';
import type { ScoringMessage } from '#core/detection/scoring/queue-gateway.ts';
import { activeOf } from '#core/detection/scoring/run-planner.ts';
import { scoreAccount } from '#core/detection/scoring/score-account.ts';
import { finding as showAnswer } from '#lambdas/shell/detection-answers.ts';
import { aBot, aModelFile, aPerson, day, hour } from '#test/support/detection-accounts.ts';
import { type Engine, startEngine } from '#test/support/engine.ts';
import { failingAt } from '#test/support/failing.ts';
import { type Marketplace, openMarketplace } from '#test/support/marketplace.ts';
import { aScoringWorld, type ScoringWorldOptions } from '#test/support/scoring-world.ts';
import { copyItems, itemsOf } from '#test/support/table-copies.ts';

const run = promisify(execFile);
let engine: Engine;
beforeAll(async () => {
  engine = await startEngine();
});
afterAll(() => engine.stop());

type World = Awaited<ReturnType<typeof aScoringWorld>>;
const world = (options: ScoringWorldOptions = {}) => aScoringWorld(engine, options);
const from = Date.UTC(2027, 0, 4, 8);
const keyOf = (name: string) => Buffer.from(name.padEnd(16, '.')).toString('base64url');
const model = (here: World) => here.deps.detectors.models[0]?.releaseId ?? '';

const findingsOf = async ({ deps }: World) => (await listFindings(deps.findings, {})).findings;
/** Of all accounts, as much as one hour of planning and scoring makes of them. */
const scored = async (here: World, ...accounts: ReturnType<typeof aBot>[]) => {
  await here.arrive(accounts.flat());
  await here.hour();
};
/** One account alone, without a batch around it. */
const lookedAfter = async ({ deps }: World, accountKey: string, batchId = 'a batch') =>
  scoreAccount({ ...deps, active: activeOf(await deps.releases.list()) }, accountKey, batchId);
/** Verdicts of one reviewer on findings of as many bots. */
const judge = async (here: World, evidenceIds: readonly string[], verdict: VerdictWord) => {
  for (const evidenceId of evidenceIds) {
    await giveVerdict(
      { ...here.deps, tell: async () => {} },
      { evidenceId, verdict, rationale: 'looked at all of it', reviewer: 'analyst' },
    );
    const [given] = (await here.deps.findings.verdicts(evidenceId)).slice(-1);
    if (given) await applyVerdict(here.deps, given);
  }
};
/** As many bots as prove a precision of .5, found, confirmed and the model promoted. */
const activated = async () => {
  const here = await world({ clock: { at: from + 8 * day + 2 * hour } });
  await scored(here, ...Array.from({ length: 6 }, (_, index) => aBot(keyOf(`bot-${index}`), from)));
  await here.plan();
  const found = await findingsOf(here);
  await judge(
    here,
    found.map(({ evidenceId }) => evidenceId),
    'confirmed',
  );
  const promotion = { releaseId: model(here), by: 'approver', rationale: 'six of six' };
  expect(await promoteRelease(here.deps, promotion)).toMatchObject({ status: 'moved' });
  return { at: here.clock.at, items: await itemsOf(engine, here.tables.detection) };
};
let first: Awaited<ReturnType<typeof activated>>;
beforeAll(async () => {
  first = await activated();
});
/** Tables of their own, with that in them. */
const active = async (options: ScoringWorldOptions = {}) => {
  const tables = { detection: await engine.createTable(), challenges: await engine.createTable() };
  await copyItems(engine, tables.detection, first.items);
  return world({ tables, clock: { at: first.at }, ...options });
};

describe('a finding', () => {
  it('is what its events give by the one definition, whenever they arrive', async () => {
    const bot = aBot(keyOf('bot'), from);
    const here = await world({ clock: { at: from + hour } });
    // Twice a day, shortly after a look is due and before it is done; some events come twice.
    for (let next = 0; here.clock.at < from + 6 * day; here.clock.at += 12 * hour) {
      const arrived = bot.filter(({ ts }) => ts <= here.clock.at);
      await here.arrive(arrived.slice(Math.max(0, next - 20)));
      next = arrived.length;
      await lookedAfter(here, keyOf('bot'), `batch-${next}`);
    }
    const [finding] = await findingsOf(here);
    const record = await here.deps.findings.record(finding?.evidenceId ?? '');
    if (!finding || !record) throw new Error('nothing was found');
    const log = withEvents(emptyLog(), bot.filter(({ ts }) => ts <= finding.lookedAt).map(toLoggedEvent));
    expect(record.log).toBe(Buffer.from(encodeLog(log)).toString('base64'));
    const { valueEdges } = aModelFile();
    const graph = { component: 1, synchrony: Number.NaN };
    expect(record.row).toBe(packDoubles(featuresOf(log, finding.lookedAt, { valueEdges, graph })));
    expect(finding).toMatchObject({ state: 'found', lookedAt: (bot[0]?.ts ?? 0) + 4 * day });
  });

  it('is one of its release in an account-month, of bots and not of people', async () => {
    const here = await world({ clock: { at: from + 8 * day + 2 * hour } });
    await scored(here, aBot(keyOf('bot'), from), aPerson(keyOf('person'), from));
    await here.hour();
    await here.hour();
    expect(await findingsOf(here)).toMatchObject([{ kind: 'model', accountKey: keyOf('bot') }]);
    expect(here.failures).toEqual([]);
  });

  it('of a release in shadow is shown, and never told', async () => {
    const here = await world({ clock: { at: from + 8 * day + 2 * hour } });
    await scored(here, aBot(keyOf('bot'), from));
    await here.hour();
    await here.hour();
    expect(await findingsOf(here)).toMatchObject([{ state: 'shadow', qValue: 1 / 2_000 }]);
    expect(here.told).toEqual([]);
    expect(here.frictions).toEqual([]);
    const [finding] = await findingsOf(here);
    here.clock.at += 366 * day;
    expect(await here.deps.findings.find(finding?.evidenceId ?? '')).toBeUndefined();
  });

  it('of the blind sample has no release, and counts for none', async () => {
    const here = await world({ clock: { at: from + 31 * day }, policy: { sampleShare: 1 } });
    await scored(here, aPerson(keyOf('person'), from, 30));
    const [finding] = await findingsOf(here);
    expect(finding).toMatchObject({ kind: 'sample', release: 'sample', state: 'shadow' });
    const evidenceId = finding?.evidenceId ?? '';
    const shown = async () => {
      const answer = showAnswer(await showFinding(here.deps.findings, evidenceId));
      return 'body' in answer ? answer.body : undefined;
    };
    expect(await shown()).not.toHaveProperty('pValue');
    expect(await shown()).not.toHaveProperty('reasons');
    expect(await showRecord(here.deps.findings, evidenceId)).toBeUndefined();
    await judge(here, [evidenceId], 'dismissed');
    expect(await shown()).toMatchObject({ verdict: 'dismissed', pValue: expect.any(Number) });
    expect(await showRecord(here.deps.findings, evidenceId)).toMatchObject({ kind: 'sample' });
    const [{ release } = { release: { verdicts: [1] } }] = await here.deps.releases.list();
    expect(release.verdicts).toEqual([]);
  });
});

describe('the company of an account', () => {
  const onOnePhone = (name: string) =>
    aBot(keyOf(name), from).map((event) => ({ ...event, deviceId: 'the phone of a service' }));

  it('is counted as it is scored, and is part of the evidence', async () => {
    const here = await world({ clock: { at: from + day } });
    const accounts = [...['one', 'two', 'three', 'four'].map(onOnePhone), aBot(keyOf('alone'), from)];
    for (const at of [from + day, from + 6 * day + 2 * hour]) {
      here.clock.at = at;
      await here.arrive(accounts.flat().filter(({ ts }) => ts <= at));
      for (const [event] of accounts) await lookedAfter(here, event?.accountId ?? '');
    }
    const components = (await findingsOf(here)).map(async ({ accountKey, evidenceId }) => {
      const { numbers = {} } = (await here.deps.findings.record(evidenceId)) ?? {};
      return [accountKey, unpackDoubles(numbers.component ?? '')[0]];
    });
    expect(Object.fromEntries(await Promise.all(components))).toEqual({
      ...Object.fromEntries(['one', 'two', 'three', 'four'].map((name) => [keyOf(name), 4])),
      [keyOf('alone')]: 1,
    });
    // Noted once, and not again for what came in the same day.
    const rows = async () =>
      (await itemsOf(engine, here.tables.detection)).filter(({ pk }) => pk?.S?.startsWith('G#'));
    const before = await rows();
    expect(before).toHaveLength(5);
    here.clock.at += 6 * hour;
    await here.arrive(onOnePhone('one').filter(({ ts }) => ts <= here.clock.at));
    await lookedAfter(here, keyOf('one'));
    expect(await rows()).toEqual(before);
    here.clock.at += 32 * day;
    const phones = before.map(({ pk }) => here.deps.identifiers.accountsOf(pk?.S?.slice(2) ?? ''));
    expect((await Promise.all(phones)).flat()).toEqual([]);
  });
});

it('phones of an account are noted up to 64, the last ones', async () => {
  const { deps, tables } = await world({ clock: { at: from } });
  const phones = (first: number, count: number) =>
    new Map(Array.from({ length: count }, (_, index) => [`device ${first + index}`, from + first]));
  const note = async (borne: ReadonlyMap<string, number>) =>
    deps.identifiers.note(keyOf('many'), await deps.identifiers.read(keyOf('many')), borne);
  await note(phones(0, 50));
  await note(phones(50, 50));
  const rows = (await itemsOf(engine, tables.detection)).filter(({ pk }) => pk?.S?.startsWith('G#'));
  expect(rows).toHaveLength(64);
  expect(await deps.identifiers.accountsOf('device 99')).toEqual([keyOf('many')]);
  expect(await deps.identifiers.read(keyOf('many'))).toHaveProperty('size', 64);
});

describe('an account whose driver left', () => {
  it('leaves neither what it did nor what was found of it', async () => {
    const here = await active();
    await scored(here, aBot(keyOf('gone'), from), aBot(keyOf('stays'), from));
    await here.hour();
    const found = await findingsOf(here);
    const { evidenceId = '' } = found.find(({ accountKey }) => accountKey === keyOf('gone')) ?? {};
    await judge(here, [evidenceId], 'confirmed');
    const rows = async (named: string) =>
      (await itemsOf(engine, here.tables.detection))
        .filter((item) => JSON.stringify(item).includes(named))
        .map(({ pk }) => pk?.S?.split('#')[0] ?? '');
    const left = await rows(keyOf('stays'));
    const forgetting = forgettingStore({
      ...here.deps,
      database: engine.client,
      table: here.tables.detection,
    });
    await forgetting.forget(keyOf('gone'));
    await forgetting.forget(keyOf('gone'));
    // The random name stays in lists that end, and the verdict with the release that it is about.
    for (const kind of await rows(keyOf('gone'))) expect(['BATCH', 'LOOK', 'NEWS']).toContain(kind);
    for (const kind of await rows(evidenceId)) expect(['BATCH', 'RELEASES']).toContain(kind);
    expect(await rows(keyOf('stays'))).toEqual(left);
    expect((await findingsOf(here)).map(({ accountKey }) => accountKey)).not.toContain(keyOf('gone'));
  });
});

describe('a release that acts', () => {
  it('tells the bus once, puts friction until a day after the next look, and goes back by itself when people dismiss it', async () => {
    const here = await active({ policy: { emissionJitterHours: 6 } });
    await scored(here, aBot(keyOf('another'), from));
    const driverId = `driver-of-${keyOf('another')}`;
    // The next look is on day 9.
    const until = (await findingsOf(here))[0]?.monthStart ?? 0;
    expect(here.frictions).toEqual([{ driverId, points: 3, until: until + 10 * day }]);
    expect(await readDetected(engine.client, here.tables.challenges, here.clock.at)).toEqual(
      new Map([[driverId, 3]]),
    );
    await here.plan();
    const [due] = await findingsOf(here);
    expect(due?.state).toBe('due');
    for (let hours = 0; hours < 8; hours += 1) await here.hour();
    expect(here.told.map(({ type }) => type)).toEqual(['bot-suspected']);
    expect(botSuspectedDetail.parse(here.told[0]?.detail)).toMatchObject({
      evidenceId: due?.evidenceId,
      driverId,
      release: model(here),
      pValue: 1 / 2_000,
      families: ['reaction', 'polling'],
    });
    await judge(here, [due?.evidenceId ?? ''], 'dismissed');
    expect(here.told.map(({ type }) => type)).toEqual(['bot-suspected', 'detector-demoted']);
    expect(detectorDemotedDetail.parse(here.told[1]?.detail)).toMatchObject({ confirmed: 6, dismissed: 1 });
    expect((await here.deps.releases.find(model(here)))?.release.state).toBe('shadow');
  });

  it('tells of an account in several hands by an event of its own', async () => {
    const here = await active({ policy: { emissionJitterHours: 6 } });
    await scored(here, aBot(keyOf('another'), from));
    await here.plan();
    here.clock.at += 8 * hour;
    const release = 'credential-sharing-v2';
    const find = async (evidenceId: string) => {
      const found = await here.deps.findings.find(evidenceId);
      return found && { ...found, release };
    };
    const deps = { ...here.deps, findings: { ...here.deps.findings, find } };
    expect(await emitFindings(deps, new Set([release]))).toMatchObject({ emitted: 1 });
    expect(here.told.map(({ type }) => type)).toEqual(['credentials-shared']);
    expect(botSuspectedDetail.parse(here.told[0]?.detail)).toMatchObject({ release });
    expect(here.frictions).toHaveLength(1);
  });

  it('is not told of what people dismissed meanwhile, or of an account that is nobody’s', async () => {
    const here = await active({ policy: { emissionJitterHours: 1 } });
    const gone = keyOf('gone');
    here.deps.driverOf = async (accountKey) => (accountKey === gone ? undefined : 'somebody');
    await scored(here, aBot(gone, from), aBot(keyOf('dismissed'), from));
    const dismissed = (await findingsOf(here)).find(({ accountKey }) => accountKey === keyOf('dismissed'));
    await here.deps.findings.noteVerdict(dismissed?.evidenceId ?? '', 'dismissed');
    for (let hours = 0; hours < 4; hours += 1) await here.hour();
    const states = (await findingsOf(here)).map(({ accountKey, state }) => [accountKey, state]);
    expect(Object.fromEntries(states)).toMatchObject({ [gone]: 'gone', [keyOf('dismissed')]: 'shadow' });
    expect(here.told).toEqual([]);
  });

  it('puts no friction in the month in which people dismissed what it found', async () => {
    const here = await active();
    await scored(here, aBot(keyOf('wrong'), from, 10));
    const [finding] = await findingsOf(here);
    const dismissed = { evidenceId: finding?.evidenceId ?? '', verdict: 'dismissed' } as const;
    expect(await liftFriction(here.deps, { ...dismissed, verdict: 'confirmed' })).toBe('kept');
    expect(await liftFriction(here.deps, dismissed)).toBe('lifted');
    expect(await readDetected(engine.client, here.tables.challenges, here.clock.at)).toEqual(new Map());
    await here.deps.findings.noteVerdict(dismissed.evidenceId, 'dismissed');
    here.clock.at += 3 * day;
    await here.arrive(aBot(keyOf('wrong'), from, 10).slice(-10));
    await lookedAfter(here, keyOf('wrong'));
    const { lookedAt } = await here.deps.accounts.read(keyOf('wrong'), here.clock.at);
    expect(lookedAt).toBeGreaterThan(finding?.lookedAt ?? 0);
    expect(here.frictions).toHaveLength(1);
  });

  it('stays dismissed, whatever is said later or comes again', async () => {
    const { deps } = await active();
    const [finding] = await deps.findings.list(1).then(({ evidenceIds }) => evidenceIds);
    const evidenceId = finding ?? '';
    const said = (verdict: VerdictWord, reviewer: string, hours: number) => ({
      ...{ evidenceId, verdict, reviewer, release: 'any', verdictId: `word-of-${reviewer}` },
      decidedAt: new Date(from + 9 * day + hours * hour).toISOString(),
    });
    const confirmed = said('confirmed', 'one', 0);
    for (const given of [confirmed, said('dismissed', 'two', 1), said('unsure', 'three', 2), confirmed]) {
      expect(await applyVerdict(deps, given)).toMatchObject({ status: 'applied' });
      const word = given === confirmed ? undefined : 'dismissed';
      if (word) expect(await deps.findings.find(evidenceId)).toHaveProperty('verdict', word);
    }
    expect(await deps.findings.find(evidenceId)).toHaveProperty('verdict', 'dismissed');
  });

  it('was in shadow for as long as the policy says', async () => {
    const here = await active({ policy: { shadowDays: 14 } });
    const releaseId = model(here);
    const mover = { releaseId, by: 'approver', rationale: 'seen enough' };
    expect(await demoteRelease(here.deps, mover)).toMatchObject({ status: 'moved' });
    const { bornAt = 0 } = (await here.deps.releases.find(releaseId)) ?? {};
    here.clock.at = bornAt + 14 * day - 1;
    expect(await promoteRelease(here.deps, mover)).toMatchObject({ code: 'precision-unproven' });
    here.clock.at += 1;
    expect(await promoteRelease(here.deps, mover)).toMatchObject({ release: { state: 'active' } });
  });

  it('cannot be made of one whose verdicts do not prove it', async () => {
    const here = await world({ clock: { at: from + 8 * day + 2 * hour } });
    await here.plan();
    const promotion = { releaseId: model(here), by: 'approver', rationale: 'it looks good' };
    expect(await promoteRelease(here.deps, promotion)).toMatchObject({ code: 'precision-unproven' });
  });
});

describe('a batch', () => {
  it('takes what comes after it was decided about into the one that is open then', async () => {
    const here = await active();
    await here.arrive(aBot(keyOf('late'), from));
    await here.plan();
    const late = here.queue.splice(0);
    here.clock.at += 13 * hour;
    await here.plan();
    await here.arrive(aPerson(keyOf('person'), from));
    await here.plan();
    for (const message of [...here.queue.splice(0), ...late]) await here.score(message);
    await here.plan();
    await here.plan();
    expect(here.told.map(({ type }) => type)).toEqual(['bot-suspected']);
  });
});

describe('a scorer that is killed at any of its writes', () => {
  /** Everything but when and how often it was written. */
  const contentOf = async (table: string) =>
    (await itemsOf(engine, table))
      .map(({ vn: _, ttl: __, ...item }) => JSON.stringify(Object.entries(item).sort()))
      .sort();

  it('comes to the same when its message comes again', async () => {
    const here = await active();
    await here.arrive(aBot(keyOf('another'), from));
    await here.plan();
    const message = { ...(here.queue[0] as ScoringMessage), accounts: [keyOf('another')] };
    const needed = /^(A#YW5vdGhlci|RELEASES|BATCH#)/;
    const before = (await itemsOf(engine, here.tables.detection)).filter(({ pk }) =>
      needed.test(pk?.S ?? ''),
    );
    const attempt = async (which?: number, when?: 'before' | 'after') => {
      const fault = failingAt(which, when);
      const tables = { detection: await engine.createTable(), challenges: await engine.createTable() };
      await copyItems(engine, tables.detection, before);
      const clock = { at: here.clock.at };
      const killed = await world({ tables, clock, database: fault.wrap(engine.client) });
      await killed.score(message).catch(() => {});
      const again = await world({ tables, clock });
      await again.score(message);
      return { sent: fault.state.sent, content: await contentOf(tables.detection) };
    };
    const whole = await attempt();
    const writes = whole.sent.flatMap((name, index) => (/^(Get|Query)/.test(name) ? [] : [index + 1]));
    expect(writes.length).toBeGreaterThan(4);
    // After a write is before the next one, but for the last.
    const last = writes.at(-1) ?? 0;
    for (const [call, when] of [...writes.map((each) => [each, 'before'] as const), [last, 'after'] as const])
      expect((await attempt(call, when)).content, `${when} call ${call}`).toEqual(whole.content);
  });
});

describe('the whole of it, as it is deployed,', () => {
  let market: Marketplace;
  let analyst: Client;
  let approver: Client;
  let database: DynamoDBClient;
  beforeAll(async () => {
    market = await openMarketplace();
    database = new DynamoDBClient({
      region: 'us-west-2',
      endpoint: market.system.endpoints.dynamodb ?? '',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
    const operator = async (name: string) =>
      createClient({
        origin: market.system.url,
        token: await market.system.signIn(`${name}@evenfield.test`),
      });
    [analyst, approver] = [await operator('analyst'), await operator('approver')];
  });
  afterAll(() => market?.stop());

  /** Waits for what queues and the bus bring. */
  const eventually = async <T>(look: () => Promise<T | undefined>): Promise<T> => {
    for (const patience = Date.now() + 30_000; Date.now() < patience; ) {
      const seen = await look();
      if (seen !== undefined) return seen;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error('it did not come');
  };
  const table = (name: string) =>
    market.system
      .resources()
      .find(({ type, logicalId }) => type.startsWith('AWS::DynamoDB') && logicalId.startsWith(name))
      ?.physicalId ?? '';
  const detected = () => readDetected(database, table('ChallengesTable'), Date.now());
  /** As many bots as that, known to the service as drivers, and old enough to be judged. */
  const arrive = async (...names: string[]) => {
    const surroundings = { now: Date.now, random: Math.random, sleep: async () => {} };
    const pseudonyms = pseudonymsStore({
      ...surroundings,
      database,
      table: table('ActivityPseudonyms'),
      retentionDays: 7,
      newKey: () => randomBytes(16).toString('base64url'),
    });
    const keys = await pseudonyms.of(names);
    const chunks = chunksStore({ ...surroundings, database, table: table('ActivityTable') });
    const start = Date.now() - 6 * day - 2 * hour;
    await chunks.store([...keys.values()].flatMap((key) => aBot(key, start, 5)));
    return [...keys.values()];
  };
  const list = async () => {
    const answer = await analyst.listFindings();
    return answer.ok ? answer.body.findings : [];
  };
  const settled = (count: number) =>
    eventually(async () => {
      await market.run('DetectionPlanner');
      const found = (await list()).filter(({ kind, state }) => kind === 'model' && state !== 'found');
      return found.length === count ? found : undefined;
    });
  const detector = async (releaseId: string) => {
    const answer = await analyst.listDetectors();
    return answer.ok ? answer.body.detectors.find((one) => one.releaseId === releaseId) : undefined;
  };

  it('finds, is judged, acts, tells, errs and stops', async () => {
    await arrive(...Array.from({ length: 17 }, (_, index) => `driver-${index}`));
    const found = await settled(17);
    const releaseId = found[0]?.release ?? '';
    const params = { releaseId };
    expect(new Set(found.map(({ state }) => state))).toEqual(new Set(['shadow']));
    const body = { rationale: 'reviewed all that it found' };
    expect(await approver.promoteDetector({ params, body })).toMatchObject({
      status: 409,
      body: { code: 'precision-unproven' },
    });
    expect(await analyst.promoteDetector({ params, body })).toMatchObject({ status: 403 });

    const word = { verdict: 'confirmed', rationale: 'every pause is like the other' } as const;
    for (const { evidenceId } of found)
      expect(await analyst.giveVerdict({ params: { evidenceId }, body: word })).toMatchObject({
        status: 201,
      });
    const [one] = found;
    const named = { evidenceId: one?.evidenceId ?? '' };
    expect(
      await analyst.giveVerdict({ params: named, body: { ...word, verdict: 'dismissed' } }),
    ).toMatchObject({ body: { code: 'verdict-given' } });
    await eventually(async () =>
      (await detector(releaseId))?.precision.confirmed === 17 ? true : undefined,
    );
    expect(await approver.promoteDetector({ params, body })).toMatchObject({ body: { state: 'active' } });

    const [accountKey] = await arrive('the-next-one');
    const emitted = await eventually(async () => {
      await market.run('DetectionPlanner');
      return (await list()).find(({ state }) => state === 'emitted');
    });
    const shown = await analyst.getFinding({ params: { evidenceId: emitted.evidenceId } });
    expect(shown.body).toMatchObject({ accountKey, state: 'emitted' });
    expect((shown.body as { families?: string[] }).families).toEqual(
      expect.arrayContaining(['reaction', 'polling']),
    );

    const { stdout } = await run(process.execPath, [
      'bin/replay.ts',
      emitted.evidenceId,
      '--api',
      market.system.url,
    ]);
    expect(stdout).toMatch(/\nsame {7}score: .*\n/);
    expect(stdout).toMatch(/\n\d{2} compared, all the same\n$/);

    expect(await detected()).toEqual(new Map([['the-next-one', 3]]));
    const wrong = { verdict: 'dismissed', rationale: 'this one has a helper who refreshes' } as const;
    await analyst.giveVerdict({ params: { evidenceId: emitted.evidenceId }, body: wrong });
    // The case that it opened keeps its friction until a person decides about the case.
    const { body: waiting } = await analyst.listCases({ query: {} });
    for (const { caseId } of 'cases' in waiting ? waiting.cases : [])
      await analyst.decideCase({
        params: { caseId },
        body: { action: 'dismiss', rationale: wrong.rationale },
      });
    await eventually(async () => ((await detected()).size === 0 ? true : undefined));
    const demoted = await eventually(async () => {
      const seen = await detector(releaseId);
      return seen?.state === 'shadow' ? seen : undefined;
    });
    expect(demoted).toMatchObject({
      running: true,
      precision: { confirmed: 17, dismissed: 1, bound: 0.8 },
      history: [{ step: 'promote', ...body }, { step: 'demote' }],
    });
  });
});
