import { createHmac } from 'node:crypto';
import type { RiskPolicy } from '#contract/risk-policy.ts';

/** Where the lines of the policy are for one driver at one time. */
export interface Blur {
  /** Times `quickMs`. */
  quick: number;
  /** Points more or fewer. */
  shift: -1 | 0 | 1;
}

const reach = 0.1;
export const noBlur: Blur = { quick: 1, shift: 0 };
/** Sees whatever any other sees. */
export const widest: Blur = { quick: 1 + reach, shift: 0 };

const windowMs = 30 * 60_000;

/** The same for a driver for half an hour, so that trying again tells nothing. */
export const blurOf = ({ blur = 0 }: RiskPolicy, key: string, driverId: string, now: number): Blur => {
  const lot = createHmac('sha256', key)
    .update(`blur|${driverId}|${Math.floor(now / windowMs)}`)
    .digest();
  const unit = (at: number) => lot.readUInt32BE(at) / 2 ** 32;
  const side = unit(0);
  return {
    quick: 1 - reach + 2 * reach * unit(4),
    shift: side < blur / 2 ? 1 : side >= 1 - blur / 2 ? -1 : 0,
  };
};
