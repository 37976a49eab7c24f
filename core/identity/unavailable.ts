import type { Unavailable } from './rekognition-gateway.ts';

/** Photos and keys that cannot be had are an outage like any other: no word about a face, and counted for nothing. */
export const orUnavailable = <T>(asked: Promise<T>): Promise<T | Unavailable> =>
  asked.catch((error: Error) => ({ status: 'unavailable', reason: error.name }) as const);

export const isUnavailable = (answer: unknown): answer is Unavailable =>
  (answer as Partial<Unavailable> | undefined)?.status === 'unavailable';
