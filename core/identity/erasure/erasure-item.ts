import type { Item } from '#core/shared/dynamodb-store.ts';
import { erasureKey } from '../keys.ts';
import type { Erasure, ErasureState } from './erasure.ts';

export const erasureItem = (erasure: Erasure): Item => {
  const { driverId, erasureId, state, ...kept } = erasure;
  return {
    ...erasureKey(driverId, erasureId),
    id: { S: erasureId },
    dr: { S: driverId },
    st: { S: state },
    d: { S: JSON.stringify(kept) },
  };
};

export const toErasure = (item: Item): Erasure => ({
  ...(JSON.parse(item.d?.S ?? '{}') as Omit<Erasure, 'driverId' | 'erasureId' | 'state'>),
  driverId: item.dr?.S ?? '',
  erasureId: item.id?.S ?? '',
  state: item.st?.S as ErasureState,
});
