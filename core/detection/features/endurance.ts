import { hasSlot, slotCount, slotOf, slotsPerDay } from '../activity/slots.ts';
import { firstAfter, type Look, windowNames, windows } from './look.ts';
import { measured } from './measured.ts';

/** What nobody sleeps through: a pause of 4 h. */
const restSlots = 16;
const quietSlots = 24;
const slotsPerHour = 4;
const leastSlots = 40;
const leastDays = 3;

/** Quarters of an hour with activity, counted from 30 days before the look; ascending, as many as `count`. */
const quarters = new Int32Array(slotCount);
const active = new Uint8Array(slotCount);
const circle = new Uint32Array(slotsPerDay);
const perDay = new Uint32Array(slotCount / slotsPerDay + 1);
const repeatedPerDay = new Uint32Array(perDay.length);

/** The ring, read from the look backwards; returns how many quarters are active. */
const readSlots = ({ log, at }: Look): number => {
  const newest = slotOf(log.newestAt);
  active.fill(0);
  for (let bit = 0; bit < slotCount; bit += 1) {
    if (log.slots[bit >> 3] === 0) {
      bit |= 7;
      continue;
    }
    if (!hasSlot(log.slots, bit)) continue;
    // The ring knows the 30 days that end with its own newest; what is after the look is not seen.
    const age = slotOf(at) - newest + ((((newest - bit) % slotCount) + slotCount) % slotCount);
    if (age >= 0 && age < slotCount) active[slotCount - 1 - age] = 1;
  }
  let count = 0;
  for (let slot = 0; slot < slotCount; slot += 1) {
    if (active[slot] === 0) continue;
    quarters[count] = slot;
    count += 1;
  }
  return count;
};

const quarter = (index: number): number => quarters[index] as number;

/** Counts the quarters of each day of 24 h since the first one; returns in how many days anything happened. */
const countDays = (count: number): number => {
  perDay.fill(0);
  repeatedPerDay.fill(0);
  let days = 0;
  for (let index = 0; index < count; index += 1) {
    const slot = quarter(index);
    const day = Math.floor((slot - quarter(0)) / slotsPerDay);
    if (perDay[day] === 0) days += 1;
    perDay[day] = (perDay[day] as number) + 1;
    if (active[slot + slotsPerDay] === 1) repeatedPerDay[day] = (repeatedPerDay[day] as number) + 1;
  }
  return days;
};

/** Days of 24 h, the first beginning with the account's first event of the 30 days, in which anything happened. */
export const activeDays = (look: Look): number => countDays(readSlots(look));

/** Longest time without a rest, longest gap, in quarters; and the number of rests. */
const stretchesOf = (count: number) => {
  let longest = 1;
  let gap = 0;
  let rests = 0;
  let start = quarter(0);
  for (let index = 1; index < count; index += 1) {
    const slot = quarter(index);
    const pause = slot - quarter(index - 1) - 1;
    gap = Math.max(gap, pause);
    if (pause >= restSlots) {
      rests += 1;
      start = slot;
    }
    longest = Math.max(longest, slot - start + 1);
  }
  return { longest, gap, rests };
};

/** Smallest share that any 6 hours of the round of the day hold, wherever they begin: no time zone is needed. */
const quietShare = (count: number): number => {
  circle.fill(0);
  for (let index = 0; index < count; index += 1) {
    const place = quarter(index) % slotsPerDay;
    circle[place] = (circle[place] as number) + 1;
  }
  let held = 0;
  for (let place = 0; place < quietSlots; place += 1) held += circle[place] as number;
  let least = held;
  for (let start = 0; start < slotsPerDay; start += 1) {
    held += (circle[(start + quietSlots) % slotsPerDay] as number) - (circle[start] as number);
    least = Math.min(least, held);
  }
  return least / count;
};

/** Most quarters of any 24 h. */
const busiest = (count: number): number => {
  let most = 0;
  let start = 0;
  for (let end = 0; end < count; end += 1) {
    while (quarter(end) - quarter(start) >= slotsPerDay) start += 1;
    most = Math.max(most, end - start + 1);
  }
  return most;
};

/** How alike a day and the next are: quarters that both have, of those that either has; mean over the days. */
const dayLikeness = (days: number): number => {
  let sum = 0;
  let pairs = 0;
  for (let day = 0; day < days; day += 1) {
    const both = repeatedPerDay[day] as number;
    const either = (perDay[day] as number) + (perDay[day + 1] as number) - both;
    if (either === 0) continue;
    pairs += 1;
    sum += both / either;
  }
  return pairs < leastDays ? Number.NaN : sum / pairs;
};

const eventsWithin = (look: Look, ms: number): number =>
  look.events.reduce((sum, events) => sum + events.length - firstAfter(events, look.at - ms), 0);

/** How long the account keeps at it, and whether it ever rests; at which hours is nobody's business. */
export const endurance = measured(
  'endurance',
  {
    'events.1h': [0, 'events, last hour'],
    'events.24h': [0, 'events, last 24 hours'],
    'events.7d': [0, 'events, last 7 days'],
    'longest-stretch': [1, 'longest time without a pause of 4 hours, hours'],
    'quiet-share': [1, 'share of activity in the quietest 6 hours of the day'],
    'hours-per-day': [0, 'hours with activity per active day'],
    'busiest-day': [0, 'hours with activity in the busiest 24 hours'],
    'active-days': [0, 'share of days with activity'],
    'longest-gap': [0, 'longest pause, hours'],
    rests: [0, 'pauses of 4 hours or more per day'],
    'day-likeness': [0, 'how alike successive days are (0 nothing in common, 1 the same)'],
  },
  (look, put) => {
    for (const name of windowNames) put(`events.${name}`, eventsWithin(look, windows[name]));
    const count = readSlots(look);
    if (count === 0) return;
    const span = quarter(count - 1) - quarter(0) + 1;
    const days = countDays(count);
    const { longest, gap, rests } = stretchesOf(count);
    put('longest-stretch', longest / slotsPerHour);
    put('hours-per-day', count / slotsPerHour / days);
    put('busiest-day', busiest(count) / slotsPerHour);
    if (days < leastDays) return;
    const elapsed = Math.ceil(span / slotsPerDay);
    put('active-days', days / elapsed);
    put('longest-gap', gap / slotsPerHour);
    put('rests', (rests * slotsPerDay) / span);
    put('day-likeness', dayLikeness(elapsed - 1));
    if (count >= leastSlots) put('quiet-share', quietShare(count));
  },
);
