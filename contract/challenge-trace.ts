import * as z from 'zod/mini';

/** Longest that anybody may take over one task, in milliseconds. */
export const longestTraceMs = 600_000;

/** In the picture's own units: 0 to 1 inside it, a little beyond for a pointer that leaves it. */
const coordinate = z.number().check(z.gte(-1), z.lte(2));
const index = z.int().check(z.gte(0), z.lte(15));

/**
 * One thing that happened on the page of a task; `t` in milliseconds since the task was shown. `play` is the start of
 * the clip or of the sounds, also the automatic one; `end` their end. `pick` and `unpick` name a choice as `n`.
 * Nothing of what a person types is in it, and nothing from outside the page.
 */
export const traceEvent = z.strictObject({
  t: z.int().check(z.gte(0), z.lte(longestTraceMs)),
  e: z.enum(['move', 'down', 'up', 'key', 'focus', 'pick', 'unpick', 'play', 'pause', 'end']),
  x: z.optional(coordinate),
  y: z.optional(coordinate),
  n: z.optional(index),
});
export type TraceEvent = z.infer<typeof traceEvent>;

/**
 * How a task was solved. Optional as a whole and in all its parts: assistive technology and old web views send less, and
 * what is missing counts neither for nor against anybody.
 */
export const trace = z.strictObject({
  v: z.literal(1),
  input: z.enum(['mouse', 'touch', 'pen', 'keyboard', 'other']),
  /** In the order of `t`. */
  events: z.array(traceEvent).check(z.maxLength(600)),
});
export type Trace = z.infer<typeof trace>;
