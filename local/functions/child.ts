import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Reaper } from '../reaper.ts';
import type { LogSink } from './log-sink.ts';
import { type FromChild, type FunctionError, FunctionFailed, type ToChild } from './protocol.ts';

export interface FunctionDefinition {
  readonly logicalId: string;
  readonly name: string;
  readonly folder: string;
  readonly handler: string;
  readonly timeoutMs: number;
  readonly environment: Readonly<Record<string, string>>;
}

const host = fileURLToPath(new URL('./host.ts', import.meta.url));
/** As Lambda allows for loading the code. */
const initBudgetMs = 10_000;
/** As Lambda gives a function with an extension to flush what it has buffered. */
const flushBudgetMs = 500;

/** One process of a function, which answers one invocation at a time. Killed from outside, since it may block itself. */
export class FunctionChild {
  busy = false;
  readonly pid: number | undefined;
  readonly exited: Promise<void>;
  readonly #definition: FunctionDefinition;
  readonly #process: ChildProcess;
  readonly #ready: Promise<void>;
  #idle = Promise.resolve<unknown>(undefined);
  #invocation: { requestId: string; settle: (outcome: Outcome) => void } | undefined;

  constructor(definition: FunctionDefinition, sink: LogSink, reaper: Reaper) {
    this.#definition = definition;
    // Detached: Ctrl-C must reach the parent alone, which lets functions flush first.
    const child = fork(host, [definition.folder, definition.handler], {
      env: definition.environment,
      execArgv: [],
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    } as Parameters<typeof fork>[2]);
    this.#process = child;
    this.pid = child.pid;
    reaper.watch(child);
    if (child.stdout) sink.follow(child.stdout);
    if (child.stderr) sink.follow(child.stderr);

    const ready = Promise.withResolvers<void>();
    this.#ready = ready.promise;
    this.#ready.catch(() => {});
    const initTimer = setTimeout(() => {
      ready.reject(
        this.#failed('timeout', { errorType: 'Sandbox.Timedout', errorMessage: 'Init timed out' }),
      );
      child.kill('SIGKILL');
    }, initBudgetMs);
    this.#ready.then(
      () => clearTimeout(initTimer),
      () => clearTimeout(initTimer),
    );
    child.on('message', (message: FromChild) => {
      if (message.type === 'ready') ready.resolve();
      else if (message.requestId === this.#invocation?.requestId)
        this.#invocation.settle(
          message.type === 'answered'
            ? { answer: message.answer }
            : { failure: this.#failed('error', message.error) },
        );
    });
    this.exited = new Promise((resolve) => {
      const end = (how: string) => {
        const failure = this.#failed('crash', {
          errorType: 'Runtime.ExitError',
          errorMessage: `the process ended with ${how}`,
        });
        ready.reject(failure);
        this.#invocation?.settle({ failure });
        resolve();
      };
      child.once('exit', (code, signal) => end(signal ?? `exit code ${code}`));
      child.once('error', (error) => end(error.message));
    });
  }

  /** The time counts from when the code is loaded. */
  async invoke(event: unknown): Promise<unknown> {
    await this.#ready;
    const { timeoutMs } = this.#definition;
    const requestId = randomUUID();
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    const timer = setTimeout(() => {
      const errorMessage = `Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`;
      resolve({ failure: this.#failed('timeout', { errorType: 'Sandbox.Timedout', errorMessage }) });
      this.#process.kill('SIGKILL');
    }, timeoutMs);
    this.#invocation = { requestId, settle: resolve };
    this.#idle = promise;
    const message: ToChild = { type: 'invoke', event, requestId, deadline: Date.now() + timeoutMs };
    this.#process.send(message, () => {});
    const outcome = await promise;
    clearTimeout(timer);
    this.#invocation = undefined;
    if ('failure' in outcome) {
      // After these the process is gone or about to be; the pool must not hand it out again.
      if (outcome.failure.kind !== 'error') await this.exited;
      throw outcome.failure;
    }
    return outcome.answer;
  }

  /** What it is doing may end within the budget; then SIGTERM, and the same time once more. */
  async stop(): Promise<void> {
    await Promise.race([this.#idle, delay(flushBudgetMs, undefined, { ref: false })]);
    this.#process.kill('SIGTERM');
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), flushBudgetMs);
    await this.exited;
    clearTimeout(timer);
  }

  #failed(kind: FunctionFailed['kind'], detail: FunctionError): FunctionFailed {
    return new FunctionFailed(this.#definition.name, kind, detail);
  }
}

type Outcome = { readonly answer: unknown } | { readonly failure: FunctionFailed };
