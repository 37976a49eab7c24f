/** The real clock and chance, for use cases that take them as arguments. */
export const runtime = {
  now: Date.now,
  random: Math.random,
  sleep: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
};

/**
 * Client settings of the claim path. One try each: the use case itself decides what may be sent again,
 * and a lost race is not worth a second request. A call that hangs ends while there is time for another.
 */
export const oneTry = {
  maxAttempts: 1,
  requestHandler: { connectionTimeout: 500, requestTimeout: 1_500, throwOnRequestTimeout: true },
};
