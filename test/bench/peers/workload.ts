/**
 * The same mix for every engine: so many attempts on half as many blocks by random drivers, so that wins, lost
 * races, overlaps and full weeks all occur. Each attempt is a whole claim: version, overlap, weekly hours.
 */
export interface Workload {
  clients: number;
  attempts: number;
  blocks: number;
  drivers: number;
}

export const workload = (attempts: number): Workload => ({
  clients: 16,
  attempts: attempts - (attempts % 16),
  blocks: attempts / 2,
  drivers: attempts / 20,
});

/** Quarter hours of a block of two hours, and how many such blocks follow each other in a week. */
export const slotsPerBlock = 8;
export const startsPerWeek = 84;
export const minutesPerBlock = 120;
export const week = '2026-47';

export interface PeerResult {
  claimsPerSecond: number;
  attempts: number;
}
