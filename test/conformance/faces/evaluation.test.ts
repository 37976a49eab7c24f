import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { livenessClaims } from './ending.ts';
import { atFmr, equalErrorRate, errorRates, figuresOf, rateOf } from './evaluation/figures.ts';
import { conditionOf, type Labelled, openLabelled } from './evaluation/labelled.ts';
import { claimsOf, type Measured } from './evaluation/measure.ts';
import { rocPicture } from './evaluation/roc-picture.ts';
import { isKeptOut, judge } from './expectations.ts';

const bands = { passAt: 90, unsureAt: 50 };

/** Four people with three photos each; a score for every two photos. */
const aSample = (score: (a: string, b: string) => number, unfit: readonly string[] = []) => {
  const people = ['ada', 'ben', 'cam', 'dea'];
  const photosOf = (identity: string) => ['a', 'b', 'c'].map((which) => `people/${identity}_${which}.jpg`);
  const identityOf = (file: string) => file.slice('people/'.length, -'_a.jpg'.length);
  const files = people.flatMap(photosOf);
  const pairs = files.flatMap((a, index) =>
    files.slice(index + 1).map((b) => ({ a, b, same: identityOf(a) === identityOf(b) })),
  );
  const labelled: Labelled = { folder: '', pairs, conditions: [], identityOf, photosOf };
  const measured: Measured = {
    claims: claimsOf(labelled),
    fitness: (file) =>
      unfit.includes(file) ? { status: 'retake', reasons: ['blurred'] } : { status: 'fit' },
    similarity: (a, b) => (unfit.includes(a) || unfit.includes(b) ? undefined : score(a, b)),
  };
  return { labelled, measured, identityOf };
};

describe('error rates of a face engine', () => {
  it('counts a pair of one person below the pass, and a pair of two people from it on', () => {
    const { fnmr, fmr } = errorRates({ same: [95, 90, 89.9, 99], different: [10, 90, 50, 20] }, 90);
    expect([fnmr.hits, fnmr.of, fmr.hits, fmr.of]).toEqual([1, 4, 1, 4]);
  });

  it('says how little no error in a few pairs shows', () => {
    // Clopper and Pearson at zero counts: 1 - 0.025^(1/n).
    expect(rateOf(0, 64)).toMatchObject({ rate: 0, low: 0, high: expect.closeTo(1 - 0.025 ** (1 / 64), 6) });
    expect(rateOf(0, 0).rate).toBeNaN();
  });

  it('reads the curve where at most a part of the strangers pass', () => {
    const scores = { same: [99, 80, 60], different: Array.from({ length: 100 }, (_, index) => index * 0.7) };
    expect(atFmr(scores, 0.01)).toMatchObject({ tar: { hits: 2 }, isSupported: true });
    expect(atFmr(scores, 0.5)).toMatchObject({ tar: { hits: 3 } });
    expect(atFmr(scores, 0.001)).toMatchObject({ tar: { hits: 2 }, isSupported: false });
  });

  it('finds where both errors are alike', () => {
    expect(equalErrorRate({ same: [90, 91], different: [10, 20] })).toEqual({ rate: 0, above: 20, upTo: 90 });
    expect(equalErrorRate({ same: [30, 90], different: [10, 40] }).rate).toBe(0.5);
  });

  it('counts a photo that the gate stops as no mismatch', () => {
    const { labelled, measured, identityOf } = aSample(
      (a, b) => (identityOf(a) === identityOf(b) ? 95 : 5),
      ['people/ada_c.jpg'],
    );
    const figures = figuresOf(labelled, measured, bands);
    expect(figures.one.fnmr).toMatchObject({ hits: 0, of: 10 });
    expect(figures.notPassedAtOnce).toMatchObject({ hits: 2, of: 12 });
    expect(figures.conditions).toEqual([
      expect.objectContaining({ condition: 'as taken', retake: 1, match: 7 }),
    ]);
  });

  it('takes the best of several references that are apart from the photo', () => {
    const { labelled, measured, identityOf } = aSample((a, b) => {
      if (identityOf(a) !== identityOf(b)) return 5;
      return `${a}${b}`.includes('_b') ? 95 : 60;
    });
    const { one, best } = figuresOf(labelled, measured, bands);
    expect(one.fnmr.hits).toBe(4);
    expect(best.rates.fnmr).toMatchObject({ hits: 0, of: 8 });
    for (const { probe, references } of measured.claims) expect(references).not.toContain(probe);
  });

  it('draws the same picture for the same scores', () => {
    const scores = { same: [99, 98, 40], different: [10, 50, 99] };
    expect(rocPicture(scores, 90)).toBe(rocPicture(scores, 90));
    expect(rocPicture(scores, 90)).not.toMatch(/NaN|Infinity/);
  });
});

