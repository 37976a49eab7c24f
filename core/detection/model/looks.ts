const day = 86_400_000;
/** Milliseconds of an account-month. */
export const monthMs = 30 * day;

/**
 * When an account is looked at, in days of its month: often at first, since a new bot takes most at the start, and
 * seldom later. Looks are few and fixed because the people's rate of false warnings is that of the largest score
 * over all of them.
 */
export const lookDays = [2, 3, 4, 5, 6, 7, 9, 11, 14, 17, 21, 25, 30] as const;

/** Least evidence for a warning; recall at 0.1 % false positives was .25 with 30 events and .78 with 120. */
export const leastEvents = 120;
export const leastActiveDays = 5;

export const isEligible = ({ events, activeDays }: { events: number; activeDays: number }): boolean =>
  events >= leastEvents && activeDays >= leastActiveDays;

/**
 * The first look after `at`. A month starts with the account's first event, and each next one 30 days after: the
 * month's last look belongs to the month that it ends. Times in milliseconds since the epoch.
 */
export const nextLookAfter = (monthStart: number, at: number): { at: number; monthStart: number } => {
  const passed = Math.max(0, Math.floor((at - monthStart) / monthMs));
  const start = monthStart + passed * monthMs;
  const due = lookDays.find((days) => start + days * day > at);
  return due === undefined
    ? { at: start + monthMs + lookDays[0] * day, monthStart: start + monthMs }
    : { at: start + due * day, monthStart: start };
};
