/** Told about every step: what is hashed, signed and sent. Bytes stay bytes, so that a reader can check them. */
export type Trace = (step: string, fields: Record<string, string | number | Uint8Array | undefined>) => void;

export const silent: Trace = () => {};

const width = 96;

const linesOf = (value: string | number | Uint8Array): string[] => {
  const text =
    value instanceof Uint8Array
      ? `${Buffer.from(value).toString('hex')} (${value.length} bytes)`
      : String(value);
  return text.split('\n').flatMap((line) => line.match(new RegExp(`.{1,${width}}`, 'g')) ?? ['']);
};

/** Steps as indented text. */
export const traceTo = (write: (line: string) => void): Trace => {
  let count = 0;
  return (step, fields) => {
    count += 1;
    write(`\n[${count}] ${step}`);
    for (const [name, value] of Object.entries(fields)) {
      if (value === undefined) continue;
      const [first, ...rest] = linesOf(value);
      write(`    ${name.padEnd(22)} ${first}`);
      for (const line of rest) write(`    ${' '.repeat(22)} ${line}`);
    }
  };
};

/** Header and claims of a compact JWS, for people. */
export const jwsParts = (jws: string) => {
  const [header = '', claims = ''] = jws.split('.');
  const text = (part: string) => Buffer.from(part, 'base64url').toString();
  return { header: text(header), claims: text(claims) };
};

/** Long text in a body whose bytes another step shows in full. */
export const shortened = (value: unknown): unknown =>
  typeof value === 'string' && value.length > 200
    ? `${value.slice(0, 60)}... (${value.length} characters)`
    : value;
