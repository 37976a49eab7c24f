import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { caseDiagrams } from '#test/support/case-diagram.ts';

const page = readFileSync(new URL('../../docs/enforcement.md', import.meta.url), 'utf8');

it('the diagrams in docs/enforcement.md are those of the table of transitions', () => {
  const [, drawn] = /<!-- diagrams -->\n\n([\s\S]*?)\n\n<!-- end of diagrams -->/.exec(page) ?? [];
  expect(drawn).toBe(caseDiagrams);
});
