import type { Check } from './check.ts';
import type { View } from './views-store.ts';

const iso = (at: number) => new Date(at).toISOString();

/** A check for its driver: everything but how like a photo was, which decides nothing that is not told. */
export const exportCheck = ({
  checkId,
  state,
  askedBy,
  blockId,
  createdAt,
  settledAt,
  settledBy,
  looks,
}: Check) => ({
  checkId,
  state,
  askedBy,
  ...(blockId && { blockId }),
  createdAt: iso(createdAt),
  ...(settledAt !== undefined && { settledAt: iso(settledAt) }),
  ...(settledBy && { settledBy }),
  photos: looks.map(({ at, result, reasons }) => ({ at: iso(at), result, reasons: [...reasons] })),
});

export const exportView = ({ checkId, at, by, rationale, blurred }: View) => ({
  checkId,
  viewedAt: iso(at),
  by,
  rationale,
  blurred,
});
