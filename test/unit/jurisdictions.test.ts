import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type EvidenceItem, reasonCode } from '#contract/enforcement.ts';
import {
  clockNames,
  clockWords,
  jurisdictionName,
  jurisdictionOf,
  jurisdictionProfile,
  jurisdictionRefusal,
  profiles,
} from '#contract/jurisdiction.ts';
import { reasons } from '#contract/reasons.ts';
import { getTransparency } from '#contract/transparency.ts';
import { rules } from '#core/detection/rules/rules.ts';
import { describeLaw, neverUsed } from '#core/enforcement/law/describe-law.ts';
import {
  bears,
  enforceableFrom,
  isEnforceable,
  leadsToRemoval,
  reasonCodesFor,
  strikeDaysOf,
} from '#core/enforcement/law/reasons.ts';
import { readStage } from '#lib/stage-config.ts';

const day = 86_400_000;
const iso = (at: number) => new Date(at).toISOString();
const published = Date.parse('2026-11-22');
const seattle = jurisdictionOf('US-SEA');
const colorado = jurisdictionOf('US-CO');

const anItem = (changes: Partial<EvidenceItem> = {}): EvidenceItem => ({
  itemId: 'item-1',
  nature: 'derived',
  source: 'model-1a2b3c4d',
  sha256: '0'.repeat(64),
  pValue: 0.0004,
  words: ['Lists at intervals that repeat'],
  visibility: 'driver',
  addedAt: iso(published),
  ...changes,
});

/** As docs/law.md has it. */
const table = [
  `| Clock | Means | ${profiles.map(({ name, status }) => (status === 'draft' ? `${name} (draft)` : name)).join(' | ')} |`,
  `|---|---|${profiles.map(() => '---').join('|')}|`,
  ...clockNames.map(
    (clock) =>
      `| \`${clock}\` | ${clockWords[clock]} | ${profiles.map(({ clocks }) => clocks[clock].value).join(' | ')} |`,
  ),
].join('\n');
const sources = profiles
  .flatMap(({ name, clocks }) =>
    clockNames
      .filter((clock) => clocks[clock].source !== 'Evenfield policy')
      .map((clock) => `| ${name} | \`${clock}\` | ${clocks[clock].source} | ${clocks[clock].checkedOn} |`),
  )
  .join('\n');

describe('a jurisdiction profile', () => {
  it('is there for every name, once, and every number has a source and a day on which it was checked', () => {
    expect(profiles.map(({ name }) => name).sort()).toEqual([...jurisdictionName.options].sort());
    for (const { clocks } of profiles) expect(Object.keys(clocks)).toEqual([...clockNames]);
  });

  it('has the numbers of its law', () => {
    expect(jurisdictionOf('default').clocks).toEqual({
      reviewDays: 7,
      approvalDays: 7,
      observationDays: 90,
      strikeDays: 90,
      noticeDays: 14,
      challengeDays: 90,
      answerDays: 14,
      securingDays: 14,
      alarmLeadHours: 48,
      publicationDays: 0,
      recordDays: 1_096,
    });
    expect(jurisdictionOf('EU').clocks).toMatchObject({ noticeDays: 30, answerDays: 14 });
    expect(seattle.clocks).toMatchObject({
      noticeDays: 14,
      challengeDays: 90,
      answerDays: 14,
      recordDays: 1_096,
    });
    expect(colorado.clocks.publicationDays).toBe(30);
    expect(jurisdictionOf('US-IL').clocks).toEqual(jurisdictionOf('default').clocks);
  });

  it('that is a draft or unknown is refused, whoever asks', () => {
    expect(jurisdictionRefusal('US-SEA')).toBeUndefined();
    expect(jurisdictionRefusal('US-NYC')).toMatch(/is a draft/);
    expect(jurisdictionRefusal('__proto__')).toMatch(/there is no profile/);
    for (const name of ['US-NYC', 'eu', '']) expect(() => jurisdictionOf(name)).toThrow(/profile/);
  });

  it.each([
    ['without a source', { noticeDays: { value: 14, source: '', checkedOn: '2026-11-22' } }],
    ['never checked', { noticeDays: { value: 14, source: 'a law', checkedOn: 'lately' } }],
    ['a fraction', { noticeDays: { value: 1.5, source: 'a law', checkedOn: '2026-11-22' } }],
    ['an alarm after the end', { alarmLeadHours: { value: 168, source: 'a law', checkedOn: '2026-11-22' } }],
    ['a clock that nobody knows', { graceDays: { value: 1, source: 'a law', checkedOn: '2026-11-22' } }],
  ])('is refused with a number that is %s', (_, change) => {
    const [file] = profiles;
    const changed = { ...file, clocks: { ...file?.clocks, ...change } };
    expect(jurisdictionProfile.safeParse(changed).success).toBe(false);
    expect(jurisdictionProfile.safeParse(file).success).toBe(true);
  });

  it('stands in docs/law.md as it is', () => {
    const page = readFileSync(new URL('../../docs/law.md', import.meta.url), 'utf8');
    expect(page).toContain(table);
    expect(page).toContain(sources);
    for (const code of reasonCode.options) expect(page).toContain(`\`${code}\``);
  });
});

