import { picks } from '#core/challenge/sound/plan.ts';
import type { ServedTask, Solver } from './solver.ts';
import {
  assign,
  bestPlaces,
  firstInEngine,
  kinds,
  listen,
  patchOf,
  patchSize,
  soundsInAll,
  spreadOf,
  studiedTasks,
} from './sound-examples.ts';
import { bands } from './sound-features.ts';

type Compare = (patch: Float32Array) => Float64Array;

const distance = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < patchSize; i++) sum += ((a[i] as number) - (b[i] as number)) ** 2;
  return sum;
};

const learn = () => {
  const examples = studiedTasks().flatMap(({ rows, sounds }) =>
    sounds.map(({ kind, row }) => ({ kind, patch: patchOf(rows, row) })),
  );
  const { normalise } = spreadOf(examples.map(({ patch }) => patch));
  const known = examples.map(({ kind, patch }) => ({ kind, patch: normalise(patch) }));
  const averages = Array.from(
    { length: kinds },
    (_, wanted) => spreadOf(known.flatMap(({ kind, patch }) => (kind === wanted ? [patch] : []))).mean,
  );
  const beats = (wanted: boolean) => {
    const found = studiedTasks().flatMap(({ beat, isEngineOn }) =>
      [...beat].filter((_, row) => isEngineOn(row) === wanted),
    );
    return found.reduce((sum, value) => sum + value, 0) / found.length;
  };
  return { normalise, known, averages, usualBeat: (beats(true) + beats(false)) / 2 };
};
let learned: ReturnType<typeof learn> | undefined;
const lessons = () => {
  learned ??= learn();
  return learned;
};

const toAverages: Compare = (patch) =>
  Float64Array.from(lessons().averages, (average) => -distance(patch, average));

const toNearest: Compare = (patch) => {
  const votes = new Float64Array(kinds);
  const near = lessons()
    .known.map(({ kind, patch: example }) => ({ kind, far: distance(patch, example) }))
    .sort((a, b) => a.far - b.far)
    .slice(0, 9);
  for (const { kind, far } of near) votes[kind] = (votes[kind] as number) + 1 / far;
  return votes;
};

/** Where it is loudest for as long as a sound takes, six times. */
export const loudPlaces = (rows: readonly Float32Array[]): number[] => {
  const loudness = rows.map((row) => row.reduce((sum, value) => sum + value, 0) / bands);
  const score = Float64Array.from(rows, (_, middle) => {
    let sum = 0;
    for (let i = -14; i <= 14; i++)
      sum += loudness[Math.min(rows.length - 1, Math.max(0, middle + i))] as number;
    return middle < 10 || middle > rows.length - 10 ? -1e6 : sum;
  });
  return bestPlaces(score);
};

const solveBy =
  (compare: Compare) =>
  (task: ServedTask): number[] => {
    if (task.kind !== 'sound') return [];
    const { rows, beat } = listen(task.audio);
    const places = loudPlaces(rows);
    const sounds = assign(places.map((row) => compare(lessons().normalise(patchOf(rows, row)))));
    const first = firstInEngine(
      places,
      beat.map((value) => value - lessons().usualBeat),
    );
    return sounds.slice(first, first + picks);
  };

export const templateSolvers: readonly Solver[] = [
  {
    name: 'sound templates',
    method: `energy finds ${soundsInAll} sounds; nearest average log-mel patch of 600 tasks of its own`,
    mode: 'sound',
    solve: solveBy(toAverages),
  },
  {
    name: 'sound neighbours',
    method: 'the same with the nine nearest of 3,600 examples of its own',
    mode: 'sound',
    solve: solveBy(toNearest),
  },
];
