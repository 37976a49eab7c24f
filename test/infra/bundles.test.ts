import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { environments, type FunctionName } from '#lambdas/env.ts';
import { type Bundles, bundleFunctions } from '#lib/bundles.ts';
import { testAnchors } from '#phone/test-anchors.ts';

let outdir: string;
let bundles: Bundles;
beforeAll(async () => {
  outdir = mkdtempSync(join(tmpdir(), 'evenfield-bundles-'));
  bundles = await bundleFunctions(join(outdir, 'here'));
});
afterAll(() => rmSync(outdir, { recursive: true }));

const bundle = (name: FunctionName, from = bundles) => readFileSync(join(from.folderOf(name), 'index.mjs'));

describe('a bundle', () => {
  it('is one module and its source map', () => {
    for (const name of Object.keys(environments) as FunctionName[])
      expect(readdirSync(bundles.folderOf(name)).sort()).toEqual([
        'index.mjs',
        'index.mjs.map',
        ...(name === 'pages' ? ['web'] : []),
      ]);
  });

  it('has the same bytes wherever it is built', async () => {
    const elsewhere = await bundleFunctions(join(outdir, 'some', 'where', 'else'));
    const files = (folder: string) =>
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => [name, readFileSync(join(parentPath, name))]);
    for (const name of ['claims', 'pages'] as const)
      expect(files(elsewhere.folderOf(name))).toEqual(files(bundles.folderOf(name)));
  });

  it('of pages makes a phone load 12 KB at most for a challenge, compressed', () => {
    const web = join(bundles.folderOf('pages'), 'web');
    // What the page about privacy alone loads is no part of it.
    const compressed = readdirSync(web, { recursive: true, encoding: 'utf8' }).filter(
      (name) => name.endsWith('.br') && !/(^|\/)privacy\b/.test(name),
    );
    const bytes = compressed.map((name) => readFileSync(join(web, name)).length);
    expect(compressed).toHaveLength(4);
    expect(bytes.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(12_000);
  });

  it('of claims stays within 80 KB, compressed', () => {
    expect(gzipSync(bundle('claims'), { level: 9 }).length).toBeLessThanOrEqual(80_000);
  });

  it('of devices stays within 150 KB, compressed', () => {
    expect(gzipSync(bundle('devices'), { level: 9 }).length).toBeLessThanOrEqual(150_000);
  });

  it.each([
    ['check-in', 100_000],
    ['identity', 170_000],
    ['identity-review', 170_000],
    ['me', 105_000],
  ] as const)('of %s stays within %i bytes, compressed', (name, most) => {
    expect(gzipSync(bundle(name), { level: 9 }).length).toBeLessThanOrEqual(most);
  });

  it('holds no software phone and no test root', () => {
    const inputs = Object.keys(bundles.metafile.inputs);
    expect(inputs.filter((path) => /^(phone|test|local|arena)\//.test(path))).toEqual([]);
    const roots = [testAnchors.appAttestRoots, testAnchors.receiptRoots, testAnchors.keyAttestationRootPins];
    for (const name of Object.keys(environments) as FunctionName[]) {
      const text = bundle(name).toString('latin1');
      expect(text).not.toContain('TEST ONLY');
      for (const root of roots.flat()) expect(text).not.toContain(root);
    }
  });

  it('holds nothing of the credential chain that looks beyond the environment', () => {
    const inputs = Object.keys(bundles.metafile.inputs).join('\n');
    expect(inputs).not.toMatch(/credential-provider-(ini|sso|process|web-identity|http|imds)/);
  });
});
