import { describe, expect, it } from 'vitest';
import type { ActivityEvent } from '#contract/activity.ts';
import { modelHash } from '#core/detection/model/canonical.ts';
import { releasedModels } from '#core/detection/model/released/index.ts';
import { scoreAccounts } from '#detector/commands/score.ts';
import { readAccounts } from '#detector/events/read-accounts.ts';
import { noProgress } from '#detector/progress.ts';
import {
  aFolder,
  anAccount,
  asLines,
  ceaseless,
  type Habit,
  irregular,
  rhythmic,
} from '#test/support/activity.ts';

const around = { print: () => {}, say: () => {}, startProgress: noProgress, threads: 0 };

/** Accounts of one habit, each with a chance of its own. */
const some = (name: string, habit: Habit) => ['a', 'b', 'c'].map((one) => anAccount(`${name}-${one}`, habit));

const inSeconds = (events: readonly ActivityEvent[]) =>
  events.map((event) => ({ ...event, ts: event.ts - (event.ts % 1_000) }));

/** What every released model says of every account, each in a file of its own: nobody is in anybody's company. */
const verdictsOf = async (all: readonly (readonly ActivityEvent[])[]): Promise<string[]> => {
  const { put } = aFolder();
  const verdicts: string[] = [];
  for (const [at, events] of all.entries()) {
    const accounts = await readAccounts([put(`${at}.jsonl`, asLines(events))], noProgress);
    if ('status' in accounts) throw new Error(accounts.line);
    for (const file of releasedModels)
      for (const { verdict } of await scoreAccounts(accounts, { file, hash: modelHash(file) }, around))
        verdicts.push(verdict);
  }
  return verdicts;
};

describe('the released models', () => {
  it('warn of nobody who taps the list rhythmically for half an hour', async () => {
    expect(await verdictsOf(some('rhythmic', rhythmic))).not.toContain('warn-review');
  });

  it('warn of no person, with a clock of milliseconds or of whole seconds', async () => {
    const people = some('person', irregular);
    expect(await verdictsOf([...people, ...people.map(inSeconds)])).not.toContain('warn-review');
  });

  it('abstain on five events, whatever they are', async () => {
    const few = [anAccount('person', irregular), anAccount('bot', ceaseless)].map((all) => all.slice(0, 5));
    expect(new Set(await verdictsOf(few))).toEqual(new Set(['abstain']));
  });

  it('warn of who polls like a clock at all hours and claims before anybody could have read', async () => {
    expect(new Set(await verdictsOf(some('bot', ceaseless)))).toEqual(new Set(['warn-review']));
  });
});
