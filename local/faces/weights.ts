import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/**
 * The weights of @vladmandic/face-api (MIT), read from its model folder; nothing of its code runs.
 * A manifest lists tensors in the order of the file; a quantised one holds bytes `v`, and its value is `v * scale + min`.
 */
export interface Weight {
  /** As TensorFlow lays it out: filters are height, width, input channels, output channels. */
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

export type Weights = (name: string) => Weight;

interface ManifestEntry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly quantization?: { readonly dtype: 'uint8'; readonly scale: number; readonly min: number };
}

const product = (shape: readonly number[]) => shape.reduce((total, size) => total * size, 1);

export function readWeights(model: string): Weights {
  const require = createRequire(import.meta.url);
  const folder = join(dirname(require.resolve('@vladmandic/face-api/package.json')), 'model');
  const [group] = JSON.parse(readFileSync(join(folder, `${model}-weights_manifest.json`), 'utf8')) as [
    { paths: [string]; weights: ManifestEntry[] },
  ];
  const bytes = readFileSync(join(folder, group.paths[0]));
  const entries = new Map<string, { entry: ManifestEntry; offset: number }>();
  let end = 0;
  for (const entry of group.weights) {
    entries.set(entry.name, { entry, offset: end });
    end += product(entry.shape) * (entry.quantization ? 1 : 4);
  }
  if (end !== bytes.length)
    throw new Error(`${model}: the manifest speaks of ${end} bytes of ${bytes.length}`);

  return (name) => {
    const found = entries.get(name);
    if (!found) throw new Error(`${model} has no weights "${name}"`);
    const { entry, offset } = found;
    const values = new Float32Array(product(entry.shape));
    if (entry.quantization) {
      const { scale, min } = entry.quantization;
      for (let i = 0; i < values.length; i += 1) values[i] = (bytes[offset + i] ?? 0) * scale + min;
    } else for (let i = 0; i < values.length; i += 1) values[i] = bytes.readFloatLE(offset + 4 * i);
    return { shape: entry.shape, values };
  };
}
