import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { listenOnPort } from '#local/ports.ts';
import { addConsumed, type Bill, emptyBill, operationOf } from './capacity.ts';

export interface Meter {
  readonly endpoint: string;
  /** What came through since it was asked last. */
  take(): Bill;
  stop(): void;
}

/**
 * Stands between a deployed function and the engine and counts what passes: the function knows nothing of it.
 * Counts calls that succeed; what fails ends the measurement, because no win is to contain it.
 */
export const startMeter = async (engineEndpoint: string): Promise<Meter> => {
  let bill = emptyBill();
  let failure: string | undefined;
  const server = createServer(async (request, response) => {
    const operation = operationOf(String(request.headers['x-amz-target']).split('.')[1] ?? '');
    const input = (await json(request)) as object;
    const answer = await fetch(engineEndpoint, {
      method: 'POST',
      headers: Object.fromEntries(
        ['authorization', 'content-type', 'x-amz-date', 'x-amz-target'].map((name) => [
          name,
          String(request.headers[name]),
        ]),
      ),
      body: JSON.stringify({ ...input, ReturnConsumedCapacity: 'TOTAL' }),
    });
    const text = await answer.text();
    bill.calls += 1;
    if (answer.ok) addConsumed(bill, operation, JSON.parse(text).ConsumedCapacity);
    else failure = `${operation} was answered ${text}`;
    response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' }).end(text);
  });
  const port = await listenOnPort(server, 0);
  return {
    endpoint: `http://127.0.0.1:${port}`,
    take: () => {
      if (failure) throw new Error(failure);
      const taken = bill;
      bill = emptyBill();
      return taken;
    },
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
};
