interface Positioned {
  startsAt: number;
  blockId: string;
}

/** Sorts by start, then by id, as text: the cursor of a page is the position of its last item. */
const position = ({ startsAt, blockId }: Positioned) => `${String(startsAt).padStart(15, '0')}~${blockId}`;

export interface Page<T> {
  items: T[];
  /** Present when there are more. */
  cursor?: string;
}

/**
 * One page in order of start. A cursor is opaque to clients and stays valid while items come and go;
 * one that was not made here gives nothing.
 */
export const pageOf = <T extends Positioned>(
  items: readonly T[],
  cursor: string | undefined,
  size: number,
): Page<T> | undefined => {
  const after = cursor === undefined ? '' : Buffer.from(cursor, 'base64url').toString();
  if (cursor !== undefined && !/^\d{15}~[\w-]+$/.test(after)) return undefined;
  const rest = items
    .map((item) => ({ item, at: position(item) }))
    .filter(({ at }) => at > after)
    .sort((a, b) => (a.at < b.at ? -1 : 1));
  const page = rest.slice(0, size);
  const last = page.at(-1);
  return {
    items: page.map(({ item }) => item),
    ...(rest.length > size && last && { cursor: Buffer.from(last.at).toString('base64url') }),
  };
};

/** What a client is told whose cursor was not made here. */
export const foreignCursor = {
  status: 'refused',
  code: 'invalid-request',
  faults: [{ path: 'query.cursor', message: 'was not given out here' }],
} as const satisfies { status: string; code: string; faults: { path: string; message: string }[] };
