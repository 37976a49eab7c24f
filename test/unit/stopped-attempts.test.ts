import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AttemptEvent } from '#contract/events.ts';
import { hashNames } from '#core/detection/ingest/hash-names.ts';
import { toParquet } from '#core/detection/ingest/parquet.ts';
import { toActivity } from '#core/detection/ingest/to-activity.ts';
import { confirmedDrivers } from '#core/evidence/figures/confirmed.ts';
import { monthRange } from '#core/evidence/figures/monthly.ts';
import { countStopped } from '#core/evidence/figures/stopped.ts';
import { anAudit } from '#test/support/audits.ts';

const run = promisify(execFile);
const month = '2026-10';
const { from, until } = monthRange(month);
const [second, minute, day] = [1_000, 60_000, 86_400_000];
const iso = (at: number) => new Date(at).toISOString();

describe('who was confirmed', () => {
  it('is whom a person warned for a program, unless that was taken back', () => {
    const bot = { reasonCode: 'automated-claiming' };
    const entries = anAudit(
      from,
      ['decision.warn', 'a', bot],
      ['decision.warn', 'b', bot],
      ['decision.overturn', 'b'],
      ['decision.warn', 'c', { reasonCode: 'block-hoarding' }],
      ['decision.propose', 'd', bot],
      ['decision.approve', 'e', bot],
      ['decision.dismiss', 'f'],
    );
    expect([...confirmedDrivers(entries)]).toEqual(['driver-of-a', 'driver-of-e']);
  });
});

/** What happened in a month, as attempts; `eventId`s by their place. */
const hash = hashNames('secret');
const anAttempt = (driverId: string, at: number, more: Partial<AttemptEvent>): AttemptEvent => ({
  v: 1,
  eventId: `${driverId}-${at}-${more.type ?? 'claim'}`,
  type: 'claim',
  occurredAt: iso(at),
  driverId,
  blockId: 'block-0001',
  stationId: 'DSE1',
  outcome: 'refused',
  durationMs: 12,
  ...more,
});
const asked = { reason: 'challenge-required' };
const at = from + 10 * day;
const attempts: AttemptEvent[] = [
  // A program: asked three times, never answers, loses the block in the end.
  ...[0, 1, 2].map((index) => anAttempt('program', at + index * second, asked)),
  anAttempt('program', at + 90 * second, { outcome: 'lost', reason: 'block-taken' }),
  // A wrong answer is no pass.
  anAttempt('program', at + 4 * second, {
    type: 'challenge',
    outcome: 'failed',
    task: 'picture',
    reason: 'not-it',
  }),
  // And claims more in a minute than anybody by hand.
  anAttempt('program', at + 5 * second, { reason: 'slow-down' }),
  // A person: asked, solves it, has the block.
  anAttempt('person', at, asked),
  anAttempt('person', at + 20 * second, { type: 'challenge', outcome: 'passed', task: 'sound' }),
  anAttempt('person', at + 22 * second, { outcome: 'won' }),
  // Asked for two blocks, solved one: the pass covers both.
  anAttempt('quick', at, { ...asked, blockId: 'block-0002' }),
  anAttempt('quick', at + second, { ...asked, blockId: 'block-0003' }),
  anAttempt('quick', at + minute, {
    type: 'challenge',
    outcome: 'passed',
    task: 'work',
    blockId: 'block-0002',
  }),
  // Let through by a person's word: no answer, and the block after all.
  anAttempt('helped', at, asked),
  anAttempt('helped', at + 9 * minute, { outcome: 'won' }),
  // Too late to be of that challenge.
  anAttempt('slow', at, asked),
  anAttempt('slow', at + 11 * minute, { type: 'challenge', outcome: 'passed', task: 'work' }),
  // Too many claims of an account that nobody confirmed anything about; hours are no suspicion.
  anAttempt('eager', at, { reason: 'slow-down' }),
  anAttempt('eager', at + second, { reason: 'weekly-hours-exceeded' }),
  anAttempt('eager', at + 2 * second, { outcome: 'expired', reason: 'offer-expired' }),
  // Without a proven phone: measured, enforced, and the nonce that every app is told.
  anAttempt('old-app', at, { outcome: 'won', unproven: 'no-proof' }),
  anAttempt('old-app', at + second, { reason: 'proof-invalid', unproven: 'no-proof' }),
  anAttempt('old-app', at + 2 * second, { type: 'list', reason: 'proof-invalid', unproven: 'no-proof' }),
  anAttempt('old-app', at + 3 * second, { reason: 'use_dpop_nonce', unproven: 'nonce' }),
  // The last challenge of the month ends in the next one; the claim after it is no claim of the month.
  anAttempt('midnight', until - minute, asked),
  anAttempt('midnight', until + minute, { type: 'challenge', outcome: 'passed', task: 'work' }),
  anAttempt('midnight', until + 2 * minute, { outcome: 'won' }),
  anAttempt('early', from - second, asked),
];
const accountOf = (driverId: string) => `account-of-${driverId}`;
const events = attempts.map((attempt) => toActivity(attempt, accountOf(attempt.driverId), hash));

