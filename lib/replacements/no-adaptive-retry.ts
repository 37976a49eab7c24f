/** Takes the place of the SDK's adaptive retry: it delays the first try, which no driver's claim may wait for. */
export class AdaptiveRetryStrategy {
  constructor() {
    throw new Error('this bundle retries in the standard mode only');
  }
}
