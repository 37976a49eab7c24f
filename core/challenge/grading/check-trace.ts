import type { Trace } from '#contract/challenge-trace.ts';
import type { Fault } from '#contract/describe-problem.ts';
import type { TaskFacts } from '../task-facts.ts';

/**
 * A trace starts after its task was served and ends before its answer arrives, so an honest one is shorter than the
 * server's time by a round trip. Two seconds are for web views that stamp with a wall clock: over ten minutes a clock
 * that is corrected by 0.05 % (the fastest that NTP slews) and runs wrong by 0.2 % is off by 1.5 s.
 */
const clockToleranceMs = 2_000;

/** As many events as the contract lets in: of a trace that is full nobody knows what came after. */
const fullTrace = 600;

/** So many help whoever debugs a client; more would only make the answer large. */
const mostFaults = 10;

/** What stands picked at the end of a trace, or nothing where it cannot be told. */
const picksOf = ({ events }: Trace): { picks: number[] } | { unheld: number } | undefined => {
  const picks: number[] = [];
  for (const [index, { e, n }] of events.entries()) {
    if (e !== 'pick' && e !== 'unpick') continue;
    if (n === undefined) return undefined;
    if (e === 'pick') picks.push(n);
    else {
      const at = picks.lastIndexOf(n);
      if (at < 0) return { unheld: index };
      picks.splice(at, 1);
    }
  }
  return { picks };
};

/**
 * What cannot be in a trace of this task, `elapsedMs` after the task was first served. What is merely missing is no
 * fault: a trace may be empty, or have picks only.
 */
export const checkTrace = (
  trace: Trace,
  elapsedMs: number,
  facts: TaskFacts,
  picks: readonly number[],
): Fault[] => {
  const faults: Fault[] = [];
  const latest = elapsedMs + clockToleranceMs;
  let before = 0;
  for (const [index, { t, e, n }] of trace.events.entries()) {
    const at = (field: string, message: string) =>
      faults.push({ path: `trace.events.${index}.${field}`, message });
    if (t < before) at('t', 'is before the event that it follows');
    if (t > latest) at('t', 'lies in the future');
    if ((e === 'pick' || e === 'unpick') && n !== undefined && n >= facts.choices)
      at('n', 'names no choice of this task');
    before = t;
  }
  if (trace.events.length >= fullTrace || !trace.events.some(({ e }) => e === 'pick'))
    return faults.slice(0, mostFaults);
  const held = picksOf(trace);
  if (held && 'unheld' in held)
    faults.push({ path: `trace.events.${held.unheld}.n`, message: 'was not picked' });
  else if (held && (held.picks.length !== picks.length || held.picks.some((n, i) => n !== picks[i])))
    faults.push({ path: 'trace.events', message: 'the picks in it are not those of the answer' });
  return faults.slice(0, mostFaults);
};
