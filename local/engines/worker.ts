import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { parentPort, Worker, workerData } from 'node:worker_threads';

/**
 * Engines written for Node run in threads: each has its own copy of modules that keep state globally,
 * a busy one does not delay the gateway, and none survives this process.
 */
export interface EngineThread {
  readonly endpoint: string;
  call(operation: string, input: unknown): Promise<unknown>;
  stop(): Promise<void>;
}

export async function startEngineThread(module: URL, input: unknown, logFile: string): Promise<EngineThread> {
  // Nothing of the developer's shell reaches an engine, and its output never reaches the terminal.
  const worker = new Worker(module, { workerData: input, env: {}, execArgv: [], stdout: true, stderr: true });
  const log = createWriteStream(logFile, { flags: 'a' });
  worker.stdout.pipe(log, { end: false });
  worker.stderr.pipe(log, { end: false });

  const pending = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  const failAll = (error: Error) => {
    for (const { reject } of pending.values()) reject(error);
    pending.clear();
  };
  const started = Promise.withResolvers<number>();
  worker.on('message', (message: ThreadMessage) => {
    if ('port' in message) return started.resolve(message.port);
    const call = pending.get(message.id);
    pending.delete(message.id);
    if ('error' in message) call?.reject(new Error(message.error));
    else call?.resolve(message.result);
  });
  worker.on('error', (error) => {
    started.reject(error as Error);
    failAll(error as Error);
  });
  worker.on('exit', () => {
    const error = new Error('The engine has stopped.');
    started.reject(error);
    failAll(error);
    log.end();
  });

  const port = await started.promise;
  let calls = 0;
  const call = (operation: string, callInput: unknown): Promise<unknown> => {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const id = ++calls;
    pending.set(id, { resolve, reject });
    worker.postMessage({ id, operation, input: callInput });
    return promise;
  };
  return {
    endpoint: `http://127.0.0.1:${port}`,
    call,
    async stop() {
      const exited = once(worker, 'exit');
      await Promise.race([call('stop', undefined).catch(() => {}), exited]);
      await worker.terminate();
    },
  };
}

type ThreadMessage = { port: number } | { id: number; result: unknown } | { id: number; error: string };

/** Inside the thread: announces the port and answers calls until the thread ends. */
export function serveThread(port: number, operations: Record<string, (input: never) => unknown>): void {
  const parent = parentPort;
  if (parent === null) throw new Error('This module runs in a thread.');
  parent.on('message', async ({ id, operation, input }: { id: number; operation: string; input: never }) => {
    try {
      parent.postMessage({ id, result: await operations[operation]?.(input) });
    } catch (error) {
      parent.postMessage({ id, error: error instanceof Error ? error.message : String(error) });
    }
  });
  parent.postMessage({ port });
}

export const threadInput = <T>(): T => workerData as T;
