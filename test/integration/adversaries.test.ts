import { describe, expect, it } from 'vitest';
import { type Row, runCampaign } from '#test/adversaries/campaign.ts';
import { isAutomatic, isWithinBound, tableOf } from '#test/adversaries/report.ts';

/** Few rounds, always the same: the whole campaign is `npm run adversaries`. */
const challenges = 20;
/** Those that need no training and no seconds for each task. */
const quick = /guess|parse|nearest|difference/;

describe('the puzzle', () => {
  it('keeps every automatic adversary below its bound, and lets people pass', {
    timeout: 180_000,
  }, async () => {
    const rows: Row[] = [];
    for await (const row of runCampaign(challenges, 1, { aware: 0, plays: ({ name }) => quick.test(name) }))
      rows.push(row);
    const broken = rows.filter((row) => !isWithinBound(row));
    expect(tableOf(broken)).toBe('');
    expect(rows.filter(isAutomatic).length).toBeGreaterThanOrEqual(8);
  });
});
