import type { PublishedFigures } from '#contract/transparency.ts';
import { cells, sums } from './cells.ts';
import type { Figures } from './monthly.ts';
import { leastPublished, suppress } from './suppression.ts';

/** To a tenth of a day: nobody's appeal is told by its length. */
const rounded = (days: number) => Math.round(days * 10) / 10;

/** What of a month may be published. Lengths are of few people as counts are: below ten answers none is told. */
export const publishable = ({ month, audit, counts, answerDays }: Figures, now: number): PublishedFigures => {
  const shown = suppress(counts, sums);
  const lengths = answerDays && answerDays.answered >= leastPublished ? answerDays : undefined;
  return {
    month,
    generatedAt: new Date(now).toISOString(),
    ...(audit && { audit }),
    cells: [
      ...cells.map(({ name, words }) => ({ name, words, value: shown.get(name) ?? null })),
      {
        name: 'appeal-days-median',
        words: 'Days until an appeal was answered: half of them at most',
        value: lengths ? rounded(lengths.median) : null,
      },
      {
        name: 'appeal-days-worst',
        words: 'Days until an appeal was answered: the longest',
        value: lengths ? rounded(lengths.worst) : null,
      },
    ],
  };
};
