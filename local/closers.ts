import { describeError } from './failure.ts';

/** What has to be closed, the newest first; each once, and also after another one failed. */
export class Closers {
  readonly #closers: (() => unknown)[] = [];
  #closing: Promise<void> | undefined;

  get closing(): boolean {
    return this.#closing !== undefined;
  }

  add(close: () => unknown): void {
    this.#closers.push(close);
  }

  closeAll(): Promise<void> {
    this.#closing ??= (async () => {
      const failures: unknown[] = [];
      for (let close = this.#closers.pop(); close !== undefined; close = this.#closers.pop()) {
        try {
          await close();
        } catch (error) {
          failures.push(error);
        }
      }
      if (failures.length > 0) {
        const reasons = failures.map(describeError).join('; ');
        throw new AggregateError(failures, `not everything could be closed: ${reasons}`);
      }
    })();
    return this.#closing;
  }
}
