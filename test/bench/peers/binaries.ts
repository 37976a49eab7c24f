import { execFileSync } from 'node:child_process';
import { accessSync, constants, globSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where Debian keeps the servers of PostgreSQL, which are not on the PATH; the newest first. */
const debian = () => globSync('/usr/lib/postgresql/*/bin').sort().reverse();

/** Path of an installed program, or nothing. */
export const findBinary = (name: string): string | undefined =>
  [...(process.env.PATH ?? '').split(delimiter), ...debian()]
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });

/** Such as `PostgreSQL 15.18`, or nothing when it is not installed. */
export const versionOf = (product: string, binary: string | undefined): string | undefined => {
  if (!binary) return undefined;
  const said = execFileSync(binary, ['--version'], { encoding: 'utf8' });
  return `${product} ${/\d+(\.\d+)+/.exec(said)?.[0] ?? '?'}`;
};
