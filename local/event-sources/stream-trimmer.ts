import { DatabaseSync } from 'node:sqlite';

/**
 * The engine never trims a stream, and for each write looks through all of its records for the highest number:
 * after 8,000 writes each one takes four times as long. What every reader has passed is deleted here, in the
 * engine's own file; a version of the engine that keeps its records elsewhere is left alone.
 */
export function startStreamTrimmer(
  file: string,
  tables: readonly { readonly name: string; readonly passed: () => readonly string[] }[],
  log: (line: string) => void,
): { stop(): void } {
  const database = tables.length > 0 ? open(file, log) : undefined;
  if (database === undefined) return { stop() {} };
  // The last record stays: the next number is counted from it.
  const trim = database.prepare(`
    DELETE FROM _stream_records
    WHERE table_name = ?1 AND CAST(sequence_number AS INTEGER) <= ?2
      AND id < (SELECT MAX(id) FROM _stream_records WHERE table_name = ?1)`);
  const timer = setInterval(() => {
    for (const { name, passed } of tables) {
      const positions = passed().map(BigInt);
      const lowest = positions.reduce((a, b) => (a < b ? a : b), BigInt(Number.MAX_SAFE_INTEGER));
      try {
        trim.run(name, lowest);
      } catch (error) {
        // The engine was writing; the next round finds the same records.
        if (!/busy|locked/.test(String(error))) throw error;
      }
    }
  }, trimEveryMs);
  return {
    stop() {
      clearInterval(timer);
      database.close();
    },
  };
}

const trimEveryMs = 500;

function open(file: string, log: (line: string) => void): DatabaseSync | undefined {
  const database = new DatabaseSync(file);
  const columns = database.prepare('SELECT name FROM pragma_table_info(?)').all('_stream_records');
  const names = columns.map(({ name }) => name);
  if (['id', 'table_name', 'sequence_number'].every((name) => names.includes(name))) return database;
  log('streams are not trimmed: this version of the DynamoDB engine keeps them otherwise');
  database.close();
  return undefined;
}
