import { setImmediate } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { Batch, BatchResult } from './warm-function.ts';

/**
 * The process whose CPU is measured: it holds one deployed function, loaded from its bundle, and beside it the bare
 * client of the SDK-only bundle, and runs the batches that its parent sends.
 */

const [functionBundle = '', sdkBundle = ''] = process.argv.slice(2);

/** Not every time: the turn itself is none of the function's work. */
const callsPerTurn = 16;

const realNow = Date.now;
let aheadMs = 0;
Date.now = () => realNow() + aheadMs;

type Send = { send(command: object): Promise<unknown> };
const { handler } = await import(pathToFileURL(functionBundle).href);
const { oneTryClient, commands } = await import(pathToFileURL(sdkBundle).href);
const client: Send = oneTryClient();

let lastHeaders: Record<string, string> = {};

const subjects: Record<Batch['subject'], (input: unknown) => Promise<string>> = {
  handler: async (event) => {
    const { statusCode, headers } = await handler(event, {});
    lastHeaders = headers;
    return String(statusCode);
  },
  TransactWriteItems: (input) => bare(new commands.TransactWriteItems(input)),
  UpdateItem: (input) => bare(new commands.UpdateItem(input)),
};

const bare = async (command: object): Promise<string> => {
  try {
    await client.send(command);
    return 'done';
  } catch (error) {
    return (error as Error).name;
  }
};

const run = async ({
  subject,
  inputs,
  rounds = 1,
  expected,
  clockStepMs = 0,
}: Batch): Promise<BatchResult> => {
  const call = subjects[subject];
  const before = process.cpuUsage();
  for (let round = 0; round < rounds; round += 1)
    for (const [index, input] of inputs.entries()) {
      // Between two requests Lambda turns the event loop. Without that, refusals would starve the queue's answers.
      if (index % callsPerTurn === 0) await setImmediate();
      aheadMs += clockStepMs;
      const answer = await call(input);
      if (answer !== expected) throw new Error(`${subject} answered ${answer} instead of ${expected}`);
    }
  const { user, system } = process.cpuUsage(before);
  return { cpuMicroseconds: (user + system) / (rounds * inputs.length), lastHeaders };
};

process.on('message', (batch: Batch) => {
  run(batch).then(
    (result) => process.send?.(result),
    (error: Error) => process.send?.({ failure: error.message }),
  );
});
process.on('disconnect', () => process.exit());
process.send?.({ cpuMicroseconds: 0, lastHeaders } satisfies BatchResult);
