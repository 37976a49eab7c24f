/** What a verifier says about evidence. `reason` is stable: it is stored, counted and shown to the driver's app. */
export type Verdict<Facts, Reason extends string> =
  | { status: 'verified'; facts: Facts }
  | { status: 'refused'; reason: Reason };

/** Ends reading or checking from any depth of a parser. Made without a stack: refusing is no bug and must be cheap. */
export class Unacceptable<Reason extends string = string> {
  readonly reason: Reason;
  constructor(reason: Reason) {
    this.reason = reason;
  }
}

export const refuse = (reason: string): never => {
  throw new Unacceptable(reason);
};

/** Refuses unless the condition holds. */
export function need(condition: unknown, reason: string): asserts condition {
  if (!condition) throw new Unacceptable(reason);
}

/** The refusal of whatever ends `work`; anything else that it throws is a bug and passes through. */
export const verdictOf = <Facts, Reason extends string>(work: () => Facts): Verdict<Facts, Reason> => {
  try {
    return { status: 'verified', facts: work() };
  } catch (error) {
    if (error instanceof Unacceptable) return { status: 'refused', reason: error.reason as Reason };
    throw error;
  }
};
