import type { Item } from '#core/shared/dynamodb-store.ts';
import { type DueThing, erasureKey, secondsOf } from '../keys.ts';
import type { Erasure, ErasureState } from './erasure.ts';

export const erasureItem = (erasure: Erasure, recordRetentionDays: number): Item => {
  const { driverId, erasureId, state, ...kept } = erasure;
  return {
    ...erasureKey(driverId, erasureId),
    id: { S: erasureId },
    dr: { S: driverId },
    st: { S: state },
    d: { S: JSON.stringify(kept) },
    ttl: { N: String(secondsOf(erasure.requestedAt) + recordRetentionDays * 86_400) },
  };
};

/** Until it is done, the clock comes back to it. */
export const erasureDue = ({
  driverId,
  erasureId,
  requestedAt,
}: Pick<Erasure, 'driverId' | 'erasureId' | 'requestedAt'>): DueThing => ({
  kind: 'erasure',
  driverId,
  id: erasureId,
  at: requestedAt,
});

export const toErasure = (item: Item): Erasure => ({
  ...(JSON.parse(item.d?.S ?? '{}') as Omit<Erasure, 'driverId' | 'erasureId' | 'state'>),
  driverId: item.dr?.S ?? '',
  erasureId: item.id?.S ?? '',
  state: item.st?.S as ErasureState,
});
