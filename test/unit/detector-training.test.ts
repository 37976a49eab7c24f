import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ActivityEvent } from '#contract/activity.ts';
import { emptyLog, withEvents } from '#core/detection/activity/account-log.ts';
import { toLoggedEvent } from '#core/detection/activity/to-logged-event.ts';
import { catalogue, featuresOf } from '#core/detection/features/catalogue.ts';
import { evidenceOf } from '#core/detection/features/evidence.ts';
import { columnsOf } from '#core/detection/model/judge.ts';
import type { ModelFile } from '#core/detection/model/model-file.ts';
import { looksIn } from '#detector/accounts/looks.ts';
import { replay } from '#detector/accounts/replay.ts';
import { uncalibrated } from '#detector/calibration/calibrate.ts';
import { score } from '#detector/commands/score.ts';
import { train } from '#detector/commands/train.ts';
import { evaluateStudy } from '#detector/evaluation/evaluation.ts';
import { evaluationText } from '#detector/evaluation/tables.ts';
import { readAccounts } from '#detector/events/read-accounts.ts';
import { partsOf } from '#detector/labels/parts.ts';
import { readLabels } from '#detector/labels/read-labels.ts';
import { noProgress } from '#detector/progress.ts';
import type { ScoreLine } from '#detector/scoring/score-line.ts';
import { areaUnderCurve } from '#detector/statistics/order.ts';
import { chanceOf } from '#detector/traces/chance.ts';
import { learn } from '#detector/training/fit.ts';
import { settingsFor } from '#detector/training/settings.ts';
import { openStudy } from '#detector/training/study.ts';
import { aFolder, anAccount, aPopulation, asLines, handy } from '#test/support/activity.ts';

const around = { print: () => {}, say: () => {}, startProgress: noProgress, threads: 0 };
/** 40 % of these people are held for calibration: enough for a p-value below this. */
const alpha = 0.12;

const learnt = aPopulation(28, 14);
const held = aPopulation(10, 5, 'other-');

const trained = async (
  parts: readonly (string | Uint8Array)[],
  labels = learnt.labels,
  kinds: readonly string[] = [],
) => {
  const { put, folder } = aFolder();
  const events = parts.map((part, at) => put(`${at}.jsonl${typeof part === 'string' ? '' : '.gz'}`, part));
  const out = join(folder, 'model');
  const refusal = await train(
    {
      events,
      labels: put('labels.csv', labels.join('\n')),
      kinds: kinds.map((text, at) => put(`kinds-${at}.csv`, text)),
      ...{ alpha, out, seed: 1 },
    },
    around,
  );
  if (refusal) throw new Error(refusal.line);
  return {
    out,
    model: readFileSync(join(out, 'model.json'), 'utf8'),
    card: readFileSync(join(out, 'model-card.md'), 'utf8'),
  };
};

const scored = async (model: string, events: readonly ActivityEvent[]) => {
  const { put, folder } = aFolder();
  const out = join(folder, 'scores.jsonl');
  const refusal = await score({ model, events: [put('a.jsonl', asLines(events))], out }, around);
  if (refusal) throw new Error(refusal.line);
  const text = readFileSync(out, 'utf8');
  return {
    text,
    lines: text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as ScoreLine),
  };
};

const verdicts = (lines: readonly ScoreLine[], word: string) =>
  lines.filter(({ accountId }) => accountId.includes(word)).map(({ verdict }) => verdict);

/** Everything twice in ten, and in no order. */
const disordered = <T>(events: readonly T[]): T[] =>
  chanceOf('disorder').shuffle([...events, ...events.filter((_, at) => at % 10 === 0)]);

let first: Awaited<ReturnType<typeof trained>>;
let usual: Awaited<ReturnType<typeof scored>>;
beforeAll(async () => {
  first = await trained([asLines(learnt.events)]);
  usual = await scored(first.out, held.events);
});

