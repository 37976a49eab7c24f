import { readLines } from './lines.ts';
import { isRefusal, type Refusal, refuse } from './refusal.ts';

/** A row of a CSV file by the names of its header. */
export interface CsvRow {
  readonly row: number;
  /** Without surrounding space; empty when the column is not there. */
  readonly cell: (name: string) => string;
}

/** Cells of a line; quotes as in RFC 4180, within one line. Undefined when a quote does not end. */
const cellsOf = (line: string): string[] | undefined => {
  const cells: string[] = [];
  let rest = line.endsWith('\r') ? line.slice(0, -1) : line;
  for (;;) {
    const quoted = /^\s*"((?:[^"]|"")*)"\s*(,|$)/.exec(rest);
    const plain = quoted ?? /^([^",]*)(,|$)/.exec(rest);
    if (!plain) return undefined;
    cells.push((plain[1] as string).replaceAll(quoted ? '""' : /^\s+|\s+$/g, quoted ? '"' : ''));
    if (plain[2] === '') return cells;
    rest = rest.slice(plain[0].length);
  }
};

/** Reads a CSV file with a header that names at least these columns, in any order. */
export const readCsv = async (
  file: string,
  needed: readonly string[],
): Promise<readonly CsvRow[] | Refusal> => {
  let header: readonly string[] | undefined;
  const rows: CsvRow[] = [];
  const take = (line: string, row: number): Refusal | undefined => {
    if (line.trim() === '') return undefined;
    const cells = cellsOf(line);
    if (!cells) return refuse(file, row, 'not CSV: a quote that does not end');
    if (header) {
      const names = header;
      if (cells.length > names.length)
        return refuse(file, row, `${cells.length} cells under ${names.length} names`);
      rows.push({ row, cell: (name) => cells[names.indexOf(name)] ?? '' });
      return undefined;
    }
    header = cells;
    const missing = needed.filter((name) => !cells.includes(name));
    return missing.length > 0 ? refuse(file, row, `the header lacks ${missing.join(', ')}`) : undefined;
  };
  const refusal = await readLines(file, take);
  if (isRefusal(refusal)) return refusal;
  return header ? rows : refuse(file, 0, 'empty');
};
