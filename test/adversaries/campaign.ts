import type { Trace } from '#contract/challenge-trace.ts';
import type { TaskMode } from '#contract/challenges.ts';
import { modeOf, personTrace, styles } from '#detector/traces/people.ts';
import { pictureSolvers } from './picture-solvers.ts';
import { sourceAware } from './picture-source-aware.ts';
import { type Bout, referee } from './referee.ts';
import type { Solver } from './solver.ts';
import { soundSolvers } from './sound-solvers.ts';
import { type TraceAdversary, traceAdversaries } from './trace-adversaries.ts';

/** Solvers and replays are automatic and held to the bound; the rest is printed for what it is. */
export type Kind = 'solver' | 'aware' | 'replay' | 'bought' | 'person';

export interface Row {
  name: string;
  kind: Kind;
  mode: TaskMode;
  method: string;
  challenges: number;
  passes: number;
  /** Median time from seeing the challenge to its pass, in milliseconds, where one passed. */
  medianMs?: number;
}

/** Repeats with its seed (mulberry32). */
export const seeded = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0;
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
};

type Play = (bout: Bout, index: number) => Promise<{ passed: boolean; ms: number }>;

const count = async (
  row: Omit<Row, 'challenges' | 'passes' | 'medianMs'>,
  challenges: number,
  seed: number,
  play: Play,
): Promise<Row> => {
  const judge = referee();
  const times: number[] = [];
  for (let index = 0; index < challenges; index += 1) {
    const { passed, ms } = await play(judge.challenge(row.mode, `${seed}-${row.name}-${index}`), index);
    if (passed) times.push(ms);
  }
  const medianMs = times.sort((a, b) => a - b)[times.length >> 1];
  return { ...row, challenges, passes: times.length, ...(medianMs !== undefined && { medianMs }) };
};

/** Answers until the challenge is over; the time that a machine lets pass is that of the clip and a little. */
const answerOn = async (
  bout: Bout,
  attempt: () => Promise<{ picks: readonly number[]; trace: Trace | undefined; elapsedMs: number }>,
): Promise<{ passed: boolean; ms: number }> => {
  let ms = 0;
  for (;;) {
    const { picks, trace, elapsedMs } = await attempt();
    ms += elapsedMs;
    const ruling = await bout.answer(picks, trace, elapsedMs);
    if (ruling === 'passed') return { passed: true, ms };
    if (ruling === 'over') return { passed: false, ms };
  }
};

/** A recorded trace of a person, for a task of its own. */
const recording = (mode: TaskMode, seed: string) => {
  const facts = referee().challenge(mode, `recorded-${seed}`).facts();
  const ofMode = styles.filter((style) => modeOf(style) === mode);
  const style = ofMode[seed.length % ofMode.length] ?? styles[0];
  if (!style) throw new Error('there are no people');
  return { trace: personTrace(style, facts, facts.answer, seed).trace, picks: facts.answer };
};

const patienceMs = 1_500;

const traceOf = (
  adversary: TraceAdversary,
  bout: Bout,
  picks: readonly number[],
  seed: string,
  chance: () => number,
) => {
  const { mode, choices, durationMs, places } = bout.facts();
  const recorded = recording(mode, seed);
  const served = { mode, choices, durationMs, ...(places && { places }) };
  const trace = adversary.trace(served, picks, recorded.trace, recorded.picks, chance);
  return { trace, elapsedMs: Math.max(durationMs + patienceMs, trace?.events.at(-1)?.t ?? 0) };
};

const noTrace = traceAdversaries.find(({ name }) => name === 'no trace');

/** A solver sends no trace: of what a program can make up that passes most, as the rows of bought answers show. */
export const trySolver = (solver: Solver, challenges: number, seed: number): Promise<Row> => {
  if (!noTrace) throw new Error('nobody sends no trace');
  const chance = seeded(seed);
  const row = { name: solver.name, kind: 'solver' as const, mode: solver.mode, method: solver.method };
  return count(row, challenges, seed, (bout, index) =>
    answerOn(bout, async () => {
      const picks = solver.solve((await bout.task()) as never, chance);
      return { picks, ...traceOf(noTrace, bout, picks, `${seed}-${index}`, chance) };
    }),
  );
};

