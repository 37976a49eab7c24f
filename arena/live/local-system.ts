import { createInterface } from 'node:readline';
import { createClient } from '#contract/client.ts';
import { runNode, stop } from './children.ts';

export type Defence = 'off' | 'on';

/** `off`: a login is enough and nothing is challenged. `on`: proofs of the phone and challenges, both enforced. */
const modes = { off: 'off', on: 'enforce' } as const;

export interface System {
  api: string;
  stop: () => Promise<void>;
}

/** The local system in a process of its own, on a free port, with fresh tables. */
export const startSystem = async (defence: Defence, drivers: number): Promise<System> => {
  const mode = modes[defence];
  const options = ['--port', '0', '--drivers', String(Math.max(20, drivers))];
  const child = runNode(['local/main.ts', ...options, '--attestation', mode, '--challenge', mode]);
  const errors: string[] = [];
  child.stderr?.on('data', (chunk: Buffer) => errors.push(chunk.toString()));
  const output = child.stdout && createInterface({ input: child.stdout });
  const api = await new Promise<string>((resolve, reject) => {
    output?.on('line', (line) => {
      const ready = /^ready (\S+)/.exec(line)?.[1];
      if (ready) resolve(ready);
    });
    child.once('exit', () => reject(new Error(`the local system did not start: ${errors.join('').trim()}`)));
  });
  return { api, stop: () => stop(child) };
};

/** What a running system says about itself. Whether it challenges claims it tells nobody. */
export const describeSystem = async (api: string) => {
  const answer = await createClient({ origin: api }).getConfiguration();
  if (!answer.ok) throw new Error(`${api} does not say how it is configured: ${answer.body.code}`);
  const { attestation, stations } = answer.body;
  const stationId = stations[0]?.stationId;
  if (!stationId) throw new Error(`${api} has no stations`);
  return { attestation, stationId };
};
