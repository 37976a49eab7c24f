import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ActivityEvent, activityEvent } from '#contract/activity.ts';
import { checkRealism } from '../../arena/offline/check.ts';
import { cohortNames } from '../../arena/offline/cohorts.ts';
import { families } from '../../arena/offline/families/index.ts';
import { generate } from '../../arena/offline/generate.ts';
import { fieldGroups } from '../../arena/offline/log.ts';
import type { Plan } from '../../arena/offline/population.ts';

const plan: Plan = {
  accounts: 150,
  days: 8,
  bots: 0.4,
  seed: 'generator',
  shards: 2,
  clockMs: 1,
  without: [],
};

let root: string;
const filesOf = async (folder: string) => {
  const names = (await readdir(join(root, folder))).sort();
  return Promise.all(names.map(async (name) => [name, await readFile(join(root, folder, name))] as const));
};
const made = async (folder: string, changes: Partial<Plan> = {}, threads = 1) => {
  await generate({ ...plan, ...changes }, join(root, folder), threads);
  const files = await filesOf(folder);
  const events = files
    .filter(([name]) => name.endsWith('.gz'))
    .flatMap(([, bytes]) => gunzipSync(bytes).toString().trimEnd().split('\n'))
    .map((line) => JSON.parse(line) as ActivityEvent);
  const rowsOf = (table: string) =>
    (files.find(([name]) => name === table)?.[1].toString() ?? '')
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((row) => row.split(','));
  return { files, events, labels: rowsOf('labels.csv'), accounts: rowsOf('accounts.csv') };
};

let usual: Awaited<ReturnType<typeof made>>;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'generator-'));
  usual = await made('one');
});
afterAll(() => rm(root, { recursive: true }));

describe('the offline generator', () => {
  it('writes the same bytes from the same seed, whoever writes them', async () => {
    const threaded = await made('two', {}, 2);
    expect(threaded.files.map(([name]) => name)).toEqual([
      'accounts.csv',
      'events-000.jsonl.gz',
      'events-001.jsonl.gz',
      'facts.json',
      'labels.csv',
    ]);
    for (const [place, [, bytes]] of threaded.files.entries())
      expect(bytes.equals(usual.files[place]?.[1] as Buffer)).toBe(true);
    const other = await made('other', { seed: 'another', accounts: 20 });
    expect(other.events[0]?.accountId).not.toBe(usual.events[0]?.accountId);
  });

  it('writes lines of the schema only, each event once', () => {
    // The schema lets unknown fields pass: there are none.
    const known = new Set(Object.keys(activityEvent.shape));
    const strange = usual.events.filter(
      (event) =>
        !activityEvent.safeParse(event).success || Object.keys(event).some((name) => !known.has(name)),
    );
    expect(strange).toEqual([]);
    expect(usual.events.length).toBeGreaterThan(5_000);
    expect(new Set(usual.events.map(({ eventId }) => eventId)).size).toBe(usual.events.length);
  });

  it('has every family, every cohort, every kind of event and every outcome of a claim', () => {
    expect(new Set(usual.accounts.map(([, family]) => family))).toEqual(
      new Set(['person', ...families.map(({ name }) => name)]),
    );
    const honest = usual.accounts.filter(([, family]) => family === 'person');
    expect(new Set(honest.flatMap(([, , cohorts]) => cohorts?.split(';') ?? []).filter(Boolean))).toEqual(
      new Set(cohortNames),
    );
    expect(new Set(usual.events.map(({ route }) => route))).toEqual(
      new Set([
        'offers.list',
        'offers.view',
        'offers.claim',
        'offers.release',
        'challenge',
        'ui.pointer',
        'check-in',
        'selfie-check',
      ]),
    );
    const claims = usual.events.filter(({ route }) => route === 'offers.claim');
    expect(new Set(claims.map(({ outcome }) => outcome))).toEqual(new Set(['won', 'lost', 'denied']));
  });

  it('labels every account that acts, and bots are those of a family', () => {
    const label = new Map(usual.labels.map(([accountId, word]) => [accountId, word]));
    expect(label.size).toBe(plan.accounts);
    for (const [accountId, family] of usual.accounts)
      expect(label.get(accountId)).toBe(family === 'person' ? 'human' : 'bot');
    const acting = new Set(usual.events.map(({ accountId }) => accountId));
    expect([...acting].filter((accountId) => !label.has(accountId))).toEqual([]);
    expect(usual.labels.filter(([, word]) => word === 'bot')).toHaveLength(60);
    const splits = usual.labels.map(([, , split]) => split);
    expect(splits.filter((split) => split === 'train').length / splits.length).toBeGreaterThan(0.35);
    expect(new Set(splits)).toEqual(new Set(['train', 'calibration', 'test']));
  });

  it('gives a block to one account at a time', () => {
    const holder = new Map<string, string>();
    for (const { route, outcome, offerId, accountId } of usual.events) {
      if (!offerId) continue;
      if (route === 'offers.release') holder.delete(offerId);
      if (route !== 'offers.claim' || outcome !== 'won') continue;
      expect(holder.get(offerId)).toBeUndefined();
      holder.set(offerId, accountId);
    }
    expect(holder.size).toBeGreaterThan(50);
  });

  it('leaves out the groups that it is told to, and nothing else', async () => {
    const few = await made('few', { accounts: 30, without: fieldGroups, clockMs: 1_000 });
    const names = new Set(few.events.flatMap((event) => Object.keys(event)));
    expect(names).toEqual(new Set(['v', 'eventId', 'accountId', 'route', 'ts']));
    expect(few.events.every(({ ts }) => ts % 1_000 === 0)).toBe(true);
    const silent = await made('silent', { accounts: 30, without: ['latency', 'pointer'] });
    const left = new Set(silent.events.flatMap((event) => Object.keys(event)));
    for (const name of ['latencyMs', 'x', 'y', 'holdMs']) expect(left.has(name)).toBe(false);
    for (const name of ['deviceId', 'ip', 'clientTs', 'offerId', 'attestation', 'appVersion'])
      expect(left.has(name)).toBe(true);
  });

  it('lets a family from outside take part', async () => {
    const plugin = new URL('../../arena/plugins/metronome.ts', import.meta.url).href;
    const { accounts, events } = await made('plugin', { accounts: 20, days: 3, families: [], plugin }, 2);
    const brought = accounts.filter(([, family]) => family === 'metronome').map(([accountId]) => accountId);
    expect(brought).toHaveLength(8);
    for (const accountId of brought)
      expect(events.filter((event) => event.accountId === accountId).length).toBeGreaterThan(300);
  });

  it('moves people as the published figures do', () => {
    const figures = checkRealism({ ...plan, accounts: 150, days: 30 });
    // A small sample is allowed half as much again as the check of the command.
    const far = figures.filter(({ published, found, tolerance }) =>
      published.some((value, at) => !(Math.abs(value - (found[at] ?? Number.NaN)) <= 1.5 * tolerance)),
    );
    expect(far).toEqual([]);
  });
});
