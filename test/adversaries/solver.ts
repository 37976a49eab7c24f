import type { TaskOf } from '#contract/challenges.ts';

/** What an adversary is served of an object task; its identifier says nothing and is left out. */
export type ServedTask = Omit<TaskOf<'picture'>, 'taskId'> | Omit<TaskOf<'sound'>, 'taskId'>;

/** A program that looks at an object task and says what it takes for the answer. */
export interface Solver {
  name: string;
  /** What it does, in a sentence, for the printed table. */
  method: string;
  mode: 'picture' | 'sound';
  solve(task: ServedTask, chance: () => number): readonly number[];
}
