import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Verdict } from '#core/attestation/verdict.ts';

/** Genuine and derived cases, kept outside the repository; their README says how to read them. */
const folder =
  process.env.EVENFIELD_VECTORS ??
  fileURLToPath(new URL('../../../shared/vectors/attestation', import.meta.url));

export interface Vector<Input, Context> {
  id: string;
  kind: string;
  genuine: boolean;
  input: Input;
  context: Context;
  expect: { result: 'accept' | 'reject'; reason?: string };
}

export const vectorsArePresent = existsSync(join(folder, 'dev'));

/** Every case of a kind, in every folder below `dev`. */
export const vectorsOf = <Input, Context>(kind: string): Vector<Input, Context>[] => {
  if (!vectorsArePresent) return [];
  return readdirSync(join(folder, 'dev'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.json') && !path.endsWith('MANIFEST.json'))
    .map((path) => JSON.parse(readFileSync(join(folder, 'dev', path), 'utf8')) as Vector<Input, Context>)
    .filter((vector) => vector.kind === kind)
    .sort((a, b) => (a.id < b.id ? -1 : 1));
};

/** The DER of a root that cases name as their trust anchor. */
export const rootNamed = (name: string): Buffer => {
  const pem = readFileSync(join(folder, 'roots', name), 'utf8');
  return Buffer.from(pem.replace(/-----[A-Z ]+-----|\s/g, ''), 'base64');
};

/** One test per case: the verifier must come to the result that the case calls for. */
export const conforms = <Input, Context>(
  kind: string,
  verify: (
    vector: Vector<Input, Context>,
  ) => { status: string; reason?: string } | Promise<{ status: string; reason?: string }>,
): void => {
  const title = vectorsArePresent ? kind : `${kind}: NOT RUN, ${folder} is absent`;
  describe.skipIf(!vectorsArePresent)(title, () => {
    const vectors = vectorsOf<Input, Context>(kind);
    it('has cases', () => expect(vectors.length).toBeGreaterThan(0));
    it.each(vectors)('$id: $expect.result', async (vector) => {
      const { status, reason } = (await verify(vector)) as Verdict<unknown, string> & { reason?: string };
      expect({ result: status === 'verified' ? 'accept' : 'reject', reason }).toMatchObject({
        result: vector.expect.result,
      });
    });
  });
};
