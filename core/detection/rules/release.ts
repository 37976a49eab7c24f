import { clopperPearson, type Interval } from './precision.ts';

/** What a person who reviews found about one finding. `unsure` counts for nothing. */
export interface Verdict {
  /** A verdict counts once by it. */
  id: string;
  /** Which release it is about, as `<id>@<version>`. */
  release: string;
  /** Milliseconds since the epoch. */
  at: number;
  verdict: 'confirmed' | 'dismissed' | 'unsure';
}

/** Everything that a release can go through. Who restricts nobody is in the shadow; born there, it never starts active. */
export const releaseTransitions = {
  shadow: { promote: 'active', retire: 'retired' },
  active: { demote: 'shadow', retire: 'retired' },
  retired: {},
} as const;
export type ReleaseState = keyof typeof releaseTransitions;

/** A version of a rule or a model on its way. In the shadow it is told to those who review, and to nobody else. */
export interface Release {
  id: string;
  version: number | string;
  state: ReleaseState;
  /** What the lower bound of its precision may not fall below. Above 0.98 no `mostVerdicts` verdicts can show it. */
  bound: number;
  /** The latest verdicts that decided something, by (at, id). */
  verdicts: readonly (Verdict & { verdict: 'confirmed' | 'dismissed' })[];
  /** Who made it active last. */
  promotedBy?: string;
}

/** Precision is that of today: verdicts before the latest so many are forgotten. */
export const mostVerdicts = 200;

export type Happened =
  | { what: 'promoted'; by: string; precision: Interval }
  | { what: 'counted' | 'demoted'; precision: Interval }
  | { what: 'retired'; by: string }
  | { what: 'nothing'; why: 'not-its-own' | 'unsure' | 'repeated' }
  | { what: 'refused'; why: 'not-allowed' | 'unnamed' | 'below-bound'; precision: Interval };

export interface Step {
  release: Release;
  happened: Happened;
}

type Decided = Release['verdicts'][number];

export const bornRelease = (id: string, version: number | string, bound: number): Release => ({
  id,
  version,
  state: 'shadow',
  bound,
  verdicts: [],
});

export const releaseName = ({ id, version }: Pick<Release, 'id' | 'version'>): string => `${id}@${version}`;

/** Two-sided 95 % interval of the share of its findings that were confirmed. */
export const precisionOf = ({ verdicts }: Pick<Release, 'verdicts'>): Interval & { decided: number } => {
  const confirmed = verdicts.filter(({ verdict }) => verdict === 'confirmed').length;
  return { ...clopperPearson(confirmed, verdicts.length), decided: verdicts.length };
};

const isDecided = (verdict: Verdict): verdict is Decided => verdict.verdict !== 'unsure';

/** Of two verdicts of one identifier the latest time holds, and who dismisses: any order gives the same. */
const join = (one: Decided | undefined, other: Decided): Decided => {
  if (!one) return other;
  const verdict = [one, other].some((each) => each.verdict === 'dismissed') ? 'dismissed' : 'confirmed';
  return { ...other, at: Math.max(one.at, other.at), verdict };
};

const withVerdicts = (release: Release, added: readonly Verdict[]): Release => {
  const byId = new Map<string, Decided>(release.verdicts.map((verdict) => [verdict.id, verdict]));
  for (const verdict of added) {
    if (verdict.release !== releaseName(release) || !isDecided(verdict)) continue;
    byId.set(verdict.id, join(byId.get(verdict.id), verdict));
  }
  const verdicts = [...byId.values()].sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
  return { ...release, verdicts: verdicts.slice(-mostVerdicts) };
};

const textOf = ({ id, at, verdict }: Decided) => JSON.stringify([id, at, verdict]);

const isBelow = (release: Release) => precisionOf(release).lower < release.bound;

/** An active release whose lower bound fell goes back by itself: nobody has to notice. */
const demotedIfBelow = (release: Release): Release =>
  release.state === 'active' && isBelow(release)
    ? { ...release, state: releaseTransitions.active.demote }
    : release;

const refusal = (release: Release, why: 'not-allowed' | 'unnamed' | 'below-bound'): Step => ({
  release,
  happened: { what: 'refused', why, precision: precisionOf(release) },
});

/** Makes a release active. That takes a person with a name, and verdicts that bear it. */
export const promote = (release: Release, verdicts: readonly Verdict[], person: string): Step => {
  if (release.state !== 'shadow') return refusal(release, 'not-allowed');
  const counted = withVerdicts(release, verdicts);
  if (person.trim() === '') return refusal(counted, 'unnamed');
  if (isBelow(counted)) return refusal(counted, 'below-bound');
  return {
    release: { ...counted, state: releaseTransitions.shadow.promote, promotedBy: person },
    happened: { what: 'promoted', by: person, precision: precisionOf(counted) },
  };
};

/** Counts a verdict, and demotes the release when its precision can no longer be shown. */
export const afterVerdict = (release: Release, verdict: Verdict): Step => {
  const nothing = (why: 'not-its-own' | 'unsure' | 'repeated'): Step => ({
    release,
    happened: { what: 'nothing', why },
  });
  if (verdict.release !== releaseName(release)) return nothing('not-its-own');
  if (!isDecided(verdict)) return nothing('unsure');
  const counted = withVerdicts(release, [verdict]);
  const held = new Set(release.verdicts.map(textOf));
  // A copy, or one that is older than all that still count.
  if (counted.verdicts.every((each) => held.has(textOf(each)))) return nothing('repeated');
  const after = demotedIfBelow(counted);
  const what = after.state === release.state ? 'counted' : 'demoted';
  return { release: after, happened: { what, precision: precisionOf(after) } };
};

/** Takes a release out of use for good. */
export const retire = (release: Release, person: string): Step => {
  if (release.state === 'retired') return refusal(release, 'not-allowed');
  if (person.trim() === '') return refusal(release, 'unnamed');
  return {
    release: { ...release, state: releaseTransitions[release.state].retire },
    happened: { what: 'retired', by: person },
  };
};
