const minute = 60_000;
const slotLength = 15 * minute;
const weekLength = 7 * 24 * 60 * minute;
/** Monday 1970-01-05, 00:00 UTC: the first ISO week that starts after the epoch. */
const firstMonday = 4 * 24 * 60 * minute;

/** The part of a block that lies in one week of a driver's calendar. */
export interface WeekShare {
  /** ISO week in UTC, such as `2026-47`. */
  week: string;
  /** Quarter hours that the block touches, counted from Monday 00:00 UTC: 0 to 671. */
  slots: number[];
  minutes: number;
  /** When the week ends, in milliseconds since the epoch. */
  endsAt: number;
}

/** ISO 8601 week number: the week belongs to the year that its Thursday lies in. */
export const weekName = (at: number): string => {
  const thursday = new Date(weekStart(at) + 3 * 24 * 60 * minute);
  const year = thursday.getUTCFullYear();
  const week = 1 + Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / weekLength);
  return `${year}-${String(week).padStart(2, '0')}`;
};

const weekStart = (at: number) => Math.floor((at - firstMonday) / weekLength) * weekLength + firstMonday;

/**
 * Splits a block by the weeks it touches. A block that crosses the week end has two shares.
 * A slot counts as touched from its first millisecond, so two blocks in one quarter hour overlap.
 */
export const weekShares = (startsAt: number, endsAt: number): WeekShare[] => {
  const shares: WeekShare[] = [];
  for (let from = startsAt; from < endsAt; ) {
    const monday = weekStart(from);
    const to = Math.min(endsAt, monday + weekLength);
    const first = Math.floor((from - monday) / slotLength);
    const last = Math.ceil((to - monday) / slotLength);
    shares.push({
      week: weekName(from),
      slots: Array.from({ length: last - first }, (_, offset) => first + offset),
      minutes: Math.ceil((to - from) / minute),
      endsAt: monday + weekLength,
    });
    from = to;
  }
  return shares;
};
