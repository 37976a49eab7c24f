import type { BeaconChain } from '#contract/sharing-policy.ts';

/** When a round comes, in milliseconds since the epoch. */
export const timeOfRound = ({ genesis, period }: BeaconChain, round: number): number =>
  (genesis + (round - 1) * period) * 1_000;

/** The first round that comes at a time or after it. */
export const firstRoundFrom = ({ genesis, period }: BeaconChain, at: number): number =>
  Math.max(1, Math.ceil((at / 1_000 - genesis) / period) + 1);

/**
 * When a draw closes that is open for so long at least: the seal's time before the first round after that, so that the
 * outcome waits for nothing else.
 */
export const closeWithBeacon = (
  chain: BeaconChain,
  { opensAt, seconds, sealMs }: { opensAt: number; seconds: number; sealMs: number },
): { closesAt: number; round: number } => {
  const round = firstRoundFrom(chain, opensAt + seconds * 1_000 + sealMs);
  return { round, closesAt: timeOfRound(chain, round) - sealMs };
};