/** By hand. */
const expected = {
  month,
  definition: 1,
  claims: 17,
  classes: {
    'not-passed': 4,
    'refused-confirmed': 1,
    passed: 5,
    undecided: 0,
    'refused-unconfirmed': 1,
    'refused-otherwise': 1,
    won: 3,
    lost: 1,
    expired: 1,
    unknown: 0,
  },
  stopped: 5,
  stoppedOfConfirmed: 4,
  wouldHaveBeenRefused: { 'no-proof': 1 },
  unprovenRequests: { 'no-proof': 2 },
};
const confirmed = new Set([accountOf('program')]);

describe('a bot attempt that was stopped', () => {
  const counted = (input: typeof events, options: { confirmed?: Set<string> } = {}) => {
    const count = countStopped({ month, ...options });
    for (const event of input) count.add(event);
    return count.report();
  };

  it('is a claim whose challenge nobody passed, or that friction refused to a confirmed account', () => {
    expect(counted(events, { confirmed })).toEqual(expected);
  });

  it('is counted once, in whatever order and however often the archive has it', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...events, ...events], { minLength: 2 * events.length }), (mixed) => {
        expect(counted(mixed, { confirmed })).toEqual(expected);
      }),
      { numRuns: 30 },
    );
  });

  it('is none where nobody confirmed it and no challenge was asked', () => {
    const { stopped, stoppedOfConfirmed, classes } = counted(events);
    expect(stopped).toBe(4);
    expect(stoppedOfConfirmed).toBeNull();
    expect(classes['refused-unconfirmed']).toBe(2);
  });

  it('waits for what the archive does not have yet', () => {
    const cut = events.filter(({ ts }) => ts < at + 10 * minute);
    expect(counted(cut).classes).toMatchObject({ 'not-passed': 0, undecided: 4 });
  });

  it('is printed by npm run figures with the audit beside it: the same input, the same bytes', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'figures-'));
    const byPlace = Map.groupBy(
      events,
      ({ ts, stationId }) => `activity/day=${iso(ts).slice(0, 10)}/station=${stationId}`,
    );
    for (const [place, of] of byPlace) {
      mkdirSync(join(folder, place), { recursive: true });
      // What a consumer that failed wrote twice.
      for (const name of ['one', 'two']) writeFileSync(join(folder, place, `${name}.parquet`), toParquet(of));
    }
    const audit = anAudit(
      from,
      ['case.opened', 'a', { kind: 'bot-suspected' }],
      ['decision.warn', 'a', { reasonCode: 'automated-claiming' }],
    );
    const lines = audit.map((entry) => JSON.stringify(entry));
    writeFileSync(join(folder, 'audit.jsonl'), `${lines.join('\n')}\n`);
    writeFileSync(
      join(folder, 'accounts.csv'),
      `driverId,accountId\ndriver-of-a,${accountOf('program')}\nother,x\n`,
    );
    const options = [
      '--archive',
      folder,
      '--audit',
      join(folder, 'audit.jsonl'),
      '--accounts',
      join(folder, 'accounts.csv'),
    ];
    const figures = async (...more: string[]) =>
      (await run(process.execPath, ['bin/figures.ts', '--month', month, ...options, ...more])).stdout;
    const [json, again, page] = await Promise.all([figures('--json'), figures('--json'), figures()]);
    expect(again).toBe(json);
    const { stopped, decided } = JSON.parse(json);
    expect(stopped).toEqual(expected);
    expect(decided).toMatchObject({ audit: { from: 1, to: 2 }, counts: { 'cases-opened': 1, warnings: 1 } });
    expect(page).toMatch(/bot attempts stopped \(not-passed, refused-confirmed\) +5\n/);
    writeFileSync(join(folder, 'audit.jsonl'), `${lines[1]}\n`);
    await expect(figures()).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('entry 1 of the audit is missing'),
    });
  });
});
