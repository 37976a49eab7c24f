/** Kinds of honest people whom a careless detector takes for programs, and their part of the accounts. */
export const cohorts = {
  'cheap-phone': 0.15,
  'night-worker': 0.08,
  accessibility: 0.025,
  'hard-refresher': 0.05,
  'shared-phone': 0.04,
  'two-phones': 0.04,
  'retrying-app': 0.04,
  'push-bursts': 0.1,
} as const;
export type Cohort = keyof typeof cohorts;
export const cohortNames = Object.keys(cohorts) as readonly Cohort[];
