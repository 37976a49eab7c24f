import type { ActivityEvent } from '#contract/activity.ts';
import type { AttemptEvent } from '#contract/events.ts';
import type { ActivityArchive } from './archive-store.ts';
import type { ChunksStore } from './chunks-store.ts';
import type { HashName } from './hash-names.ts';
import type { PseudonymsStore } from './pseudonyms-store.ts';
import { toActivity } from './to-activity.ts';

export interface IngestDeps {
  pseudonyms: Pick<PseudonymsStore, 'of'>;
  hashName: () => Promise<HashName>;
  archive: ActivityArchive;
  chunks: Pick<ChunksStore, 'store'>;
  now: () => number;
}

/** A producer's clock may be ahead of ours by so much; what claims to be later is taken to be from now. */
const aheadMs = 60_000;

/** What drivers did goes under their pseudonyms to the archive and to where it is scored. All of it may be done again. */
export const ingest = async (deps: IngestDeps, attempts: readonly AttemptEvent[]): Promise<void> => {
  const [accounts, hash] = await Promise.all([
    deps.pseudonyms.of(attempts.map(({ driverId }) => driverId)),
    deps.hashName(),
  ]);
  const latest = deps.now() + aheadMs;
  const byId = new Map<string, ActivityEvent>();
  for (const attempt of attempts) {
    const accountKey = accounts.get(attempt.driverId);
    // Of a driver who left meanwhile.
    if (accountKey === undefined) continue;
    const event = toActivity(attempt, accountKey, hash);
    byId.set(event.eventId, event.ts > latest ? { ...event, ts: latest } : event);
  }
  const events = [...byId.values()];
  await Promise.all([deps.archive.store(events), deps.chunks.store(events)]);
};
