import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
// biome-ignore-start lint/style/noRestrictedImports: no infrastructure: whoever holds a receipt runs this
import { describeReceipt, describeRefusal } from '#core/privacy/describe-receipt.ts';
import { verifyReceipt } from '#core/privacy/verify-receipt.ts';

// biome-ignore-end lint/style/noRestrictedImports: as above

const usage = `npm run verify-receipt -- FILE [--keys FILE|URL]

  FILE        a receipt of an erasure, as the service gave it
  --keys ...  the keys that receipts are signed with, as GET /v1/keys answers them: a file, which needs no network,
              or the https:// address of the service; default: keys.json beside the receipt

  ends with 0 for a genuine receipt, 1 for one that is not, 2 when nothing could be checked`;

const exitCodes = { genuine: 0, refused: 1, unchecked: 2 } as const;
const timeoutMs = 10_000;

/** Nothing could be checked, and why. */
class Unchecked extends Error {}

const readOptions = () => {
  try {
    const { values, positionals } = parseArgs({
      options: { keys: { type: 'string' }, help: { type: 'boolean', default: false } },
      allowPositionals: true,
    });
    if (values.help) return 'help';
    const [file, ...more] = positionals;
    if (file === undefined || more.length > 0) throw new Error('one receipt at a time');
    return { file, keys: values.keys ?? join(dirname(file), 'keys.json') };
  } catch (error) {
    throw new Unchecked(`${(error as Error).message}\n\n${usage}`);
  }
};

const readFile = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Unchecked(`${file} cannot be read: ${(error as Error).message}`);
  }
};

/** Keys that anybody on the way could replace prove nothing: no plain HTTP but to this machine, no redirects. */
const fetchKeys = async (address: string): Promise<string> => {
  const url = new URL(address);
  if (url.protocol !== 'https:' && !['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname))
    throw new Unchecked(`${address}: keys are fetched over https:// only`);
  if (url.pathname === '/') url.pathname = '/v1/keys';
  try {
    const answer = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(timeoutMs) });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    return await answer.text();
  } catch (error) {
    throw new Unchecked(`${url} gives no keys: ${(error as Error).message}`);
  }
};

const readKeys = async (where: string): Promise<unknown> => {
  const text = /^https?:\/\//.test(where) ? await fetchKeys(where) : readFile(where);
  try {
    return JSON.parse(text);
  } catch {
    throw new Unchecked(`${where} holds no keys: it is not JSON`);
  }
};

const main = async (): Promise<number> => {
  const options = readOptions();
  if (options === 'help') {
    console.log(usage);
    return exitCodes.genuine;
  }
  // One line feed at the end is the editor's, anything else is a change.
  const text = readFile(options.file).replace(/\n$/, '');
  const outcome = verifyReceipt(text, await readKeys(options.keys));
  if (outcome.status === 'refused') {
    console.error(`Not genuine (${outcome.reason}): ${describeRefusal(outcome.reason)}.`);
    return exitCodes.refused;
  }
  console.log(`Genuine: unchanged since it was signed with the key ${outcome.kid}.`);
  console.log(`The key is one of ${options.keys}; it proves as much as wherever you have those keys from.\n`);
  console.log(describeReceipt(outcome.payload));
  return exitCodes.genuine;
};

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof Unchecked)) throw error;
  console.error(`verify-receipt: ${error.message}`);
  process.exitCode = exitCodes.unchecked;
}
