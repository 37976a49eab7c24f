import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seeded } from '#test/support/identity.ts';
import { type Marketplace, openMarketplace } from '#test/support/marketplace.ts';
import { type Campaign, runCampaign } from './faces/campaign.ts';
import { openPhotos, type Pair, type Photos, referencesOf, usualPhotos } from './faces/photos.ts';
import { totalsOf } from './faces/report.ts';

/** Photos with known identities through the whole API; `npm run conformance:faces` tries every pair. */

const photos = openPhotos(usualPhotos);
if (!photos) console.warn(`skipped: there are no photos at ${usualPhotos}`);

/** Pairs of two people tried here; all of them take longer than a suite may. */
const strangersTried = 4;

/** Of each person one photo that was taken apart from the references. */
const onePerPerson = (all: Photos): Pair[] =>
  [...all.people].flatMap(([identity, files]) => {
    const references = referencesOf(all, identity);
    const isApart = ({ a, b, same, derived }: Pair) =>
      same && derived !== true && files.includes(a) && !references.includes(b);
    return all.pairs.find(isApart) ?? [];
  });

/** The same pairs in every run, from all over the list, against references that are enrolled anyway. */
const strangersOf = ({ pairs }: Photos, known: readonly Pair[]): Pair[] => {
  const random = seeded(7);
  const enrolled = new Set(known.map(({ a }) => a));
  const left = pairs.filter(({ same, a }) => !same && enrolled.has(a));
  const picked = Array.from(
    { length: Math.min(strangersTried, left.length) },
    () => left.splice(Math.floor(random() * left.length), 1)[0],
  );
  return picked.filter((pair) => pair !== undefined);
};

describe.skipIf(!photos)('photos of known people, sent through the API', () => {
  let market: Marketplace;
  let campaign: Campaign;

  beforeAll(async () => {
    if (!photos) return;
    market = await openMarketplace();
    const known = onePerPerson(photos);
    const tried = new Set([...known, ...strangersOf(photos, known)]);
    campaign = await runCampaign({
      driver: market.driver,
      photos,
      isTried: (pair) => tried.has(pair),
      isEnrolledOnce: true,
    });
  }, 180_000);
  afterAll(() => market?.stop());

  const failed = (kind: Campaign['rows'][number]['kind']) =>
    campaign.rows
      .filter((row) => row.kind === kind && !row.ok)
      .map(({ file, against, expected, ending }) => ({ file, against, expected, ending }));

  it('knows every driver again, with the first photo', () => {
    expect(failed('same')).toEqual([]);
  });

  it('takes nobody for somebody else', () => {
    expect([...failed('different'), ...failed('bystander')]).toEqual([]);
  });

  it('ends every case as its label says', () => {
    expect(failed('case')).toEqual([]);
    expect(campaign.rows.filter(({ kind }) => kind === 'case')).toHaveLength(photos?.cases.length ?? 0);
  });

  it('tries as much as it says', () => {
    const tried = Object.fromEntries(totalsOf(campaign.rows).map(({ kind, tried: count }) => [kind, count]));
    const several = [...(photos?.people.values() ?? [])].filter(({ length }) => length > 2);
    expect(tried).toMatchObject({ same: several.length, different: strangersTried });
    expect(campaign.notEnrolled).toEqual([]);
  });

  it('never says that anybody was there in the flesh', () => {
    expect(campaign.livenessClaims).toEqual([]);
  });
});
