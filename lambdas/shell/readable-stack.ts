const frame = /\(?(file:\/\/[^\s()]+|\/[^\s():]+):(\d+):(\d+)\)?$/;

/**
 * A stack in terms of our sources. Node could do this for every error if told so at the start
 * (--enable-source-maps), at a sixth of the cold start; a bug is rare enough to read the map then.
 */
export const readableStack = (stack: string | undefined, moduleUrl = import.meta.url): string | undefined => {
  if (!stack) return stack;
  try {
    const { readFileSync } = process.getBuiltinModule('node:fs');
    const { SourceMap } = process.getBuiltinModule('node:module');
    const map = new SourceMap(JSON.parse(readFileSync(new URL(`${moduleUrl}.map`), 'utf8')));
    return stack
      .split('\n')
      .map((line) => {
        const [, file, row, column] = frame.exec(line) ?? [];
        if (!file || !moduleUrl.endsWith(file.replace(/^file:\/\//, ''))) return line;
        const entry = map.findEntry(Number(row) - 1, Number(column) - 1);
        if (!('originalSource' in entry)) return line;
        return line.replace(
          frame,
          `(${entry.originalSource}:${entry.originalLine + 1}:${entry.originalColumn + 1})`,
        );
      })
      .join('\n');
  } catch {
    // No map beside this module: the stack as it is says more than nothing.
    return stack;
  }
};
