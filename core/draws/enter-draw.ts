import type { OfferFacts } from '#core/offers/offer-token.ts';
import { answeredOrUnread } from '#core/shared/dynamodb-store.ts';
import { maxTries, pause, type Surroundings } from '#core/shared/tries.ts';
import { type Entry, namedDays } from './draw.ts';
import type { EntriesStore } from './entries-store.ts';

/** Clocks of two machines differ by less: whoever was done earlier than that before the close was in time. */
export const clockMarginMs = 1_000;

export type EntryOutcome =
  | { status: 'entered'; choices: readonly string[] }
  | { status: 'refused'; code: 'draw-closed' | 'try-again' };

export interface EnterDeps extends Surroundings {
  entries: EntriesStore;
  mostChoices: number;
}

/** Everything that was chosen, what was named first before the rest. */
const union = (earlier: readonly string[], added: readonly string[], most: number) =>
  [...new Set([...earlier, ...added])].slice(0, most);

/**
 * One entry for a driver, however often and from however many phones it is sent; blocks that are named later come
 * behind those that were named before. One write, unless the driver has an entry already. Whoever is told `entered`
 * takes part; whoever is told `draw-closed` cannot win. An entry that changes nothing is written as well, so that no other
 * phone's call that came too late takes back what it was told.
 */
export const enterDraw = async (
  deps: EnterDeps,
  entry: Entry,
  { closesAt, startsAt }: Pick<OfferFacts, 'startsAt'> & { closesAt: number },
): Promise<EntryOutcome> => {
  const { entries, now } = deps;
  const expiresAt = startsAt + namedDays * 86_400_000;
  let written: readonly string[] | undefined;
  let isNew = true;
  let changes = 1;
  let answer = await entries.write(entry, expiresAt);
  for (let attempt = 1; written === undefined; attempt += 1) {
    if (answer.status === 'done') written = entry.choices;
    else if (attempt > maxTries) return { status: 'refused', code: 'try-again' };
    else if (answer.status === 'refused' && answer.entry) {
      const seen = answer.entry;
      const isIn = seen.state === 'in';
      isNew = !isIn;
      const choices = isIn ? union(seen.choices, entry.choices, deps.mostChoices) : entry.choices;
      answer = await entries.write({ ...entry, choices }, expiresAt, seen);
      if (answer.status === 'done') written = choices;
      changes = (seen.changes ?? 0) + 1;
    } else {
      await pause(deps);
      answer = await entries.write(entry, expiresAt);
    }
  }
  if (now() < closesAt - clockMarginMs) return { status: 'entered', choices: written };
  const isOpen = await answeredOrUnread(entries.isOpen(entry.drawId));
  if (isOpen === true) return { status: 'entered', choices: written };
  // What was in before may have been confirmed to another phone: it stays, and asking again tells.
  if (!isNew) return { status: 'refused', code: 'try-again' };
  // It may be on the roll or not: it is made to count for nothing, unless it has won already.
  const left = await entries.leave(entry.drawId, entry.driverId, { changes });
  if (left.status === 'refused' && left.entry?.won !== undefined)
    return { status: 'entered', choices: written };
  const isOut = left.status === 'done' || (left.status === 'refused' && left.entry?.state !== 'in');
  return { status: 'refused', code: isOut ? 'draw-closed' : 'try-again' };
};

/**
 * What a driver is told of the own entry after the close. One that has not won may have been written too late to take part:
 * so nothing is said before the outcome is there, and that it is shows before the entry is read.
 */
export const enteredInTime = async (
  entries: Pick<EntriesStore, 'isOver' | 'read'>,
  { drawId, driverId }: { drawId: string; driverId: string },
): Promise<EntryOutcome> => {
  const isOver = await answeredOrUnread(entries.isOver(drawId));
  const entry = await answeredOrUnread(entries.read(drawId, driverId));
  if (isOver === 'unread' || entry === 'unread') return { status: 'refused', code: 'try-again' };
  if (entry?.won !== undefined) return { status: 'entered', choices: [entry.won] };
  const isOut = isOver || entry?.state !== 'in';
  return { status: 'refused', code: isOut ? 'draw-closed' : 'try-again' };
};
