/** What an account's company says about it. It is one family of evidence: by it alone nobody is suspected. */
export interface GraphFacts {
  /** How many accounts share strong identifiers with this one, itself included: 1 is alone. */
  component: number;
  /**
   * Largest -log10 of the corrected p of claiming together with another account, up to 300; 0 is none, and none is
   * told of fewer than `leastService` accounts. NaN where it is not known: it takes all accounts at once, which only a
   * batch over files has (`graphFacts`); where accounts are scored one by one nobody computes it.
   */
  synchrony: number;
}

/** Cousins on one phone, a couple with two: fewer accounts than this are no service, whatever they share. */
export const leastService = 4;

/** Size of a component as far as anything may follow from it: a household is like somebody alone. */
export const serviceSize = ({ component }: Pick<GraphFacts, 'component'>): number =>
  component < leastService ? 1 : component;
