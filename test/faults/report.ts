import type { Hunt } from './campaign.ts';
import type { Tally } from './tally.ts';

/** So many seeds of violations are listed; all are counted. */
const mostListed = 20;

/** A violation on one line of a terminal. */
const short = (text: string) => (text.length > 100 ? `${text.slice(0, 99)}…` : text);

const table = (rows: readonly (readonly [string, string])[]) => {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`);
};

/** The table that a run prints; its last line is the summary. */
export const renderReport = (tally: Tally, hunts: readonly Hunt[], seconds: number): string => {
  const { histories, violating, hit, contended } = tally;
  const caught = hunts.filter(({ caughtAfter }) => caughtAfter !== undefined);
  const count = (value: number) => value.toLocaleString('en');
  const lines: string[] = [];
  if (histories > 0) {
    lines.push(
      ...table([
        ['histories', count(histories)],
        ['  hit by a fault in a claim or release', count(hit)],
        ['  with requests about one block at once', count(contended)],
        ['claims, releases', `${count(tally.claims)}, ${count(tally.releases)}`],
        ['requests delivered', count(tally.delivered)],
        ...Object.entries(tally.faults).map(([kind, times]): [string, string] => [`  ${kind}`, count(times)]),
        ['violations', count(violating.length)],
      ]),
    );
  }
  for (const { seed, violations } of violating.slice(0, mostListed)) {
    lines.push(`  seed ${seed}: ${short(violations[0] ?? '')}`, `    npm run faults -- --seed ${seed}`);
  }
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
  lines.push(
    `${seconds.toFixed(0)} s`,
    `faults: ${histories} histories, ${violating.length} violations, ${caught.length} of ${hunts.length} mutants caught`,
  );
  return lines.join('\n');
};
