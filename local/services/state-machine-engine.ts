import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { compileFunction } from 'node:vm';
import type { Clock } from './clock.ts';

type Engine = typeof import('aws-local-stepfunctions');

/**
 * The ASL interpreter with this clock in place of the global timers and Date: its own timers fire at once
 * beyond 24.8 days, and a notice period of 60 days has to pass in a test. It takes no clock, so its source
 * is compiled with these names as parameters.
 */
export function loadEngine(clock: Clock): Engine {
  const file = createRequire(import.meta.url).resolve('aws-local-stepfunctions');
  const load = createRequire(file);
  // Its own Lambda client would call a real account; every task here has a handler, so it is never reached.
  const requireWithoutAws = (id: string): unknown => (id.startsWith('@aws-sdk/') ? {} : load(id));

  class ClockDate extends Date {
    constructor(...given: [value?: number | string | Date]) {
      super(given.length === 0 ? clock.now() : (given[0] as number));
    }
    static override now(): number {
      return clock.now();
    }
  }
  const replacements = {
    require: requireWithoutAws,
    Date: ClockDate,
    setTimeout: (callback: () => void, delayMs: number) => clock.after(delayMs, callback),
    clearTimeout: (cancel?: () => void) => cancel?.(),
  };

  const module: { exports: unknown } = { exports: {} };
  const names = ['module', ...Object.keys(replacements)];
  const run = compileFunction(readFileSync(file, 'utf8'), names, { filename: file });
  run(module, ...Object.values(replacements));
  return module.exports as Engine;
}
