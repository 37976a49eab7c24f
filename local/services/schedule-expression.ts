import { Cron } from 'croner';
import { describeError, LocalFailure } from '../failure.ts';

/** When a schedule is due next, strictly after `after` (milliseconds since 1970); nothing when it never is again. */
export type NextRun = (after: number) => number | undefined;

export interface ScheduleTiming {
  readonly expression: string;
  /** IANA name; rules of EventBridge always use UTC. */
  readonly timezone: string;
  /** Start of the first interval of a rate. */
  readonly startsAt: number;
}

const unitMs = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;

/** https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html */
export function compileSchedule({ expression, timezone, startsAt }: ScheduleTiming, where: string): NextRun {
  const [, kind, inner = ''] = /^(rate|cron|at)\((.*)\)$/.exec(expression) ?? [];
  const refuse = (reason: string): never => {
    throw new LocalFailure(`${where}: ${reason} in "${expression}"`);
  };
  try {
    if (kind === 'rate') return rate(inner, startsAt) ?? refuse('no rate');
    if (kind === 'at') return at(inner, timezone) ?? refuse('no time as yyyy-mm-ddThh:mm:ss');
    if (kind === 'cron')
      return cron(inner, timezone) ?? refuse('exactly one of day-of-month and day-of-week is "?"');
  } catch (error) {
    if (error instanceof LocalFailure) throw error;
    return refuse(describeError(error));
  }
  return refuse('no rate(), cron() or at()');
}

function rate(text: string, startsAt: number): NextRun | undefined {
  const [, count, unit, plural] = /^([1-9]\d*) (minute|hour|day)(s?)$/.exec(text) ?? [];
  // AWS refuses "1 minutes" and "5 minute".
  if (count === undefined || (Number(count) === 1) !== (plural === '')) return undefined;
  const intervalMs = Number(count) * unitMs[unit as keyof typeof unitMs];
  // Counted from the start, so that a late tick does not shift those after it.
  return (after) => startsAt + (Math.floor((after - startsAt) / intervalMs) + 1) * intervalMs;
}

function at(text: string, timezone: string): NextRun | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(text)) return undefined;
  const once = new Cron(text, { paused: true, timezone });
  const due = once.nextRun(new Date(0))?.getTime();
  return (after) => (due !== undefined && due > after ? due : undefined);
}

/** Minutes, hours, day of month, month, day of week (1 is Sunday), year. */
function cron(text: string, timezone: string): NextRun | undefined {
  const fields = text.trim().split(/\s+/);
  if (fields.length !== 6) throw new Error(`${fields.length} fields instead of 6`);
  const [, , dayOfMonth, , dayOfWeek] = fields;
  if ((dayOfMonth === '?') === (dayOfWeek === '?')) return undefined;
  const schedule = new Cron(`0 ${fields.join(' ')}`, {
    paused: true,
    timezone,
    mode: '7-part',
    alternativeWeekdays: true,
    // AWS writes "0/15" where cron has "0-59/15".
    sloppyRanges: true,
  });
  return (after) => schedule.nextRun(new Date(after))?.getTime();
}
