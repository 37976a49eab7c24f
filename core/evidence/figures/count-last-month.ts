import type { AuditStore } from '../audit/audit-store.ts';
import type { FiguresStore } from './figures-store.ts';
import { countMonth, lastMonth } from './monthly.ts';
import { publishable } from './publish.ts';

const entriesAtOnce = 1_000;
const settledAfterMs = 3_600_000;

/** Counts the last month, once: from the first entry of the audit, since appeals of long ago are answered in it. */
export const countLastMonth = async (
  { audit, figures }: { audit: AuditStore; figures: FiguresStore },
  now: number,
): Promise<'counted' | 'known'> => {
  // What is dated within the month has come by then.
  const month = lastMonth(now - settledAfterMs);
  if ((await figures.latest(now))?.month === month) return 'known';
  const count = countMonth(month);
  for (let from = 1; ; from += entriesAtOnce) {
    const entries = await audit.list(from, entriesAtOnce);
    for (const entry of entries) count.add(entry);
    if (entries.length < entriesAtOnce) break;
  }
  await figures.put(publishable(count.figures(), now));
  return 'counted';
};
