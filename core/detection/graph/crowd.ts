/** Two claims of one offer within so many milliseconds were made together. */
export const togetherMs = 2_000;
/** Within so many they were made at once: people who are together, and quick, rarely are. */
export const atOnceMs = 250;

/** Who claimed an offer, earliest first. */
export interface Contest {
  offer: number;
  /** Milliseconds since the epoch; when it was first seen by anybody. */
  seenAt: number;
  accounts: readonly number[];
  at: readonly number[];
}

interface Counts {
  pairs: number;
  together: number;
  atOnce: number;
}

/** How many pairs of claims lie within `ms`; times ascending. Linear. */
const pairsWithin = (at: readonly number[], ms: number): number => {
  let first = 0;
  return at.reduce((sum, time, index) => {
    while (time - (at[first] as number) > ms) first += 1;
    return sum + index - first;
  }, 0);
};

/** An offer's own rate counts like that of so many pairs of offers of its popularity. */
const priorPairs = 10;

export interface Crowd {
  /** Chance that two others than this pair claim this offer together. `own`: whether this pair did. */
  together(offer: number, own: boolean): number;
  /** Chance that two who claim this offer together do it at once. */
  atOnce(offer: number): number;
}

const popularityOf = ({ at }: Contest) => Math.floor(Math.log2(at.length));

/**
 * How often people claim together anyway: after a drop or a push everybody does. Measured on each offer and on all that
 * had about as many claimants (by powers of two). Bots raise the rate, which makes everybody look less synchronous.
 */
export const crowdOf = (contests: ReadonlyMap<number, Contest>): Crowd => {
  const own = new Map<number, Counts>();
  const strata = new Map<number, Counts>();
  for (const [offer, contest] of contests) {
    const { length } = contest.at;
    const counts = {
      pairs: (length * (length - 1)) / 2,
      together: pairsWithin(contest.at, togetherMs),
      atOnce: pairsWithin(contest.at, atOnceMs),
    };
    own.set(offer, counts);
    const stratum = strata.get(popularityOf(contest)) ?? { pairs: 0, together: 0, atOnce: 0 };
    stratum.pairs += counts.pairs;
    stratum.together += counts.together;
    stratum.atOnce += counts.atOnce;
    strata.set(popularityOf(contest), stratum);
  }
  const countsOf = (offer: number) => ({
    here: own.get(offer) as Counts,
    alike: strata.get(popularityOf(contests.get(offer) as Contest)) as Counts,
  });
  return {
    together: (offer, pairDid) => {
      const { here, alike } = countsOf(offer);
      const usual = (alike.together + 1) / (alike.pairs + 2);
      return (here.together - Number(pairDid) + priorPairs * usual) / (here.pairs - 1 + priorPairs);
    },
    atOnce: (offer) => {
      const { alike } = countsOf(offer);
      return (alike.atOnce + 1) / (alike.together + 2);
    },
  };
};
