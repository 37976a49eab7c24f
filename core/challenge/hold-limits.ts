import type { HoldPolicy } from '#contract/risk-policy.ts';
import { type Limit, retryAfterSeconds } from '#core/shared/limit.ts';
import type { Challenge } from './challenge.ts';

const hourMs = 3_600_000;

type Who = Pick<Challenge, 'driverId' | 'deviceId'>;

/** The same for the driver and for the phone: whoever changes one of them gets no more. */
const both = ({ driverId, deviceId }: Who, name: string, most: number) => {
  const limit = (of: string): Limit => ({ name: `${name}-of-${of}`, most, windowMs: hourMs });
  return [
    // Who has a password and no phone uses up nothing of the driver's own.
    { limit: limit(deviceId === undefined ? 'login' : 'driver'), subject: driverId },
    ...(deviceId === undefined ? [] : [{ limit: limit('phone'), subject: deviceId }]),
  ];
};

/** How many holds, extensions included. */
export const holdLimits = (who: Who, { perHour }: HoldPolicy) => both(who, 'holds', perHour);

/** Seconds until answers are counted anew. */
export const attemptsAgainIn = (now: number): number =>
  retryAfterSeconds({ name: 'answers', most: 0, windowMs: hourMs }, now);

/** How many answers. */
export const attemptLimits = (who: Who, { attemptsPerHour }: HoldPolicy) =>
  both(who, 'answers', attemptsPerHour);
