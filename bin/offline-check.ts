import { readFileSync } from 'node:fs';

/** What commands that check something have in common: what they read, and how they end. */

export const exitCodes = { genuine: 0, refused: 1, unchecked: 2 } as const;
const timeoutMs = 10_000;

/** Nothing could be checked, and why. */
export class Unchecked extends Error {}

export const readFile = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Unchecked(`${file} cannot be read: ${(error as Error).message}`);
  }
};

/** What anybody on the way could replace proves nothing: no plain HTTP but to this machine, no redirects. */
export const fetchText = async (address: string, path: string, what: string): Promise<string> => {
  const url = new URL(address);
  if (url.protocol !== 'https:' && !['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname))
    throw new Unchecked(`${address}: ${what} are fetched over https:// only`);
  if (url.pathname === '/') url.pathname = path;
  try {
    const answer = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(timeoutMs) });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    return await answer.text();
  } catch (error) {
    throw new Unchecked(`${url} gives no ${what}: ${(error as Error).message}`);
  }
};

/** A key set from a file or from an address, in whatever form it is. */
export const readKeys = async (where: string): Promise<unknown> => {
  const text = /^https?:\/\//.test(where) ? await fetchText(where, '/v1/keys', 'keys') : readFile(where);
  try {
    return JSON.parse(text);
  } catch {
    throw new Unchecked(`${where} holds no keys: it is not JSON`);
  }
};

/** Ends the process with what was found out, or with that nothing was. */
export const endWith = async (command: string, main: () => Promise<number>): Promise<void> => {
  try {
    process.exitCode = await main();
  } catch (error) {
    if (!(error instanceof Unchecked)) throw error;
    console.error(`${command}: ${error.message}`);
    process.exitCode = exitCodes.unchecked;
  }
};
