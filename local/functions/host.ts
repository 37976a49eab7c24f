import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { FromChild, FunctionError, ToChild } from './protocol.ts';

/** The process around one function: loads its handler once, then answers one invocation after the other. */

type Handler = (event: unknown, context: object) => unknown;

const [folder = '', handlerName = ''] = process.argv.slice(2);
const { AWS_LAMBDA_FUNCTION_NAME, AWS_LAMBDA_FUNCTION_MEMORY_SIZE, INVOKED_FUNCTION_ARN } = process.env;
const functionArn = INVOKED_FUNCTION_ARN ?? '';
delete process.env.INVOKED_FUNCTION_ARN;

const send = (message: FromChild) => process.send?.(message);

// The parent is gone; there is nobody to answer.
process.on('disconnect', () => process.exit());

const handler = await loadHandler();
process.on('message', async ({ event, requestId, deadline }: ToChild) => {
  try {
    const answer = await handler(event, context(requestId, deadline));
    // What JSON cannot carry fails here, as it does in Lambda, and not in the channel.
    send({ type: 'answered', requestId, answer: JSON.parse(JSON.stringify(answer ?? null)) });
  } catch (error) {
    console.error(error);
    send({ type: 'failed', requestId, error: describe(error) });
  }
});
send({ type: 'ready' });

async function loadHandler(): Promise<Handler> {
  const dot = handlerName.lastIndexOf('.');
  const [file, exported] = [handlerName.slice(0, dot), handlerName.slice(dot + 1)];
  for (const extension of ['.mjs', '.js', '.cjs']) {
    try {
      const module = await import(pathToFileURL(join(folder, file + extension)).href);
      const found = module[exported] ?? module.default?.[exported];
      if (typeof found !== 'function') throw new Error(`${file}${extension} exports no function ${exported}`);
      return found as Handler;
    } catch (error) {
      const { code, url } = error as { code?: string; url?: string };
      if (code === 'ERR_MODULE_NOT_FOUND' && url?.endsWith(`/${file}${extension}`)) continue;
      throw error;
    }
  }
  throw new Error(`there is no ${file}.mjs, .js or .cjs in ${folder}`);
}

function context(requestId: string, deadline: number): object {
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: '$LATEST',
    invokedFunctionArn: functionArn,
    memoryLimitInMB: AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    awsRequestId: requestId,
    logGroupName: `/aws/lambda/${AWS_LAMBDA_FUNCTION_NAME}`,
    logStreamName: 'local',
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
}

function describe(error: unknown): FunctionError {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error) };
  return { errorType: error.name, errorMessage: error.message, trace: error.stack?.split('\n') ?? [] };
}
