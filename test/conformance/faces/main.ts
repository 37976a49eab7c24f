import { parseArgs } from 'node:util';
import { openMarketplace } from '#test/support/marketplace.ts';
import { runCampaign } from './campaign.ts';
import { openPhotos, usualPhotos } from './photos.ts';
import { asTable, isConforming, totalsOf } from './report.ts';

const usage = `npm run conformance:faces -- [--photos ${usualPhotos}] [--json]

Sends photos with known identities through the whole API of a local system, and compares how each ended with its label.
Ends with 0 when everything is as expected, 1 when something is not, 2 when there are no photos.`;

const { values } = parseArgs({
  options: {
    photos: { type: 'string', default: usualPhotos },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const photos = openPhotos(values.photos);
if (values.help) console.log(usage);
else if (!photos) {
  console.error(
    `There are no photos at ${values.photos}: a folder with pairs.json, cases.json and people/ is wanted.`,
  );
  process.exitCode = 2;
} else {
  const began = performance.now();
  const market = await openMarketplace();
  let done = 0;
  const progress = () => {
    done += 1;
    if (process.stderr.isTTY) process.stderr.write(`\r${done} photos`);
  };
  try {
    const campaign = await runCampaign({ driver: market.driver, photos, onRow: progress });
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
    const ok = isConforming(campaign);
    if (values.json)
      console.log(JSON.stringify({ ok, totals: totalsOf(campaign.rows), ...campaign }, null, 2));
    else console.log(asTable(campaign));
    console.error(`took ${((performance.now() - began) / 1_000).toFixed(0)} s`);
    process.exitCode = ok ? 0 : 1;
  } finally {
    await market.stop();
  }
}
