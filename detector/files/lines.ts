import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { type Refusal, refuse, whyUnreadable } from './refusal.ts';

/** Longest line that is read. An event has a few hundred bytes. */
const longestLine = 1 << 20;
const newline = 10;
/** Some programs begin a text with it: it is no part of the first line. */
const byteOrderMark = '\ufeff';

export interface Reading {
  /** Bytes of the file that have been read, for a progress bar. */
  readonly onBytes?: (bytes: number) => void;
}

/**
 * Reads a text file line by line, unpacked where its name ends in `.gz`, without ever holding more than a line and a
 * chunk. `take` gets the text and its row, from 1, and may refuse it. An empty file, a stream that ends early and a
 * line that never ends are refused here.
 */
export const readLines = async (
  file: string,
  take: (line: string, row: number) => Refusal | undefined,
  { onBytes }: Reading = {},
): Promise<Refusal | undefined> => {
  let row = 0;
  try {
    const facts = await stat(file);
    if (facts.isDirectory()) return refuse(file, 0, 'a directory, not a file');
    if (facts.size === 0) return refuse(file, 0, 'empty');
    let rest: Buffer = Buffer.alloc(0);
    for await (const chunk of open(file, onBytes)) {
      const bytes: Buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      let from = 0;
      for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, from)) {
        row += 1;
        const refusal = take(textOf(bytes, from, end, row), row);
        if (refusal) return refusal;
        from = end + 1;
      }
      rest = bytes.subarray(from);
      if (rest.length > longestLine)
        return refuse(file, row + 1, 'longer than 1 MB without an end of line: not an event');
    }
    return rest.length > 0 ? take(textOf(rest, 0, rest.length, row + 1), row + 1) : undefined;
  } catch (error) {
    return refuse(file, row === 0 && isSystem(error) ? 0 : row + 1, whatBroke(error));
  }
};

const textOf = (bytes: Buffer, from: number, end: number, row: number): string => {
  const text = bytes.toString('utf8', from, end);
  return row === 1 && text.startsWith(byteOrderMark) ? text.slice(byteOrderMark.length) : text;
};

const isSystem = (error: unknown) => 'syscall' in (error as object);

const whatBroke = (error: unknown): string => {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'Z_BUF_ERROR') return 'the gzip stream is cut off';
  return code?.startsWith('Z_') ? `not a sound gzip stream (${code})` : whyUnreadable(error);
};

async function* open(file: string, onBytes?: (bytes: number) => void): AsyncIterable<Buffer> {
  const source = createReadStream(file, { highWaterMark: 1 << 20 });
  source.on('data', (chunk) => onBytes?.(chunk.length));
  if (!file.endsWith('.gz')) return yield* source;
  const unpacked = createGunzip({ chunkSize: 1 << 20 });
  source.on('error', (error) => unpacked.destroy(error));
  yield* source.pipe(unpacked);
}
