import { expect, it } from 'vitest';
import { namesTag } from '#lambdas/shell/entity-tag.ts';

it.each([
  ['"a"', true],
  ['W/"a"', true],
  ['"b", W/"a"', true],
  ['*', true],
  ['"b"', false],
  ['a', false],
  [undefined, false],
])('If-None-Match %s names the tag "a": %s', (header, names) => {
  expect(namesTag(header, '"a"')).toBe(names);
});
