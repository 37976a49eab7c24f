import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

type Key = string | readonly string[];
type Tree = { [key: string]: unknown };

/**
 * Store of cognito-local that keeps what it acknowledged. Its own rewrites the whole file in place on every change,
 * which a kill in the middle empties and two changes at once interleave. Here a change is one appended line.
 */
export class Journal {
  readonly #file: string;
  readonly #root: Tree;

  constructor(folder: string, id: string, defaults: Tree) {
    this.#file = join(folder, `${id}.jsonl`);
    this.#root = existsSync(this.#file) ? replay(readFileSync(this.#file, 'utf8')) : defaults;
    // Compacted on every start: the journal is as long as one session made it.
    writeFileSync(`${this.#file}.new`, line([], this.#root));
    renameSync(`${this.#file}.new`, this.#file);
  }

  async getRoot(): Promise<Tree> {
    return this.#root;
  }

  async get(_context: unknown, key: Key, fallback?: unknown): Promise<unknown> {
    let value: unknown = this.#root;
    for (const step of path(key)) value = (value as Tree | undefined)?.[step];
    return value ?? fallback ?? null;
  }

  async set(_context: unknown, key: Key, value: unknown): Promise<void> {
    appendFileSync(this.#file, line(path(key), value));
    assign(this.#root, path(key), value);
  }

  async delete(_context: unknown, key: Key): Promise<void> {
    appendFileSync(this.#file, line(path(key), undefined));
    assign(this.#root, path(key), undefined);
  }
}

const path = (key: Key): readonly string[] => (typeof key === 'string' ? [key] : key);

const line = (at: readonly string[], value: unknown) => `${JSON.stringify({ at, value })}\n`;

function replay(text: string): Tree {
  let root: Tree = {};
  // What follows the last line end was cut by a kill before it was acknowledged.
  for (const entry of text.split('\n').slice(0, -1)) {
    const { at, value } = JSON.parse(entry, reviveDates) as { at: string[]; value?: unknown };
    if (at.length === 0) root = value as Tree;
    else assign(root, at, value);
  }
  return root;
}

function assign(root: Tree, at: readonly string[], value: unknown): void {
  let parent = root;
  for (const step of at.slice(0, -1)) {
    parent[step] ??= {};
    parent = parent[step] as Tree;
  }
  const last = at.at(-1) ?? '';
  if (value === undefined) delete parent[last];
  else parent[last] = value;
}

const reviveDates = (key: string, value: unknown): unknown =>
  key.endsWith('Date') && typeof value === 'string' ? new Date(value) : value;