describe('training', () => {
  it('gives the same model for the same events, in whatever files, order and number they come', async () => {
    const mixed = disordered(learnt.events);
    const [part, rest] = [mixed.slice(0, 3_000), mixed.slice(3_000)];
    const again = await trained(
      [asLines(part), gzipSync(asLines(rest))],
      [learnt.labels[0] ?? '', ...learnt.labels.slice(1).reverse()],
    );
    expect(again.model).toBe(first.model);
    expect(again.card).toBe(first.card);
  });

  it('writes a card that says what the data certifies and what nobody can see', () => {
    expect(first.card).toMatch(/smallest p-value is 1\/\d+; alpha 0\.12 can be reached/);
    expect(first.card).toContain('An independent replay of a person');
    expect(first.card).toContain('`reaction.fast-share`');
  });

  it('calibrates on logs that lack groups too, and knows which groups everybody has', () => {
    const { about, calibration } = JSON.parse(first.model) as ModelFile;
    const { all = [], poorer = [] } = calibration.cohorts;
    expect(poorer).toHaveLength(all.length);
    expect(about.usualGroups).toBe('latency offers outcome device network views clock');
    expect(first.card).toContain(`poorer ${poorer.length}`);
  });

  it('tells families and cohorts of the test part in the card, out of files of their own', async () => {
    const labels = learnt.labels.map((row, at) => (at % 3 === 1 ? `${row}test` : row));
    const names = labels.slice(1).map((row) => row.split(',')[0] ?? '');
    const kinds = names.map((name, at) => `${name},kind${at % 2},night${at % 2}`);
    const { card } = await trained([asLines(learnt.events)], labels, [
      ['accountId,family,cohorts', ...kinds].join('\n'),
    ]);
    expect(card).toMatch(/\| kind[01] \| \d+ \|.*\n\| kind[01] \| \d+ \|/);
    expect(card).toMatch(/\| all people \|(.*\n)+\| night[01] \|/);
  });

  it('works with nothing but names, routes and times', async () => {
    const bare = ({ v, eventId, accountId, route, ts }: ActivityEvent): ActivityEvent => ({
      v,
      eventId,
      accountId,
      route,
      ts,
      ip: null,
      latencyMs: null,
      attestation: null,
    });
    const { out } = await trained([asLines(learnt.events.map(bare))]);
    const { lines } = await scored(out, held.events.map(bare));
    expect(new Set(verdicts(lines, 'person'))).not.toContain('warn-review');
    expect(
      Math.min(...lines.filter(({ accountId }) => accountId.includes('bot')).map(({ score }) => score)),
    ).toBeGreaterThan(
      Math.max(...lines.filter(({ accountId }) => accountId.includes('person')).map(({ score }) => score)),
    );
  });

  it('holds people for calibration by their names, and nothing of the test part is ever trained on', async () => {
    const { put } = aFolder();
    const accounts = await readAccounts([put('a.jsonl', asLines(learnt.events))], noProgress);
    if ('status' in accounts) throw new Error(accounts.line);
    const rows = learnt.labels.map((row, at) => (at % 3 === 1 ? `${row}test` : row));
    const labels = await readLabels(put('labels.csv', rows.join('\n')), new Set(accounts.names));
    if ('status' in labels) throw new Error(labels.line);
    const parts = partsOf(accounts.names, labels);
    const nameOf = (index: number) => accounts.names[index] as string;
    expect(parts.test.every((index) => labels.get(nameOf(index))?.split === 'test')).toBe(true);
    expect(parts.test).toHaveLength(14);
    expect(parts.calibration.every((index) => labels.get(nameOf(index))?.isBot === false)).toBe(true);
    expect(new Set([...parts.train, ...parts.calibration, ...parts.test]).size).toBe(accounts.names.length);
  });
});

describe('a replay', () => {
  it('has at each look the features that serving has, in whatever pieces the events came', () => {
    const events = anAccount('person', handy).map(toLoggedEvent);
    const market = { valueEdges: [3_000, 4_000, 5_000] };
    const { heads, rows } = replay(events, 'all', market, { component: 5, synchrony: 2 });
    const looks = looksIn(0, heads, rows);
    expect(looks.length).toBeGreaterThan(2);
    for (const { at, row, evidence } of looks) {
      const log = withEvents(emptyLog(), disordered(events.filter((event) => event.at <= at)));
      expect(row).toEqual(featuresOf(log, at, { ...market, graph: { component: 5, synchrony: 2 } }));
      expect(evidenceOf(log, at)).toMatchObject(evidence);
    }
  });
});

