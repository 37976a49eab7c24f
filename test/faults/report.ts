import { type Hunt, type Kind, kinds } from './campaign.ts';
import type { Tally } from './tally.ts';

/** So many seeds of violations are listed; all are counted. */
const mostListed = 20;

/** A violation on one line of a terminal. */
const short = (text: string) => (text.length > 100 ? `${text.slice(0, 99)}…` : text);

const table = (rows: readonly (readonly [string, string])[]) => {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`);
};

const count = (value: number) => value.toLocaleString('en');

const rowsOf = {
  claims: ({ hit, contended, claims, releases }) => [
    ['  hit by a fault in a claim or release', count(hit)],
    ['  with requests about one block at once', count(contended)],
    ['claims, releases', `${count(claims)}, ${count(releases)}`],
  ],
  draws: ({ hit, contended, claims, releases, runs }) => [
    ['  hit by a fault', count(hit)],
    ['  with two runs of the allocator at once', count(contended)],
    ['entries and claims, leaves and releases', `${count(claims)}, ${count(releases)}`],
    ['runs of the allocator', count(runs)],
  ],
} as const satisfies Record<Kind, (tally: Tally) => readonly (readonly [string, string])[]>;

const renderTally = (kind: Kind, tally: Tally): string[] => {
  const { histories, violating } = tally;
  if (histories === 0) return [];
  return [
    ...table([
      [`histories of ${kind}`, count(histories)],
      ...rowsOf[kind](tally),
      ['requests delivered', count(tally.delivered)],
      ...Object.entries(tally.faults).map(([name, times]): [string, string] => [`  ${name}`, count(times)]),
      ['violations', count(violating.length)],
    ]),
    ...violating
      .slice(0, mostListed)
      .flatMap(({ seed, violations }) => [
        `  seed ${seed}: ${short(violations[0] ?? '')}`,
        `    npm run faults -- --kind ${kind} --seed ${seed}`,
      ]),
  ];
};

/** The tables that a run prints; its last line is the summary. */
export const renderReport = (
  tallies: Readonly<Record<Kind, Tally>>,
  hunts: readonly Hunt[],
  seconds: number,
): string => {
  const caught = hunts.filter(({ caughtAfter }) => caughtAfter !== undefined);
  const sum = (of: (tally: Tally) => number) => kinds.reduce((all, kind) => all + of(tallies[kind]), 0);
  const lines = kinds.flatMap((kind) => renderTally(kind, tallies[kind]));
  if (hunts.length > 0) {
    lines.push(
      'mutants, caught by seed',
      ...table(
        hunts.map(({ mutant, caughtAfter, violation }) => [
          mutant,
          caughtAfter === undefined
            ? 'NOT CAUGHT'
            : `${String(caughtAfter).padStart(4)}  ${short(violation ?? '')}`,
        ]),
      ),
    );
  }
  const [histories, violating] = [sum((tally) => tally.histories), sum((tally) => tally.violating.length)];
  lines.push(
    `${seconds.toFixed(0)} s`,
    `faults: ${histories} histories, ${violating} violations, ${caught.length} of ${hunts.length} mutants caught`,
  );
  return lines.join('\n');
};
