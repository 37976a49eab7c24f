/** Something that the person at the terminal can mend; its message is the one line that they see. */
export class LocalFailure extends Error {
  override name = 'LocalFailure';
}

export const describeError = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
