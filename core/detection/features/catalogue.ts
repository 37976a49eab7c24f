import type { AccountLog } from '../activity/account-log.ts';
import { challenge } from './challenge.ts';
import { company } from './company.ts';
import { endurance } from './endurance.ts';
import type { Feature } from './feature.ts';
import { integrity } from './integrity.ts';
import { lookAt, type Market } from './look.ts';
import { network } from './network.ts';
import { polling } from './polling.ts';
import { reaction } from './reaction.ts';
import { selectivity } from './selectivity.ts';

export type { Market } from './look.ts';

const parts = [reaction, polling, endurance, selectivity, integrity, network, challenge, company];

/** Every feature, in the order of a row. Trained and served by one definition. */
export const catalogue: readonly Feature[] = parts.flatMap(({ features }) => features);

const starts = parts.map((_, index) =>
  parts.slice(0, index).reduce((sum, { features }) => sum + features.length, 0),
);

/**
 * The features of an account at a moment, in the order of the catalogue; NaN where its log says nothing. A shift of all
 * times by whole quarters of an hour gives the same bits. Not to be called from within itself: buffers are shared.
 */
export const featuresOf = (log: AccountLog, at: number, market: Market): Float64Array => {
  const look = lookAt(log, at, market);
  const row = new Float64Array(catalogue.length).fill(Number.NaN);
  parts.forEach(({ measure }, index) => {
    measure(look, row, starts[index] as number);
  });
  return row;
};
