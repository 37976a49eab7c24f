import { pathToFileURL } from 'node:url';
import { liveFamilies } from '../families/index.ts';
import { person } from '../families/person.ts';
import type { LiveFamily } from '../family.ts';

/** The live family of a plugin, if it has one. */
export const liveOf = async (file: string): Promise<LiveFamily | undefined> =>
  ((await import(pathToFileURL(file).href)) as { live?: LiveFamily }).live;

/** The name of its family of account-months, if it has one. */
export const offlineNameOf = async (file: string): Promise<string | undefined> =>
  ((await import(pathToFileURL(file).href)) as { family?: { name: string } }).family?.name;

export const findFamily = async (wanted: { family: string; plugin?: string }): Promise<LiveFamily> => {
  const brought = wanted.plugin === undefined ? undefined : await liveOf(wanted.plugin);
  const found = [person, ...liveFamilies, ...(brought ? [brought] : [])].find(
    ({ name }) => name === wanted.family,
  );
  if (!found) throw new Error(`there is no family called ${wanted.family}`);
  return found;
};
