import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { modelHash } from '#core/detection/model/canonical.ts';
import { unknownFeatures } from '#core/detection/model/judge.ts';
import type { ModelFile } from '#core/detection/model/model-file.ts';
import { type Refusal, refuse, whyUnreadable } from './files/refusal.ts';

const numbers = z.array(z.number());
const nodes = { roots: numbers, feature: numbers, threshold: numbers, left: numbers, right: numbers };

const trees = z.object({ base: z.number(), ...nodes, absentLeft: numbers, value: numbers });

const modelFile = z.object({
  format: z.literal(1),
  features: z.array(z.string()),
  valueEdges: numbers,
  trees,
  families: z.record(z.string(), trees),
  novelty: z.object({ sampleSize: z.number(), ...nodes, size: numbers }),
  calibration: z.object({
    alpha: z.number(),
    cohorts: z.record(z.string(), numbers),
    familyBounds: z.record(z.string(), z.number()),
    novelty: numbers,
  }),
  reference: z.array(z.object({ edges: numbers, shares: numbers })),
  about: z.record(z.string(), z.union([z.string(), z.number()])),
});

export const modelPath = (folder: string) => join(folder, 'model.json');
export const cardPath = (folder: string) => join(folder, 'model-card.md');

export interface StoredModel {
  readonly file: ModelFile;
  readonly hash: string;
}

/** The model in a folder that training wrote. */
export const readModel = async (folder: string): Promise<StoredModel | Refusal> => {
  const path = modelPath(folder);
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    return refuse(path, 0, error instanceof SyntaxError ? 'not a model: not JSON' : whyUnreadable(error));
  }
  const parsed = z.safeParse(modelFile, value);
  if (!parsed.success)
    return refuse(path, 1, `not a model: ${parsed.error.issues[0]?.path.join('.') || 'no object'}`);
  const unknown = unknownFeatures(parsed.data);
  if (unknown.length > 0) return refuse(path, 1, `features unknown to this version: ${unknown.join(', ')}`);
  return { file: parsed.data, hash: modelHash(parsed.data) };
};
