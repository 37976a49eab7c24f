import { createHash } from 'node:crypto';
import type { ModelFile } from './model-file.ts';

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value))
    return value.every((item) => typeof item === 'number') ? value : value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, item]) => [name, sorted(item)]),
  );
};

/** JSON with its names in order: the same model is the same text. */
export const canonicalText = (file: ModelFile): string => JSON.stringify(sorted(file));

/** SHA-256 of the canonical text, in hexadecimal: the model's name. */
export const modelHash = (file: ModelFile): string =>
  createHash('sha256').update(canonicalText(file)).digest('hex');
