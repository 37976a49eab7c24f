/** Time and chance, as arguments. */
export interface Surroundings {
  now: () => number;
  /** Uniform in [0, 1). */
  random: () => number;
  sleep: (ms: number) => Promise<void>;
}

/** Conflicts never queue in DynamoDB: more tries would only prolong a lost race. */
export const maxTries = 3;

/** 5 to 20 ms, so that two writes that met once do not meet again. */
export const pause = ({ random, sleep }: Surroundings): Promise<void> => sleep(5 + random() * 15);
