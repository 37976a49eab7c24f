import type { Trace } from '#contract/challenge-trace.ts';
import { replayAdversaries } from './trace-replays.ts';
import { templateAdversaries } from './trace-templates.ts';

/** What a program is served of a task, as far as a trace depends on it. */
export interface TraceTask {
  mode: 'picture' | 'sound';
  choices: number;
  durationMs: number;
  places?: readonly { x: number; y: number }[];
}

/** A program that has the right answer already and makes up how it was found. */
export interface TraceAdversary {
  name: string;
  /** What it does, in a sentence, for the printed table. */
  method: string;
  /** `recorded` is a trace of a person that passed, for other picks of another task. */
  trace(
    task: TraceTask,
    picks: readonly number[],
    recorded: Trace,
    recordedPicks: readonly number[],
    chance: () => number,
  ): Trace | undefined;
}

export const traceAdversaries: readonly TraceAdversary[] = [
  { name: 'no trace', method: 'sends the right answer and nothing else', trace: () => undefined },
  ...replayAdversaries,
  ...templateAdversaries,
];
