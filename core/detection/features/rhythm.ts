import type { LoggedEvent } from '../activity/logged-event.ts';

/** Clockwork in times: programs keep to round periods and to multiples of one interval. */

/** Periods that schedules use, ms. Half a minute and the like show at their divisors too. */
const periods = [1_000, 10_000, 60_000, 300_000, 900_000];
const leastEvents = 20;
const bins = 64;
const cosines = Float64Array.from({ length: bins }, (_, bin) => Math.cos((2 * Math.PI * (bin + 0.5)) / bins));
const sines = Float64Array.from({ length: bins }, (_, bin) => Math.sin((2 * Math.PI * (bin + 0.5)) / bins));
const counts = new Uint32Array(bins);

/**
 * Squared length of the mean direction of the phases, without what chance gives it (Rayleigh). Events closer than a
 * period to the one before would count a single burst as often as it has events, so they are passed over.
 */
const concentration = (events: readonly LoggedEvent[], period: number): number => {
  counts.fill(0);
  const origin = events[0]?.at ?? 0;
  let n = 0;
  let before = Number.NEGATIVE_INFINITY;
  for (const { at } of events) {
    if (at - before < period) continue;
    before = at;
    n += 1;
    const cycles = (at - origin) / period;
    const bin = Math.floor((cycles - Math.floor(cycles)) * bins);
    counts[bin] = (counts[bin] as number) + 1;
  }
  if (n < leastEvents) return Number.NaN;
  let [x, y] = [0, 0];
  for (let bin = 0; bin < bins; bin += 1) {
    x += (counts[bin] as number) * (cosines[bin] as number);
    y += (counts[bin] as number) * (sines[bin] as number);
  }
  return Math.max(0, ((x * x + y * y) / n - 1) / (n - 1));
};

/** The largest over periods that the clock can tell: 0 for times of no schedule, 1 for always the same moment. */
export const phaseConcentration = (events: readonly LoggedEvent[], clockMs: number): number => {
  let largest = Number.NaN;
  for (const period of periods) {
    if (period < 30 * clockMs) continue;
    const value = concentration(events, period);
    if (!(value <= largest)) largest = Number.isNaN(value) ? largest : value;
  }
  return largest;
};

/** Width of the fullest window, as a ratio. */
const windowRatio = 1.06;
const mostMultiples = 12;

/**
 * How well intervals keep to multiples of the commonest one: mean cosine of their phase, 1 for exact multiples. Missed
 * or doubled polls of a program still lie on its beat.
 */
export const harmonicPeak = (sorted: Float64Array, n: number): number => {
  let [low, best, bestLow] = [0, 0, 0];
  for (let high = 0; high < n; high += 1) {
    while ((sorted[low] as number) * windowRatio < (sorted[high] as number)) low += 1;
    if (high - low + 1 > best) {
      best = high - low + 1;
      bestLow = low;
    }
  }
  const beat = sorted[bestLow + (best >> 1)] as number;
  let [sum, used] = [0, 0];
  for (let index = 0; index < n; index += 1) {
    const multiples = (sorted[index] as number) / beat;
    if (multiples < 0.5 || multiples > mostMultiples) continue;
    used += 1;
    sum += Math.cos(2 * Math.PI * multiples);
  }
  return sum / used;
};
