import { createHash } from 'node:crypto';
import type { Trace, TraceEvent } from '#contract/challenge-trace.ts';
import { gaps } from './statistics.ts';

/**
 * What a hand does. Moves depend on the page's sampling, `focus` and the clip on timers; keys and the kind of input are
 * what anybody can add or rename without changing how a trace is graded.
 */
const acts: ReadonlySet<TraceEvent['e']> = new Set(['down', 'up', 'pick', 'unpick']);

/** Clocks that some browsers round to. A copy of such a trace shares its few possible times with other people's. */
const coarseClocks = [100, 50, 25, 20, 50 / 3, 10];

/** Of the whole trace, in the normalised digests: about 10 ms of a usual one. */
const bins = 1_024;

/**
 * Traces that say less have no digest, or people would be taken for each other's copies. An interval that is
 * log-normal with a sigma of .5 has log2(2.07 interval / bin) bits (the entropy of a normal distribution); the estimate
 * below is a bit less for each. Four taps have about 60 bits to the millisecond and 35 in bins. Measured on simulated
 * people, with the number of traces, in detector/traces/model-card.md.
 */
const fewestBits = 30;

const bitsOf = (intervals: readonly number[], bin: number) =>
  [...new Set(intervals)].reduce((sum, interval) => sum + Math.max(0, Math.log2(interval / bin)), 0);

const resolutionOf = (times: readonly number[]) =>
  coarseClocks.find((step) => times.every((t) => Math.abs(t - Math.round(t / step) * step) <= 1)) ?? 1;

const digestOf = (kind: string, marks: readonly string[]) =>
  createHash('sha256')
    .update([kind, ...marks].join(' '))
    .digest('base64url')
    .slice(0, 22);

/**
 * What to remember of a trace so that a copy is recognised: of its rhythm alone, so that a copy for other places or
 * other choices, at another time, is one too. The first is to the millisecond. The others are relative to the length
 * of the trace, for copies that were stretched: in two sets of bins, half a bin apart, because what is rounded across
 * the edge of a bin in one set mostly stays within one of the other. Empty when the trace is too poor to be unlike others.
 */
export const traceDigests = ({ events }: Trace): string[] => {
  const kept = events.filter(({ e }) => acts.has(e));
  const times = kept.map(({ t }) => t);
  const [first, last] = [times[0] ?? 0, times.at(-1) ?? 0];
  const span = last - first;
  const intervals = gaps(times);
  const resolution = resolutionOf(times);
  const marks = (place: (t: number) => number) => kept.map(({ t, e }) => `${e}${place(t - first)}`);
  const digests: string[] = [];
  if (bitsOf(intervals, resolution) >= fewestBits)
    digests.push(
      digestOf(
        'exact',
        marks((t) => t),
      ),
    );
  if (bitsOf(intervals, Math.max(resolution, span / bins)) >= fewestBits)
    for (const shift of [0, 0.5])
      digests.push(
        digestOf(
          `bins ${shift}`,
          marks((t) => Math.floor((t / span) * bins + shift)),
        ),
      );
  return digests;
};