describe('folders of labelled photos', () => {
  it('are read as a folder for each person, with strangers by a seeded lot', () => {
    const folder = mkdtempSync(join(tmpdir(), 'labelled-'));
    try {
      for (const person of ['Ada_One', 'Ben_Two', 'Cam_Three']) {
        mkdirSync(join(folder, person));
        for (const which of ['0001', '0002'])
          writeFileSync(join(folder, person, `${person}_${which}.jpg`), '');
      }
      const read = (seed: number) => openLabelled(folder, { most: 5, seed });
      expect(read(1)?.pairs).toEqual(read(1)?.pairs);
      expect(read(1)?.pairs).not.toEqual(read(2)?.pairs);
      expect(read(1)?.pairs.filter(({ same }) => same)).toHaveLength(3);
      expect(read(1)?.pairs.filter(({ same }) => !same)).toHaveLength(5);
      expect(read(1)?.identityOf('Ada_One/Ada_One_0001.jpg')).toBe('Ada_One');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('name a condition at the beginning of a file', () => {
    expect(['cases/dark_mild_d02.jpg', 'jpegq8_d06.jpg', 'd01_a.jpg'].map(conditionOf)).toEqual([
      'dark',
      'jpegq',
      'as taken',
    ]);
  });
});

describe('what a label asks for', () => {
  const ending = (
    result: 'passed' | 'retake' | 'inconclusive' | 'refused',
    status: number,
    ...reasons: string[]
  ) => ({
    result,
    status,
    reasons,
  });

  it('knows a fitting reason from another', () => {
    expect(judge('ACCEPT', ending('passed', 200))).toBe(true);
    expect(judge('ACCEPT', ending('retake', 200, 'blurred'))).toBe(false);
    expect(judge('MULTIPLE_FACES', ending('retake', 200, 'several-faces'))).toBe(true);
    expect(judge('MULTIPLE_FACES', ending('retake', 200, 'blurred'))).toBe(false);
    expect(judge('REJECT_QUALITY', ending('passed', 200))).toBe(false);
    expect(judge('INVALID_IMAGE', ending('refused', 422, 'image-refused', 'damaged'))).toBe(true);
    expect(judge('INVALID_IMAGE', ending('refused', 422, 'image-refused', 'whatever'))).toBe(false);
    expect(judge('INVALID_IMAGE', ending('refused', 503, 'try-again'))).toBe(false);
  });

  it('passes nothing that it does not know, and no outage', () => {
    expect(judge('SOMETHING_NEW', ending('passed', 200))).toBe('unknown');
    expect(judge('ATTACK', ending('inconclusive', 200, 'service-unavailable'))).toBe(false);
    expect(isKeptOut(ending('inconclusive', 200, 'service-unavailable'))).toBe(false);
    expect(isKeptOut(ending('refused', 429, 'slow-down'))).toBe(false);
  });

  it('hears a claim that somebody was there in the flesh', () => {
    expect(livenessClaims({ result: 'passed', check: { isLive: true } })).toEqual(['check.isLive']);
    expect(livenessClaims({ text: 'You are live.' })).toHaveLength(1);
    expect(livenessClaims({ text: 'Delivery was passed on', olive: 1 })).toEqual([]);
  });
});
