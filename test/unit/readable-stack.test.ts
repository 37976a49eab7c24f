import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildSync } from 'esbuild';
import { afterAll, expect, it } from 'vitest';
import { readableStack } from '#lambdas/shell/readable-stack.ts';

const folder = mkdtempSync(join(tmpdir(), 'evenfield-stack-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('a stack of a minified bundle names our files and lines', () => {
  const bundle = join(folder, 'index.mjs');
  buildSync({
    stdin: {
      sourcefile: 'lambdas/broken.ts',
      contents: '\n\nexport const handler = () => {\n  throw new Error("a bug");\n};\n',
      loader: 'ts',
    },
    outfile: bundle,
    format: 'esm',
    minify: true,
    sourcemap: 'linked',
  });
  // A process of its own: the test runner maps stacks too.
  const script = `import(${JSON.stringify(bundle)}).then((m) => m.handler()).catch((e) => console.log(e.stack))`;
  const stack = execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' });
  expect(stack).toContain('index.mjs:1:');
  expect(readableStack(stack, pathToFileURL(bundle).href)).toMatch(/lambdas\/broken\.ts:4:\d+/);
});

it('a stack without a map stays as it is', () => {
  expect(readableStack('Error: a bug\n    at x (/var/task/index.mjs:1:1)', 'file:///nowhere/index.mjs')).toBe(
    'Error: a bug\n    at x (/var/task/index.mjs:1:1)',
  );
  expect(readableStack(undefined)).toBeUndefined();
});
