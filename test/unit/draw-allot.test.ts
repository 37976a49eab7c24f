import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allot, turnsOf } from '#core/draws/allot.ts';

const blocks = 6;
/** Lists of choices, best first, and reasons against some of them. */
const aList = fc.array(
  fc.record({
    choices: fc.uniqueArray(fc.nat(blocks - 1), { maxLength: blocks }),
    against: fc.uniqueArray(fc.nat(blocks - 1), { maxLength: 3 }),
  }),
  { maxLength: 25 },
);

describe('a list of choices', () => {
  it('gives each in turn the first that is left, and says why not an earlier one', () => {
    const list = [[0, 1], [0, 1], [0, 1, 2], [2], []];
    expect(allot(list, (place, block) => (place === 1 && block === 1 ? 'overlap' : undefined))).toEqual([
      { choices: [0, 1], won: 0, refused: [] },
      { choices: [0, 1], refused: [[1, 'overlap']] },
      { choices: [0, 1, 2], won: 1, refused: [] },
      { choices: [2], won: 2, refused: [] },
      { choices: [], refused: [] },
    ]);
  });

  it('comes to the same when all whose turn it is are decided side by side, in any order', () => {
    fc.assert(
      fc.property(aList, fc.infiniteStream(fc.nat()), (list, chances) => {
        const choices = list.map((entry) => entry.choices);
        const isAgainst = (place: number, block: number) => list[place]?.against.includes(block) === true;
        const won = new Map<number, number>();
        const refused = list.map((): [number, string][] => []);
        const progress = {
          won: (place: number) => won.get(place),
          isGone: (block: number) => [...won.values()].includes(block),
          isRefused: (place: number, block: number) =>
            refused[place]?.some(([other]) => other === block) === true,
        };
        let undecided = list.map((_, place) => place);
        for (;;) {
          const next = turnsOf(choices, undecided, blocks - won.size, progress);
          if (next.turns.length === 0) break;
          undecided = next.undecided;
          // Not all of them get done before the next look.
          const turns = [...next.turns];
          for (let left = turns.length; left > 0; left -= 1) {
            const [turn] = turns.splice(chances.next().value % turns.length, 1);
            if (!turn || (left < next.turns.length && chances.next().value % 4 === 0)) continue;
            const { place, block } = turn;
            expect(progress.isGone(block)).toBe(false);
            if (isAgainst(place, block)) refused[place]?.push([block, 'reason']);
            else won.set(place, block);
          }
        }
        const parts = allot(choices, (place, block) => (isAgainst(place, block) ? 'reason' : undefined));
        expect(parts.map((part) => part.won)).toEqual(list.map((_, place) => won.get(place)));
        expect(parts.map((part) => part.refused)).toEqual(refused);
      }),
      { numRuns: 500 },
    );
  });
});
