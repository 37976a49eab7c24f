const lineFeed = 0x0a;
const newDecoder = () => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The lines of a file, each with the line feed that ends it: a last one without it was cut off. What is no UTF-8 is no text,
 * so that no byte can stand for another.
 */
export function* linesOf(bytes: Uint8Array): Generator<string | undefined> {
  const decoder = newDecoder();
  for (let from = 0; from < bytes.length; ) {
    const found = bytes.indexOf(lineFeed, from);
    const to = found < 0 ? bytes.length : found + 1;
    let line: string | undefined;
    try {
      line = decoder.decode(bytes.subarray(from, to));
    } catch {
      line = undefined;
    }
    yield line;
    from = to;
  }
}

/**
 * The lines of several files one after the other. What was archived twice lies in two files: a line that an earlier file
 * has too, byte for byte, counts once. Within one file nothing does.
 */
export function* linesOfAll(files: Iterable<Uint8Array>): Generator<string | undefined> {
  const earlier = new Set<string>();
  for (const file of files) {
    const own: string[] = [];
    for (const line of linesOf(file)) {
      if (line !== undefined && earlier.has(line)) continue;
      if (line !== undefined) own.push(line);
      yield line;
    }
    for (const line of own) earlier.add(line);
  }
}
