import { startEngine as startTestEngine } from '#test/support/engine.ts';

export interface Engine {
  readonly endpoint: string;
  readonly client: Awaited<ReturnType<typeof startTestEngine>>['client'];
  /** With a partition key and a sort key; no stream, because the emulator slows with the length of one. */
  readonly offersTable: string;
  readonly feedTable: string;
  readonly devicesTable: string;
  readonly challengesTable: string;
  stop(): Promise<void>;
}

/** The engine of the store suites: the local system's own, or DynamoDB Local by the same switch. */
export const startEngine = async (): Promise<Engine> => {
  const { client, createTable, stop } = await startTestEngine();
  const address = await client.config.endpoint?.();
  if (!address) throw new Error('the engine has no address');
  return {
    endpoint: `${address.protocol}//${address.hostname}:${address.port}`,
    client,
    offersTable: await createTable(),
    feedTable: await createTable({ sortKey: false }),
    devicesTable: await createTable(),
    challengesTable: await createTable(),
    stop,
  };
};
