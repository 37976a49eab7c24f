import { answeredOrUnread } from '#core/shared/dynamodb-store.ts';
import { maxTries, pause, type Surroundings } from '#core/shared/tries.ts';
import type { DrawsStore } from './draws-store.ts';
import type { EntriesStore } from './entries-store.ts';

export interface LeaveDrawDeps extends Surroundings {
  draws: Pick<DrawsStore, 'read'>;
  entries: Pick<EntriesStore, 'leave' | 'read'>;
}

export type LeaveOutcome =
  | { status: 'left' }
  | { status: 'refused'; code: 'unknown-draw' | 'draw-closed' | 'try-again' };

/**
 * Takes a driver's entry out of a draw that is open. Sending it again is harmless, also after the close. Whoever is told
 * `left` cannot win with any entry that was answered before; one that left while the draw closed may still be on its roll,
 * and is refused there.
 */
export const leaveDraw = async (
  deps: LeaveDrawDeps,
  { drawId, driverId }: { drawId: string; driverId: string },
): Promise<LeaveOutcome> => {
  const refuse = (code: Extract<LeaveOutcome, { status: 'refused' }>['code']) =>
    ({ status: 'refused', code }) as const;
  const [stored, found] = await Promise.all([
    answeredOrUnread(deps.draws.read(drawId)),
    answeredOrUnread(deps.entries.read(drawId, driverId)),
  ]);
  if (stored === 'unread' || found === 'unread') return refuse('try-again');
  if (!stored) return refuse('unknown-draw');
  const isOpen = stored.state === 'open' && deps.now() < stored.draw.closesAt;
  if (!isOpen) return found?.state === 'left' ? { status: 'left' } : refuse('draw-closed');
  let entry = found;
  for (let attempt = 1; attempt <= maxTries; attempt += 1) {
    if (entry?.won !== undefined) return refuse('draw-closed');
    if (entry?.state !== 'in') return { status: 'left' };
    const answer = await deps.entries.leave(drawId, driverId, entry);
    if (answer.status === 'done') return { status: 'left' };
    // It has left or won since, or another phone has changed it.
    if (answer.status === 'refused') entry = answer.entry;
    else if (attempt < maxTries) await pause(deps);
  }
  return refuse('try-again');
};
