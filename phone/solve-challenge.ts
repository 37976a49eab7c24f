import type { Client } from '#contract/client.ts';
import type { ProblemDocument } from '#contract/problem-document.ts';
import { solveWork } from './work.ts';

export type Solved =
  | { status: 'passed'; clearance: string }
  /** A phone cannot do this by itself. */
  | { status: 'person-needed'; task: string; challengeId: string }
  | { status: 'refused'; problem: ProblemDocument };

/** What an app does by itself when a claim is challenged: silent work. Everything else is shown to the person who holds it. */
export const solveChallenge = async (client: Client, challengeId: string): Promise<Solved> => {
  const params = { challengeId };
  const shown = await client.getChallenge({ params, query: {} });
  if (!shown.ok) return { status: 'refused', problem: shown.body };
  const { task, clearance } = shown.body;
  if (clearance) return { status: 'passed', clearance };
  if (task?.kind !== 'work') return { status: 'person-needed', task: task?.kind ?? 'person', challengeId };
  const answer = await solveWork(task);
  const answered = await client.attemptChallenge({ params, body: { answer } });
  if (!answered.ok) return { status: 'refused', problem: answered.body };
  return answered.body.status === 'passed'
    ? { status: 'passed', clearance: answered.body.clearance }
    : { status: 'person-needed', task: 'picture', challengeId };
};
