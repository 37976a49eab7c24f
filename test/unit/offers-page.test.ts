import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pageOf } from '#core/shared/page.ts';

interface Listed {
  blockId: string;
  startsAt: number;
}

const listed: fc.Arbitrary<Listed> = fc.record({
  blockId: fc.stringMatching(/^[A-Za-z0-9_-]{8,12}$/),
  // Few distinct starts, so that many blocks start together and only the id tells them apart.
  startsAt: fc.oneof(fc.constantFrom(0, 1_000, 1_795_000_000_000), fc.integer({ min: 0, max: 4e12 })),
});
const list = fc.uniqueArray(listed, { selector: ({ blockId }) => blockId, maxLength: 40 });
const size = fc.integer({ min: 1, max: 10 });

const inOrder = (items: readonly Listed[]) =>
  [...items].sort((a, b) => a.startsAt - b.startsAt || (a.blockId < b.blockId ? -1 : 1));

/** Reads all pages; between two pages the list may become another. */
const readAll = (
  items: readonly Listed[],
  pageSize: number,
  then: (read: number) => readonly Listed[] = () => items,
) => {
  const pages: Listed[][] = [];
  let current = items;
  let cursor: string | undefined;
  do {
    const page = pageOf(current, cursor, pageSize) ?? { items: [] };
    pages.push(page.items);
    cursor = page.cursor;
    current = then(pages.length);
  } while (cursor !== undefined && pages.length < 200);
  return pages;
};

describe('pages of a list', () => {
  it('hold each block once, in order of start', () => {
    fc.assert(
      fc.property(list, size, (items, pageSize) => {
        const pages = readAll(items, pageSize);
        expect(pages.flat()).toEqual(inOrder(items));
        expect(pages.every((page) => page.length <= pageSize)).toBe(true);
      }),
    );
  });

  it('are full up to the last, which has no cursor and is empty only if the list is', () => {
    fc.assert(
      fc.property(list, size, (items, pageSize) => {
        const pages = readAll(items, pageSize);
        expect(pages.slice(0, -1).every((page) => page.length === pageSize)).toBe(true);
        expect(pages.length).toBe(Math.max(1, Math.ceil(items.length / pageSize)));
      }),
    );
  });

  it('miss nothing that stayed and repeat nothing while other blocks come and go', () => {
    fc.assert(
      fc.property(list, list, size, fc.array(fc.nat()), (stay, others, pageSize, coming) => {
        const staying = stay.filter(({ blockId }) => !others.some((other) => other.blockId === blockId));
        const at = (page: number) => [
          ...others.filter(
            (_, index) => ((coming[index % Math.max(1, coming.length)] ?? 0) + page) % 3 === 0,
          ),
          ...staying,
        ];
        const read = readAll(at(0), pageSize, at).flat();
        const ids = read.map(({ blockId }) => blockId);
        expect(new Set(ids).size).toBe(ids.length);
        expect(read.filter((item) => staying.includes(item))).toEqual(inOrder(staying));
      }),
    );
  });

  it('never fail over a cursor that nobody gave out', () => {
    fc.assert(
      fc.property(list, fc.string(), (items, cursor) => {
        const page = pageOf(items, cursor, 10) ?? { items: [] };
        expect(inOrder(page.items)).toEqual(page.items);
      }),
    );
  });
});
