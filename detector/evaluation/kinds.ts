import { cohortOf } from '#core/detection/model/calibration.ts';
import type { Model } from '#core/detection/model/judge.ts';
import { labelOf, type Study } from '../training/study.ts';
import type { Named } from './evaluation.ts';
import { figuresOf, type Judged } from './figures.ts';

export const isBot = (study: Study, account: number): boolean => labelOf(study, account).isBot;
export const familyOf = (study: Study, account: number): string => labelOf(study, account).family || 'bots';

const recallOf = ({ figures }: Named) =>
  figures.atRates[0]?.share ?? figures.atRates[1]?.share ?? figures.warned.share;
/** The smallest share first. */
export const worstRecallFirst = (a: Named, b: Named): number =>
  (recallOf(a) ?? 2) - (recallOf(b) ?? 2) || (a.name < b.name ? -1 : 1);
const highestFirst = (a: Named, b: Named) =>
  (recallOf(b) ?? -1) - (recallOf(a) ?? -1) || (a.name < b.name ? -1 : 1);

const named = (
  all: readonly Judged[],
  namesFor: (one: Judged) => readonly string[],
  model: Model,
): Named[] => {
  const groups = new Map<string, Judged[]>();
  for (const one of all)
    for (const name of namesFor(one)) {
      const group = groups.get(name);
      if (group) group.push(one);
      else groups.set(name, [one]);
    }
  return [...groups].map(([name, some]) => ({ name, figures: figuresOf(model, some) }));
};

/** By how much is known of somebody: those with little evidence must not pay for it. */
const amountOf = ({ judged }: Judged): readonly string[] =>
  judged.months.length === 0
    ? []
    : [cohortOf(judged.lastEvidence) === 'few' ? 'under 500 events' : '500 events or more'];

/** Families of bots, the worst first; and people, all of them and by cohort, the highest rate first. */
export const kindsOf = (
  study: Study,
  model: Model,
  all: readonly Judged[],
): { readonly families: readonly Named[]; readonly people: readonly Named[] } => {
  const people = all.filter(({ account }) => !isBot(study, account));
  const bots = all.filter(({ account }) => isBot(study, account));
  const cohorts = (one: Judged) => [...labelOf(study, one.account).cohorts, ...amountOf(one)];
  return {
    families: named(bots, ({ account }) => [familyOf(study, account)], model).sort(worstRecallFirst),
    people:
      people.length === 0
        ? []
        : [
            { name: 'all people', figures: figuresOf(model, people) },
            ...named(people, cohorts, model).sort(highestFirst),
          ],
  };
};
