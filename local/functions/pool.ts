import type { Reaper } from '../reaper.ts';
import { FunctionChild, type FunctionDefinition } from './child.ts';
import type { LogSink } from './log-sink.ts';

interface Waiting {
  readonly event: unknown;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** The processes of one function. They are started when they are needed and kept; what finds none free waits in line. */
export class FunctionPool {
  readonly definition: FunctionDefinition;
  readonly sink: LogSink;
  readonly #reaper: Reaper;
  readonly #limit: number;
  readonly #children = new Set<FunctionChild>();
  readonly #waiting: Waiting[] = [];
  #stopped = false;

  constructor(definition: FunctionDefinition, sink: LogSink, reaper: Reaper, limit: number) {
    this.definition = definition;
    this.sink = sink;
    this.#reaper = reaper;
    this.#limit = limit;
  }

  pids(): number[] {
    return [...this.#children].flatMap(({ pid }) => pid ?? []);
  }

  invoke(event: unknown): Promise<unknown> {
    if (this.#stopped) return Promise.reject(new Error(`${this.definition.name} is stopping`));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ event, resolve, reject });
      this.#dispatch();
    });
  }

  #dispatch(): void {
    while (this.#waiting.length > 0 && !this.#stopped) {
      const child = this.#freeChild();
      if (child === undefined) return;
      const next = this.#waiting.shift() as Waiting;
      void this.#run(child, next);
    }
  }

  #freeChild(): FunctionChild | undefined {
    for (const child of this.#children) if (!child.busy) return child;
    if (this.#children.size >= this.#limit) return undefined;
    const child = new FunctionChild(this.definition, this.sink, this.#reaper);
    this.#children.add(child);
    void child.exited.then(() => {
      this.#children.delete(child);
      this.#dispatch();
    });
    return child;
  }

  async #run(child: FunctionChild, { event, resolve, reject }: Waiting): Promise<void> {
    child.busy = true;
    try {
      resolve(await child.invoke(event));
    } catch (error) {
      this.sink.write(`local: ${error instanceof Error ? error.message : error}`);
      reject(error);
    } finally {
      child.busy = false;
      this.#dispatch();
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const { reject } of this.#waiting.splice(0))
      reject(new Error(`${this.definition.name} is stopping`));
    await Promise.all([...this.#children].map((child) => child.stop()));
    await this.sink.close();
  }
}
