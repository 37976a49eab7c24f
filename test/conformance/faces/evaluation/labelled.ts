import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { seeded } from '#test/support/identity.ts';
import { openPhotos, type Pair, type PhotoCase, referencesOf } from '../photos.ts';

/** Photos with labels, wherever they came from. Files are named from the folder on. */
export interface Labelled {
  folder: string;
  pairs: readonly Pair[];
  /** Photos of somebody under some condition, with references of that person. */
  conditions: readonly { file: string; condition: string; references: readonly string[] }[];
  identityOf(file: string): string;
  /** All photos of a person that the pairs name. */
  photosOf(identity: string): readonly string[];
}

export interface Sampling {
  /** Pairs of each kind at most, where the folder lists none itself. */
  most: number;
  seed: number;
}

/** What a file name may begin with, as the folders of cases do: `dark_strong_d02.jpg`. */
const prefixes =
  /^(blur|dark|bright|overexposed|occluded|crop|tiny|toosmall|gray|mirror|roll|rot|jpegq|sim|bystander|twofaces|format|broken)[a-z0-9]*_/i;

export const asTaken = 'as taken';

export const conditionOf = (file: string): string =>
  prefixes.exec(basename(file))?.[1]?.toLowerCase() ?? asTaken;

const isPhoto = (name: string) => /\.(jpe?g|png)$/i.test(name);

/** As many of a list as asked for, the same ones for the same seed; a list that is short enough as it is. */
const pick = <T>(all: readonly T[], most: number, random: () => number): T[] => {
  if (all.length <= most) return [...all];
  const left = [...all];
  return Array.from({ length: most }, () => left.splice(Math.floor(random() * left.length), 1)[0] as T);
};

/** `<person>/<photo>`: every pair of one person, and pairs of two people by lot. */
const pairsOfFolders = (people: ReadonlyMap<string, readonly string[]>, { most, seed }: Sampling): Pair[] => {
  const random = seeded(seed);
  const same = [...people.values()].flatMap((files) =>
    files.flatMap((a, index) => files.slice(index + 1).map((b) => ({ a, b, same: true }))),
  );
  const names = [...people.keys()];
  const possible = (names.length * (names.length - 1)) / 2;
  const different = new Map<string, Pair>();
  const oneOf = <T>(all: readonly T[]) => all[Math.floor(random() * all.length)] as T;
  for (let tries = 0; possible > 0 && different.size < most && tries < 20 * most; tries += 1) {
    const [one, other] = [oneOf(names), oneOf(names)];
    if (one === other) continue;
    const [a, b] = [oneOf(people.get(one) ?? []), oneOf(people.get(other) ?? [])];
    if (!different.has(`${b} ${a}`)) different.set(`${a} ${b}`, { a, b, same: false });
  }
  return [...pick(same, most, random), ...different.values()];
};

const peopleByFolder = (folder: string): Map<string, string[]> => {
  const entries = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const people = new Map<string, string[]>();
  for (const { name } of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const files = readdirSync(join(folder, name)).filter(isPhoto).sort();
    if (files.length > 0)
      people.set(
        name,
        files.map((file) => `${name}/${file}`),
      );
  }
  return people;
};

const casesUnderConditions = (cases: readonly PhotoCase[], references: (identity: string) => string[]) =>
  cases.flatMap(({ file, identity }) =>
    identity === null ? [] : [{ file, condition: conditionOf(file), references: references(identity) }],
  );

const grouped = (pairs: readonly Pair[], identityOf: (file: string) => string) => {
  const files = [...new Set(pairs.flatMap(({ a, b }) => [a, b]))];
  const byIdentity = Map.groupBy(files, identityOf);
  return (identity: string) => byIdentity.get(identity) ?? [];
};

/** Reads `pairs.json` where there is one, else a folder for each person. Nothing, when it holds neither. */
export const openLabelled = (folder: string, sampling: Sampling): Labelled | undefined => {
  if (!existsSync(folder)) return undefined;
  const photos = openPhotos(folder);
  if (photos && photos.pairs.length > 0) {
    const identityOf = (file: string) => basename(file).replace(/_[^_]*$/, '');
    return {
      folder,
      pairs: photos.pairs,
      conditions: casesUnderConditions(photos.cases, (identity) => referencesOf(photos, identity)),
      identityOf,
      photosOf: grouped(photos.pairs, identityOf),
    };
  }
  const people = peopleByFolder(folder);
  const pairs = pairsOfFolders(people, sampling);
  return pairs.length > 0
    ? {
        folder,
        pairs,
        conditions: [],
        identityOf: dirname,
        photosOf: (identity) => people.get(identity) ?? [],
      }
    : undefined;
};
