import type { WeekShare } from './calendar.ts';
import type { WeekAsIs } from './claims-store.ts';

export type CalendarRefusal = 'schedule-overlap' | 'weekly-hours-exceeded';

interface Wish {
  blockId: string;
  weeks: readonly WeekShare[];
}

/** A block that no week has room for, whatever else is in it. */
export const isTooLong = ({ weeks }: Pick<Wish, 'weeks'>, maxWeeklyMinutes: number): boolean =>
  weeks.some(({ minutes }) => minutes > maxWeeklyMinutes);

/** What stands in the way in a driver's weeks, or nothing if they already hold this block: its write has just landed. */
export const calendarRefusal = (
  weeks: readonly (WeekAsIs | undefined)[],
  wish: Wish,
): CalendarRefusal | undefined => {
  if (weeks.some((week) => week?.blocks.has(wish.blockId))) return undefined;
  const overlaps = weeks.some((week, index) =>
    wish.weeks[index]?.slots.some((slot) => week?.slots.has(slot)),
  );
  return overlaps ? 'schedule-overlap' : 'weekly-hours-exceeded';
};