/** Sends a whole session of a person again: the picks and the trace that passed another challenge. */
export const tryReplay = (
  adversary: TraceAdversary,
  mode: TaskMode,
  challenges: number,
  seed: number,
): Promise<Row> => {
  const chance = seeded(seed);
  const row = {
    name: `trace ${adversary.name}`,
    kind: 'replay' as const,
    mode,
    method: 'a whole session of a person again',
  };
  return count(row, challenges, seed, (bout, index) =>
    answerOn(bout, async () => {
      const picks = recording(mode, `${seed}-${index}`).picks;
      return { picks, ...traceOf(adversary, bout, picks, `${seed}-${index}`, chance) };
    }),
  );
};

/** Was given the right answer and makes up the way to it: what the grading of the way is worth alone. */
export const tryBought = (
  adversary: TraceAdversary,
  mode: TaskMode,
  challenges: number,
  seed: number,
): Promise<Row> => {
  const chance = seeded(seed);
  const row = {
    name: `bought answers, ${adversary.name}`,
    kind: 'bought' as const,
    mode,
    method: adversary.method,
  };
  return count(row, challenges, seed, (bout, index) =>
    answerOn(bout, async () => {
      const picks = bout.facts().answer;
      return { picks, ...traceOf(adversary, bout, picks, `${seed}-${index}`, chance) };
    }),
  );
};

/** People for hire see the task 5 to 20 seconds later and solve it like everybody. */
export const tryRelay = (mode: TaskMode, challenges: number, seed: number): Promise<Row> => {
  const chance = seeded(seed);
  const [style] = styles.filter((one) => modeOf(one) === mode);
  if (!style) throw new Error(`nobody solves in mode ${mode}`);
  const row = { name: 'relay', kind: 'bought' as const, mode, method: 'people for hire, 5 to 20 s away' };
  return count(row, challenges, seed, (bout, index) =>
    answerOn(bout, async () => {
      const facts = bout.facts();
      const { trace, elapsedMs } = personTrace(
        style,
        facts,
        facts.answer,
        `relay-${seed}-${index}-${chance()}`,
      );
      return { picks: facts.answer, trace, elapsedMs: elapsedMs + 5_000 + chance() * 15_000 };
    }),
  );
};

/** Simulated people who know the answer, each style with its own hands. */
export const tryPeople = (style: (typeof styles)[number], challenges: number, seed: number): Promise<Row> => {
  const row = { name: style, kind: 'person' as const, mode: modeOf(style), method: 'simulated person' };
  let tries = 0;
  return count(row, challenges, seed, (bout, index) =>
    answerOn(bout, async () => {
      const facts = bout.facts();
      tries += 1;
      return { picks: facts.answer, ...personTrace(style, facts, facts.answer, `${seed}-${index}-${tries}`) };
    }),
  );
};

const modes: readonly TaskMode[] = ['picture', 'sound'];
const replays = traceAdversaries.filter(({ name }) => name === 'replayer' || name === 'jitterer');

/** Everybody in turn, one row after the other. */
export async function* runCampaign(
  challenges: number,
  seed: number,
  { aware, plays = () => true }: { aware: number; plays?: (solver: Solver) => boolean },
): AsyncGenerator<Row> {
  for (const solver of [...pictureSolvers, ...soundSolvers].filter(plays))
    yield await trySolver(solver, challenges, seed);
  if (aware > 0) yield { ...(await trySolver(sourceAware, aware, seed)), kind: 'aware' };
  for (const mode of modes)
    for (const replay of replays) yield await tryReplay(replay, mode, challenges, seed);
  for (const mode of modes) {
    for (const adversary of traceAdversaries) yield await tryBought(adversary, mode, challenges, seed);
    yield await tryRelay(mode, challenges, seed);
  }
  for (const style of styles) yield await tryPeople(style, challenges, seed);
}
