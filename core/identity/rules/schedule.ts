import { createHmac } from 'node:crypto';
import type { SelfieSchedule } from '#contract/identity-policy.ts';

const dayMs = 86_400_000;
const weekMs = 7 * dayMs;

/**
 * When a driver was asked so far. That it says nothing about how the checks ended is the point: no outcome can make
 * the next one come sooner.
 */
export interface Asked {
  /** Milliseconds since the epoch, oldest first; a week at least. */
  at: readonly number[];
  /** Whether this phone was ever asked on. */
  onThisPhone: boolean;
}

export const askedWithin = (at: readonly number[], now: number) => ({
  today: at.filter((time) => time > now - dayMs).length,
  thisWeek: at.filter((time) => time > now - weekMs).length,
});

/** Times that still count. */
export const stillCounted = (at: readonly number[], now: number) => at.filter((time) => time > now - weekMs);

export type AskedBy = 'schedule' | 'new-phone';

/**
 * Whether a check-in asks for a selfie. `chance`, from 0 to 1, follows from driver and block, so that asking again
 * draws no second lot.
 */
export const askedFor = (
  schedule: SelfieSchedule,
  asked: Asked,
  chance: number,
  now: number,
): AskedBy | undefined => {
  const { today, thisWeek } = askedWithin(asked.at, now);
  if (today >= schedule.mostPerDay || thisWeek >= schedule.mostPerWeek) return undefined;
  if (schedule.newPhones && !asked.onThisPhone) return 'new-phone';
  return chance < schedule.share ? 'schedule' : undefined;
};

/** The lot of a check-in: evenly from 0 to 1, known to nobody without the key. */
export const chanceOf = (key: Buffer, driverId: string, block: string): number =>
  createHmac('sha256', key).update(`selfie|${driverId}|${block}`).digest().readUIntBE(0, 6) / 2 ** 48;
