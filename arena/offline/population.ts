import { type Chance, chanceOf } from './chance.ts';
import { type Cohort, cohortNames, cohorts } from './cohorts.ts';
import type { OfflineFamily } from './family.ts';

export interface Member {
  accountId: string;
  /** `person` or the name of a family. */
  family: string;
  cohorts: readonly Cohort[];
  split: 'train' | 'calibration' | 'test';
}

/** Accounts that belong together: two of one household, or a crew of one operator. Most are alone. */
export interface Unit {
  members: readonly Member[];
  kind: 'alone' | 'household' | 'cousins' | 'crew';
}

/** What makes the files; equal plans make equal bytes. */
export interface Plan {
  accounts: number;
  days: number;
  /** Part of the accounts. */
  bots: number;
  seed: string;
  shards: number;
  clockMs: number;
  without: readonly string[];
  /** Names of the families to use; all without it. */
  families?: readonly string[];
  /** Address of a module with a family. */
  plugin?: string;
}

export const person = 'person';
const accountsPerStation = 100;
export const shardLimit = 16;

export const stationsOf = (accounts: number) => Math.max(1, Math.round(accounts / accountsPerStation));
export const shardsOf = ({ shards, accounts }: Plan) => Math.min(shards, stationsOf(accounts));

const splitAt = (chance: Chance): Member['split'] => {
  const drawn = chance.next();
  return drawn < 0.5 ? 'train' : drawn < 0.75 ? 'calibration' : 'test';
};

/** Quotas instead of single draws, so that every cohort occurs in small populations too. */
const honestCohorts = (chance: Chance, people: number): Cohort[][] => {
  const each = Array.from({ length: people }, (): Cohort[] => []);
  for (const cohort of cohortNames) {
    // Two people who share a phone stand side by side; they take the first places.
    const together = cohort === 'shared-phone';
    const places = together ? [...each.keys()] : chance.shuffle([...each.keys()]);
    const quota = Math.min(people, Math.max(together ? 4 : 1, Math.round(cohorts[cohort] * people)));
    for (const place of places.slice(0, together ? quota - (quota % 2) : quota)) each[place]?.push(cohort);
  }
  return each;
};

/** A program's account belongs to somebody as well. */
const ownersCohorts = (chance: Chance): Cohort[] =>
  cohortNames.filter((cohort) => cohort !== 'shared-phone' && chance.happens(cohorts[cohort]));

const peopleUnits = (
  chance: Chance,
  people: number,
  member: (cohorts: Cohort[]) => Omit<Member, 'family'>,
) => {
  const units: Unit[] = [];
  const each = honestCohorts(chance, people);
  for (let at = 0; at < each.length; at += 1) {
    const one = { ...member(each[at] ?? []), family: person };
    if (!one.cohorts.includes('shared-phone')) {
      units.push({ members: [one], kind: 'alone' });
      continue;
    }
    at += 1;
    const other = { ...member(each[at] ?? []), family: person };
    units.push({ members: [one, other], kind: units.length % 2 === 0 ? 'cousins' : 'household' });
  }
  return units;
};

const botUnits = (
  chance: Chance,
  bots: number,
  families: readonly OfflineFamily[],
  member: (cohorts: Cohort[]) => Omit<Member, 'family'>,
) => {
  const units: Unit[] = [];
  for (const [place, { name, crew }] of families.entries()) {
    let left = Math.floor((bots + place) / families.length);
    while (left > 0) {
      const size = Math.min(left, crew ? crew[0] + chance.below(crew[1] - crew[0] + 1) : 1);
      const members = Array.from({ length: size }, () => ({
        ...member(ownersCohorts(chance)),
        family: name,
      }));
      units.push({ members, kind: crew ? 'crew' : 'alone' });
      left -= size;
    }
  }
  return units;
};

/** All accounts, in units, by station. */
export const populationOf = (plan: Plan, families: readonly OfflineFamily[]): Unit[][] => {
  const chance = chanceOf(`${plan.seed}:population`);
  const bots = families.length > 0 ? Math.round(plan.accounts * plan.bots) : 0;
  const member = (own: Cohort[]) => ({
    accountId: `a${chance.hex(14)}`,
    cohorts: own,
    split: splitAt(chance),
  });
  const units = chance.shuffle([
    ...peopleUnits(chance, plan.accounts - bots, member),
    ...botUnits(chance, bots, families, member),
  ]);
  const count = stationsOf(plan.accounts);
  const stations = Array.from({ length: count }, (): Unit[] => []);
  let placed = 0;
  for (const unit of units) {
    stations[Math.min(count - 1, Math.floor((placed * count) / plan.accounts))]?.push(unit);
    placed += unit.members.length;
  }
  return stations;
};
