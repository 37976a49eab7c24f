import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';

/** Where photos with known identities are expected, beside the repository. */
export const usualPhotos = fileURLToPath(new URL('../../../../shared/faces', import.meta.url));

const pair = z.object({
  a: z.string(),
  b: z.string(),
  same: z.boolean(),
  /** `b` was made from `a`: it says less than two photos taken apart. */
  derived: z.boolean().optional(),
  /** Such as `dark`; for tables by condition. */
  condition: z.string().optional(),
});
export type Pair = z.infer<typeof pair>;

const photoCase = z.object({
  file: z.string(),
  /** Whose face it is; null where there is none. */
  identity: z.string().nullable(),
  expect: z.string(),
  note: z.string().default(''),
});
export type PhotoCase = z.infer<typeof photoCase>;

const typesByEnding: Readonly<Record<string, string>> = {
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.gif': 'image/gif',
  '.heic': 'image/heic',
};

/** As an honest client names it. */
export const contentTypeOf = (file: string) => typesByEnding[extname(file).toLowerCase()] ?? 'image/jpeg';

const listed = <T>(file: string, one: z.ZodType<T>): T[] =>
  existsSync(file) ? z.array(one).parse(JSON.parse(readFileSync(file, 'utf8'))) : [];

/** A folder of photos with labels: `people/<identity>_<which>.<type>`, `pairs.json` and `cases.json`, each optional. */
export interface Photos {
  folder: string;
  pairs: readonly Pair[];
  cases: readonly PhotoCase[];
  /** Files under `people/` by the identity that their names begin with, in the order of their names. */
  people: ReadonlyMap<string, readonly string[]>;
  read(file: string): Uint8Array<ArrayBuffer>;
}

/** Nothing, when there is no such folder or nothing in it that could be tried. */
export const openPhotos = (folder: string): Photos | undefined => {
  const pairs = listed(join(folder, 'pairs.json'), pair);
  const cases = listed(join(folder, 'cases.json'), photoCase);
  if (pairs.length + cases.length === 0) return undefined;
  const people = new Map<string, string[]>();
  const named = existsSync(join(folder, 'people')) ? readdirSync(join(folder, 'people')).sort() : [];
  for (const name of named) {
    const [, identity] = /^(.+)_[^_]+\.\w+$/.exec(name) ?? [];
    if (identity) people.set(identity, [...(people.get(identity) ?? []), `people/${name}`]);
  }
  return { folder, pairs, cases, people, read: (file) => new Uint8Array(readFileSync(join(folder, file))) };
};

/** Two photos of one person that were taken apart, `_a` and `_b`, or what there is. */
export const referencesOf = ({ people }: Photos, identity: string): string[] => {
  const files = people.get(identity) ?? [];
  const portraits = files.filter((file) => /_[ab]\.\w+$/.test(file));
  return (portraits.length > 0 ? portraits : files).slice(0, 2);
};