describe('a ground', () => {
  it('is in force from its publication, in Colorado 30 days later', () => {
    expect(iso(enforceableFrom('automated-claiming', seattle))).toBe('2026-11-22T00:00:00.000Z');
    expect(iso(enforceableFrom('automated-claiming', colorado))).toBe('2026-12-22T00:00:00.000Z');
    expect(isEnforceable('automated-claiming', colorado, published + 30 * day - 1)).toBe(false);
    expect(isEnforceable('automated-claiming', colorado, published + 30 * day)).toBe(true);
  });

  it.each([
    ['a finding of a model that is clear enough', anItem(), true],
    ['one that is just clear enough', anItem({ pValue: 0.001 }), true],
    ['one that is not', anItem({ pValue: 0.0011 }), false],
    ['one without a p-value', { ...anItem(), pValue: undefined } as unknown as EvidenceItem, false],
    ['one with a p-value that is no number', anItem({ pValue: Number.NaN }), false],
    ['one that the driver may not see', anItem({ visibility: 'staff' }), false],
    ['what only looks like a model', anItem({ source: 'model-1a2b3c4d-of-faces' }), false],
    ['a rule of another ground', anItem({ source: 'hoarding-v1' }), false],
    ['a selfie that did not match', anItem({ source: 'selfie-check' }), false],
    ['the phone', anItem({ source: 'devices' }), false],
  ])('of claiming with a program rests on %s', (_, item, expected) => {
    expect(bears('automated-claiming', [item])).toBe(expected);
  });

  it('rests on rules that there are', () => {
    const known = rules.map(({ id }) => id);
    for (const { minimumEvidence } of Object.values(reasons))
      for (const test of minimumEvidence) if (test.by === 'rule') expect(known).toContain(test.rule);
  });

  it('is offered where the case, the evidence and the day allow it, and borne by nothing that is hidden', () => {
    const sharing = anItem({ itemId: 'item-2', source: 'credential-sharing-v3' });
    const both = [anItem(), sharing];
    const now = published + day;
    expect(reasonCodesFor('bot-suspected', both, seattle, now)).toEqual(['automated-claiming']);
    expect(reasonCodesFor('credentials-shared', both, seattle, now)).toEqual([
      'automated-claiming',
      'shared-credentials',
    ]);
    expect(reasonCodesFor('credentials-shared', both, colorado, now)).toEqual([]);
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            source: fc.constantFrom(
              'model-00ff',
              ...rules.map(({ id }) => `${id}-v1`),
              'devices',
              'selfie-check',
            ),
            pValue: fc.double({ min: 0, max: 1, noNaN: true }),
          }),
        ),
        fc.constantFrom('bot-suspected', 'credentials-shared'),
        (items, kind) => {
          const hidden = items.map((item) => anItem({ ...item, visibility: 'staff' }));
          expect(reasonCodesFor(kind, hidden, seattle, now)).toEqual([]);
          const faces = [anItem({ source: 'selfie-check' }), anItem({ source: 'face-mismatch-v1' })];
          const shown = items.map((item) => anItem(item));
          expect(reasonCodesFor(kind, [...shown, ...faces], seattle, now)).toEqual(
            reasonCodesFor(kind, shown, seattle, now),
          );
        },
      ),
    );
  });

  it('has a warning that counts no longer than the place allows; hoarding never ends an account', () => {
    expect(strikeDaysOf('automated-claiming', seattle.clocks)).toBe(90);
    expect(strikeDaysOf('block-hoarding', seattle.clocks)).toBe(60);
    expect(strikeDaysOf('block-hoarding', { ...seattle.clocks, strikeDays: 30 })).toBe(30);
    expect(reasonCode.options.filter((code) => !leadsToRemoval(code))).toEqual(['block-hoarding']);
  });
});

