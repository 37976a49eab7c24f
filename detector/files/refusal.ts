/** What is wrong with an input, as one line `file:row: what`. Row 0 is the file as a whole. */
export interface Refusal {
  readonly status: 'refused';
  readonly line: string;
}

export const refuse = (file: string, row: number, what: string): Refusal => ({
  status: 'refused',
  line: `${file}:${row}: ${what.replaceAll(/\s+/g, ' ')}`,
});

export const isRefusal = (value: unknown): value is Refusal =>
  typeof value === 'object' && value !== null && 'status' in value && value.status === 'refused';

/** What the system says of a file that cannot be opened or read. */
export const whyUnreadable = (error: unknown): string => {
  const { code, message } = error as NodeJS.ErrnoException;
  const known: Record<string, string> = {
    ENOENT: 'no such file',
    EISDIR: 'a directory, not a file',
    EACCES: 'no permission to read it',
    ENOTDIR: 'no such file',
  };
  return known[code ?? ''] ?? message;
};
