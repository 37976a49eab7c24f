import type { SharingPolicy } from '#contract/sharing-policy.ts';
import { closeWithBeacon } from './beacon-rounds.ts';
import type { Draw } from './draw.ts';
import { commitmentOf } from './ranking.ts';

/** When a draw closes, which value of the beacon it waits for, and what is published of its secret. */
export const drawTerms = (
  { sealMilliseconds: sealMs, beacon }: SharingPolicy['draws'],
  secret: string,
  { opensAt, seconds }: { opensAt: number; seconds: number },
): Pick<Draw, 'closesAt' | 'commitment' | 'beacon'> => {
  const { closesAt, round } = closeWithBeacon(beacon, { opensAt, seconds, sealMs });
  return { closesAt, commitment: commitmentOf(secret), beacon: { chainHash: beacon.chainHash, round } };
};
