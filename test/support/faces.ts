import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Photos of people who are known by a number; they lie beside the repository and are read, never copied. */
export const facesFolder = fileURLToPath(new URL('../../../shared/faces/', import.meta.url));
export const hasFaces = existsSync(`${facesFolder}pairs.json`);
export const noFaces = `needs the photos of ${facesFolder}, which are not there`;

export const face = (name: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(readFileSync(`${facesFolder}${name}`));
