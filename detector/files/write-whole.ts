import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface Writing {
  write: (text: string) => Promise<void>;
}

/** Characters that are gathered before they go to the disk. */
const atOnce = 1 << 20;

/**
 * Files that appear whole or not at all: they are written beside their places under another name and renamed at the
 * very end, once all of them are complete. When `fill` fails nothing is left.
 */
export const writeWhole = async (
  files: readonly string[],
  fill: (writings: readonly Writing[]) => Promise<void>,
): Promise<void> => {
  const beside = files.map((file) => `${file}.${process.pid}.partial`);
  const handles: FileHandle[] = [];
  try {
    for (const [at, file] of files.entries()) {
      await mkdir(dirname(file), { recursive: true });
      handles.push(await open(beside[at] as string, 'w'));
    }
    const writings = handles.map(writingTo);
    await fill(writings);
    for (const { flush } of writings) await flush();
    for (const handle of handles) await handle.close();
    for (const [at, file] of files.entries()) await rename(beside[at] as string, file);
  } finally {
    for (const handle of handles) await handle.close();
    for (const file of beside) await rm(file, { force: true });
  }
};

const writingTo = (handle: FileHandle) => {
  let waiting = '';
  const flush = async () => {
    await handle.writeFile(waiting);
    waiting = '';
  };
  return {
    flush,
    write: async (text: string) => {
      waiting += text;
      if (waiting.length >= atOnce) await flush();
    },
  };
};
