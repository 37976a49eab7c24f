import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from './clock.ts';

interface DueTimer {
  readonly dueAt: number;
  readonly callback: () => void;
}

/**
 * A clock that moves only when told: a year passes in seconds, in the same order as in real time.
 *
 * Before each timer everything that the previous one set off gets to its end: promises, and the work
 * announced by `during` (a function that runs, a request on its way).
 */
export class VirtualClock implements Clock {
  #now: number;
  /** Sorted by due time; of two with the same, the one set first comes first. */
  readonly #timers: DueTimer[] = [];
  readonly #work = new Set<Promise<unknown>>();

  constructor(startsAt: Date) {
    this.#now = startsAt.getTime();
  }

  now(): number {
    return this.#now;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { dueAt: this.#now + Math.max(0, delayMs), callback };
    const later = this.#timers.findIndex(({ dueAt }) => dueAt > timer.dueAt);
    this.#timers.splice(later === -1 ? this.#timers.length : later, 0, timer);
    return () => {
      const index = this.#timers.indexOf(timer);
      if (index !== -1) this.#timers.splice(index, 1);
    };
  }

  during<Result>(work: Promise<Result>): Promise<Result> {
    const settled = work.then(
      () => {},
      () => {},
    );
    this.#work.add(settled);
    void settled.then(() => this.#work.delete(settled));
    return work;
  }

  /** Runs every timer that falls due, each at its own time, and ends `ms` later than it began. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await this.quiet();
    for (let timer = this.#takeDue(end); timer !== undefined; timer = this.#takeDue(end)) {
      this.#now = timer.dueAt;
      timer.callback();
      await this.quiet();
    }
    this.#now = end;
  }

  /** Resolves when nothing is left to do before the next timer. */
  async quiet(): Promise<void> {
    do {
      await Promise.all(this.#work);
      // Two turns: the answer of finished work is handed on in one, and starts new work in the next.
      await nextTurn();
      await nextTurn();
    } while (this.#work.size > 0);
  }

  #takeDue(end: number): DueTimer | undefined {
    const [first] = this.#timers;
    return first !== undefined && first.dueAt <= end ? this.#timers.shift() : undefined;
  }
}
