import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seeded } from '#test/support/identity.ts';
import { type Marketplace, openMarketplace } from '#test/support/marketplace.ts';
import { type Campaign, runCampaign } from './faces/campaign.ts';
import { openPhotos, type Pair, usualPhotos } from './faces/photos.ts';
import { totalsOf } from './faces/report.ts';

/** Photos with known identities through the whole API; `npm run conformance:faces` tries every pair. */

const photos = openPhotos(usualPhotos);
if (!photos) console.warn(`skipped: there are no photos at ${usualPhotos}`);

/** Pairs of two people tried here; all of them take longer than a suite may. */
const strangersTried = 8;

/** The same pairs in every run, from all over the list. */
const sampleOf = (pairs: readonly Pair[], size: number): ReadonlySet<Pair> => {
  const random = seeded(7);
  const left = pairs.filter(({ same }) => !same);
  const picked = Array.from(
    { length: Math.min(size, left.length) },
    () => left.splice(Math.floor(random() * left.length), 1)[0],
  );
  return new Set(picked.filter((pair) => pair !== undefined));
};

describe.skipIf(!photos)('photos of known people, sent through the API', () => {
  let market: Marketplace;
  let campaign: Campaign;

  beforeAll(async () => {
    if (!photos) return;
    market = await openMarketplace({ attestation: 'off', challenge: 'off' });
    const strangers = sampleOf(photos.pairs, strangersTried);
    campaign = await runCampaign({
      driver: market.driver,
      photos,
      isTried: (pair) => (pair.same ? pair.derived !== true : strangers.has(pair)),
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
    const apart = photos?.pairs.filter(({ same, derived }) => same && derived !== true);
    expect(tried).toMatchObject({ same: apart?.length, different: strangersTried });
    expect(campaign.notEnrolled).toEqual([]);
  });

  it('never says that anybody was there in the flesh', () => {
    expect(campaign.livenessClaims).toEqual([]);
  });
});
