import * as z from 'zod/mini';
import type { DrawRecord } from '#contract/draw-record.ts';
import { drawView } from '#contract/draws.ts';

/** What somebody kept of a draw before its outcome: an answer of `GET /v1/draws/{drawId}`. */
const seenDraw = z.pick(drawView, {
  drawId: true,
  closesAt: true,
  commitment: true,
  beacon: true,
  blocks: true,
  rollDigest: true,
});

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/**
 * What of a record is not as it was shown before, by its name; nothing where all of it is. `undefined`: that is no answer
 * about a draw. A record can only be held against itself without this: whoever ran it wrote all of it.
 */
export const differencesFrom = (record: DrawRecord, seen: unknown): string[] | undefined => {
  const { success, data } = seenDraw.safeParse(
    typeof seen === 'object' && seen !== null
      ? Object.fromEntries(Object.entries(seen).filter(([name]) => name in seenDraw.shape))
      : seen,
  );
  if (!success) return undefined;
  const { chainHash, round } = record.beacon;
  const pairs: [string, boolean][] = [
    ['drawId', data.drawId === record.drawId],
    ['closesAt', data.closesAt === record.closesAt],
    ['commitment', data.commitment === record.commitment],
    ['beacon', same([data.beacon.chainHash, data.beacon.round], [chainHash, round])],
    ['blocks', same(data.blocks, record.blocks)],
    ['rollDigest', data.rollDigest === undefined || data.rollDigest === record.rollDigest],
  ];
  return pairs.flatMap(([name, holds]) => (holds ? [] : [name]));
};