describe('what is published about the law', () => {
  const live = {
    stations: [
      { stationId: 'DSE1', name: 'Seattle Georgetown', jurisdiction: 'US-SEA', shares: [60, 10, 0, 30] },
      { stationId: 'DSE2', name: 'Seattle Ballard', jurisdiction: 'US-SEA', shares: [100, 0, 0, 0] },
      { stationId: 'DDV1', name: 'Denver', jurisdiction: 'US-CO', shares: [0, 0, 50, 50] },
    ],
    sharing: readStage('local').sharing,
    detectors: [{ release: 'hoarding-v1', kind: 'rule', state: 'shadow' }],
    attestation: 'measure',
    challenge: 'enforce',
    retention: [{ what: 'Records of decisions', days: 1_096 }],
  } as const;

  it('names each place once, its clocks with their sources, and when each ground is in force there', () => {
    const body = describeLaw(live, published);
    expect(getTransparency.responses[200].parse(body)).toEqual(body);
    expect(body.jurisdictions.map(({ name }) => name)).toEqual(['US-SEA', 'US-CO']);
    expect(body.jurisdictions[0]?.clocks.find(({ name }) => name === 'noticeDays')).toMatchObject({
      value: 14,
      unit: 'days',
      source: expect.stringContaining('8.40'),
    });
    expect(body.grounds.map(({ code }) => code)).toEqual(reasonCode.options);
    expect(body.grounds[0]?.places).toEqual([
      { jurisdiction: 'US-SEA', enforceableFrom: '2026-11-22T00:00:00.000Z', strikeDays: 90 },
      { jurisdiction: 'US-CO', enforceableFrom: '2026-12-22T00:00:00.000Z', strikeDays: 90 },
    ]);
    expect(body.neverUsed).toEqual(neverUsed);
    expect(body.figures).toBeUndefined();
  });

  it('says how blocks are shared out, in the numbers that run', () => {
    const { draws, reserved, releases, instant } = live.sharing;
    const { sharing } = describeLaw(live, published);
    expect(sharing).toMatchObject({
      stations: [
        { stationId: 'DSE1', shares: { draw: 60, reserved: 10, gated: 0, direct: 30 } },
        { stationId: 'DSE2', shares: { draw: 100, reserved: 0, gated: 0, direct: 0 } },
        { stationId: 'DDV1', shares: { draw: 0, reserved: 0, gated: 50, direct: 50 } },
      ],
      draws: { seconds: draws.seconds, beacon: draws.beacon },
      reserved,
      lateReleases: { hours: releases.lateHours, most: releases.most, days: 14 },
      instant,
    });
    const { instant: _, ...without } = live.sharing;
    expect(describeLaw({ ...live, sharing: without }, published).sharing).not.toHaveProperty('instant');
  });
});
