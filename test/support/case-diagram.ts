import { appealTransitions, caseTransitions, isOver, type Mover } from '#core/enforcement/transitions.ts';

/** The table of transitions as a picture: Mermaid, from the table alone. */

interface Transition {
  from: readonly string[];
  to: string;
  by: Mover;
}

const words: Record<Mover, string> = {
  event: 'a finding',
  clock: 'the clock',
  driver: 'the driver',
  person: 'a person',
  approver: 'another person, an approver',
  'third-person': 'somebody who had no part',
};

const arrows = (transitions: Readonly<Record<string, Transition>>): string[] =>
  Object.entries(transitions).flatMap(([move, { from, to, by }]) =>
    from.map((state) => `  ${state} --> ${to}: ${move} (${words[by]})`),
  );

/** `overturn` leads from nearly everywhere to one place: drawn once, so that the rest can be seen. */
const { overturn, ...moves } = caseTransitions;

const ends = [...new Set(Object.values(caseTransitions).map(({ to }) => to))].filter(isOver);

const cases = [
  'stateDiagram-v2',
  `  [*] --> review: open (${words.event})`,
  '  [*] --> securing: open (the first sign that others use the account)',
  ...arrows(moves),
  ...ends.map((state) => `  ${state} --> [*]`),
  `  note right of ${overturn.to}: from ${overturn.from.join(', ')}, by ${words[overturn.by]}`,
];

const appeals = ['stateDiagram-v2', '  [*] --> none', ...arrows(appealTransitions)];

const fenced = (lines: readonly string[]) => ['```mermaid', ...lines, '```'].join('\n');

/** What stands between the markers in docs/enforcement.md. */
export const caseDiagrams = `A case:\n\n${fenced(cases)}\n\nAn appeal, beside its case:\n\n${fenced(appeals)}`;
