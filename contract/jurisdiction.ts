import * as z from 'zod/mini';
import byDefault from './jurisdictions/default.json' with { type: 'json' };
import eu from './jurisdictions/eu.json' with { type: 'json' };
import colorado from './jurisdictions/us-co.json' with { type: 'json' };
import illinois from './jurisdictions/us-il.json' with { type: 'json' };
import newYorkCity from './jurisdictions/us-nyc.json' with { type: 'json' };
import seattle from './jurisdictions/us-sea.json' with { type: 'json' };

/** What the law of a place makes of the clocks of a case. A station names its profile; none of this is legal advice. */

export const jurisdictionName = z.enum(['default', 'EU', 'US-SEA', 'US-IL', 'US-CO', 'US-NYC']);
export type JurisdictionName = z.infer<typeof jurisdictionName>;

/** Every clock in plain words. Names end in their unit. */
export const clockWords = {
  reviewDays: 'a person decides about a case, or it lapses',
  approvalDays: 'a second person approves a removal, or the case lapses',
  observationDays: 'after a warning, in which another finding is a repetition',
  strikeDays: 'a warning counts',
  noticeDays: 'between the notice of a removal and its effect; work goes on',
  challengeDays: 'a decision can be appealed',
  answerDays: 'a person who had no part answers an appeal',
  securingDays: 'a driver has to take back an account that somebody else used',
  alarmLeadHours: 'before a clock runs out, people are told',
  publicationDays: 'a ground was published before it may be relied on',
  recordDays: 'records of decisions are kept',
} as const;
export type ClockName = keyof typeof clockWords;
export const clockNames = Object.keys(clockWords) as ClockName[];

const isBefore = 'the alarm must come before the shortest clock runs out';
const clock = (least: number, most: number) =>
  z.strictObject({
    value: z.int().check(z.gte(least), z.lte(most)),
    /** The law and its article, or `Evenfield policy` where no law says it. */
    source: z.string().check(z.minLength(3), z.maxLength(200)),
    /** The day on which the number was last compared with its source. */
    checkedOn: z.iso.date(),
  });

/** A profile as it is written down, in `contract/jurisdictions`. */
export const jurisdictionProfile = z.strictObject({
  name: jurisdictionName,
  /** A draft is for nobody: a station that names it is refused. */
  status: z.enum(['active', 'draft']),
  /** In words. */
  law: z.string().check(z.minLength(3), z.maxLength(300)),
  clocks: z
    .strictObject({
      reviewDays: clock(1, 90),
      approvalDays: clock(1, 90),
      observationDays: clock(1, 365),
      strikeDays: clock(1, 365),
      noticeDays: clock(1, 365),
      challengeDays: clock(1, 365),
      answerDays: clock(1, 90),
      securingDays: clock(1, 90),
      alarmLeadHours: clock(1, 336),
      publicationDays: clock(0, 365),
      recordDays: clock(1, 3_660),
    })
    .check(
      z.refine(
        ({ alarmLeadHours, reviewDays, approvalDays, answerDays }) =>
          alarmLeadHours.value < 24 * Math.min(reviewDays.value, approvalDays.value, answerDays.value),
        { error: isBefore },
      ),
    ),
});
export type JurisdictionProfile = z.infer<typeof jurisdictionProfile>;

/** All profiles, checked when this is loaded: a service with a wrong one does not start. */
export const profiles: readonly JurisdictionProfile[] = [
  byDefault,
  eu,
  seattle,
  illinois,
  colorado,
  newYorkCity,
].map((file) => z.parse(jurisdictionProfile, file));

export type Clocks = Readonly<Record<ClockName, number>>;

/** A profile as rules read it: plain numbers, in the unit that the name ends in. */
export interface Jurisdiction {
  name: JurisdictionName;
  law: string;
  clocks: Clocks;
}

const written = (name: string) => profiles.find((profile) => profile.name === name);
const inForce = () => profiles.filter(({ status }) => status === 'active').map(({ name }) => name);

/** Why a station may not name it, in one line; nothing when it may. */
export const jurisdictionRefusal = (name: string): string | undefined => {
  const profile = written(name);
  if (!profile) return `there is no profile "${name}"; there are ${inForce().join(', ')}`;
  return profile.status === 'draft'
    ? `the profile "${name}" is a draft: nobody may be judged by it before counsel has filled it in`
    : undefined;
};

/** Throws for what `jurisdictionRefusal` refuses: no stage starts with it. */
export const jurisdictionOf = (name: string): Jurisdiction => {
  const profile = written(name);
  const refusal = jurisdictionRefusal(name);
  if (!profile || refusal) throw new Error(refusal);
  const clocks = Object.fromEntries(clockNames.map((clock) => [clock, profile.clocks[clock].value]));
  return { name: profile.name, law: profile.law, clocks: clocks as Record<ClockName, number> };
};