describe('scoring', () => {
  it('warns of bots and of no person, an account to a line, in the order of names', () => {
    const { lines } = usual;
    expect(verdicts(lines, 'bot')).toEqual(Array(5).fill('warn-review'));
    expect(verdicts(lines, 'person')).not.toContain('warn-review');
    expect(lines.map(({ accountId }) => accountId)).toEqual(lines.map(({ accountId }) => accountId).sort());
    const [bot] = lines;
    expect(bot?.families.length).toBeGreaterThanOrEqual(2);
    expect(bot?.reasons[0]).toMatchObject({ code: expect.any(String), words: expect.any(String) });
    expect(bot?.firstWarningAt).toBeGreaterThan(held.events[0]?.ts ?? 0);
    expect(bot?.qValue).toBeGreaterThanOrEqual(bot?.pValue ?? 1);
  });

  it('abstains on an account of five events', async () => {
    const { lines } = await scored(first.out, anAccount('new', handy).slice(0, 5));
    expect(lines).toMatchObject([{ verdict: 'abstain', events: 5, pValue: 1, firstWarningAt: null }]);
  });

  it('is not changed by duplicates and disorder', async () => {
    expect((await scored(first.out, disordered(held.events))).text).toBe(usual.text);
  });

  it('is not changed by a shift of hours, except for the time of a warning', async () => {
    const shift = 5.75 * 3_600_000;
    const shifted = held.events.map((event) => ({ ...event, ts: event.ts + shift }));
    const { lines } = await scored(first.out, shifted);
    expect(
      lines.map((line) => ({ ...line, firstWarningAt: line.firstWarningAt && line.firstWarningAt - shift })),
    ).toEqual(usual.lines);
  });

  it('warns of no person whose clock knows whole seconds only', async () => {
    const coarse = held.events.map((event) => ({ ...event, ts: Math.floor(event.ts / 1_000) * 1_000 }));
    const { lines } = await scored(first.out, coarse);
    expect(verdicts(lines, 'person')).not.toContain('warn-review');
  });

  it('comes to the same on threads', async () => {
    const { put, folder } = aFolder();
    const out = join(folder, 'scores.jsonl');
    await score(
      { model: first.out, events: [put('a.jsonl', asLines(held.events))], out },
      { ...around, threads: 2 },
    );
    expect(readFileSync(out, 'utf8')).toBe(usual.text);
  });
});

describe('evaluation', () => {
  it('finds the bots, tells the families apart, and blames nobody for what a log lacks', async () => {
    const { put } = aFolder();
    const all = aPopulation(36, 18);
    const accounts = await readAccounts([put('a.jsonl', asLines(all.events))], noProgress);
    if ('status' in accounts) throw new Error(accounts.line);
    const rows = all.labels.map((row, at) =>
      at === 0 ? `${row},family` : `${row}${at % 3 ? '' : 'test'},kind${at % 2}`,
    );
    const labels = await readLabels(put('labels.csv', rows.join('\n')), new Set(accounts.names));
    if ('status' in labels) throw new Error(labels.line);
    const study = openStudy({ accounts, labels, startProgress: noProgress, threads: 0 }, true);
    const found = await evaluateStudy(study, { alpha: 0.1, seed: 1 }, () => {});
    if ('wrong' in found) throw new Error(found.wrong);
    expect(found.area).toBeGreaterThan(0.95);
    for (const families of [found.families, found.leftOut])
      expect(families.map(({ name, figures }) => [name, figures.accounts]).sort()).toEqual([
        ['kind0', 3],
        ['kind1', 3],
      ]);
    expect(found.people[0]).toMatchObject({ name: 'all people', figures: { warned: { hits: 0, of: 12 } } });
    const poorest = found.ablation.at(-1);
    expect(poorest?.name).toBe('all of them');
    expect(poorest?.people.warned.lower).toBeLessThanOrEqual(found.alpha);
    expect(evaluationText(found)).toContain('| kind0 | 3 | 0 |');
  });

  it('finds nothing where the labels are drawn at random', () => {
    const chance = chanceOf('null');
    const accounts = Array.from({ length: 1_800 }, (_, wanted) => ({
      looks: [
        {
          wanted,
          month: 0,
          at: 0,
          evidence: { events: 200, activeDays: 9, groups: [] },
          isEligible: true,
          row: Float64Array.from(catalogue, (__, at) => (at % 9 === 0 ? chance.normal() : Number.NaN)),
        },
      ],
      isBot: chance.happens(0.4),
      isCopy: false,
    }));
    const model = uncalibrated(learn(accounts.slice(0, 500), settingsFor(500, 1), noProgress));
    const others = accounts.slice(500);
    const area = areaUnderCurve(
      others.map(({ looks }) => model.trees.score(columnsOf(model, looks[0]?.row ?? new Float64Array()))),
      others.map(({ isBot }) => isBot),
    );
    expect(area).toBeGreaterThan(0.45);
    expect(area).toBeLessThan(0.55);
  });
});
