import type { ActivityEvent } from '#contract/activity.ts';
import { type Figure, figuresOf } from './figures.ts';
import { type Plan, person, populationOf } from './population.ts';
import { linesOf, type ShardFacts } from './write-shard.ts';

/** People of these cohorts move in ways of their own: the published figures are of others. */
const others = new Set(['accessibility', 'hard-refresher', 'retrying-app']);

/** The events of simulated people by account, in the order of time, and who refreshes hard. */
const peopleOf = (plan: Plan) => {
  const units = populationOf(plan, []).flat();
  const members = units.flatMap((unit) => unit.members).filter(({ family }) => family === person);
  const usual = new Map<string, ActivityEvent[]>();
  const hard = new Map<string, ActivityEvent[]>();
  for (const { accountId, cohorts } of members) {
    if (cohorts.includes('hard-refresher')) hard.set(accountId, []);
    if (!cohorts.some((cohort) => others.has(cohort))) usual.set(accountId, []);
  }
  const facts: ShardFacts = { events: 0, families: {}, good: [] };
  for (const text of linesOf({ ...plan, shards: 1 }, [], 0, facts, () => {}))
    for (const line of text.split('\n')) {
      if (line === '') continue;
      const event = JSON.parse(line) as ActivityEvent;
      usual.get(event.accountId)?.push(event);
      hard.get(event.accountId)?.push(event);
    }
  return { usual: [...usual.values()], hard: [...hard.values()] };
};

/** Simulated people beside the published figures. */
export const checkRealism = (plan: Plan): Figure[] => {
  const { usual, hard } = peopleOf({ ...plan, bots: 0 });
  return figuresOf(usual, hard);
};

const numbers = (list: readonly number[]) => list.map((value) => value.toFixed(3)).join(' / ');

export const table = (figures: readonly Figure[]): string =>
  [
    `${'figure'.padEnd(44)} ${'published'.padEnd(24)} ${'simulated'.padEnd(24)} ${'within'.padEnd(7)} verdict`,
    ...figures.map(
      ({ what, published, found, tolerance, fits }) =>
        `${what.padEnd(44)} ${numbers(published).padEnd(24)} ${numbers(found).padEnd(24)} ${tolerance.toFixed(2).padEnd(7)} ${fits ? 'fits' : 'does not fit'}`,
    ),
  ].join('\n');
