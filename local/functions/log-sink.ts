import { createWriteStream, type WriteStream } from 'node:fs';
import type { Readable } from 'node:stream';

const keptLines = 1_000;

/** Where the output of one function goes: a file, and the last lines in memory for tests. */
export class LogSink {
  readonly lines: string[] = [];
  readonly #file: WriteStream;

  constructor(file: string) {
    this.#file = createWriteStream(file, { flags: 'a' });
    // A full disk must not end the system; the lines in memory remain.
    this.#file.on('error', () => {});
  }

  write(line: string): void {
    this.lines.push(line);
    if (this.lines.length > keptLines) this.lines.shift();
    this.#file.write(`${line}\n`);
  }

  follow(stream: Readable): void {
    let rest = '';
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.write(line);
    });
    stream.on('end', () => {
      if (rest !== '') this.write(rest);
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#file.end(() => resolve()));
  }
}
