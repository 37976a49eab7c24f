import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** How far a mapping has read its stream. Survives a restart with a folder; `'0'` is before the first record. */
export class Checkpoint {
  #position = '0';
  readonly #file: string | undefined;

  constructor(folder: string | undefined, mapping: string) {
    if (folder === undefined) return;
    this.#file = join(folder, 'streams', mapping);
    mkdirSync(dirname(this.#file), { recursive: true });
    if (existsSync(this.#file)) this.#position = readFileSync(this.#file, 'utf8');
  }

  get position(): string {
    return this.#position;
  }

  advance(sequenceNumber: string): void {
    if (BigInt(sequenceNumber) <= BigInt(this.#position)) return;
    this.#position = sequenceNumber;
    if (this.#file === undefined) return;
    writeFileSync(`${this.#file}.new`, sequenceNumber);
    renameSync(`${this.#file}.new`, this.#file);
  }
}
