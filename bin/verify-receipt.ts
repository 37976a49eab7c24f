import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
// biome-ignore-start lint/style/noRestrictedImports: no infrastructure: whoever holds a receipt runs this
import { describeReceipt, describeRefusal } from '#core/privacy/describe-receipt.ts';
import { verifyReceipt } from '#core/privacy/verify-receipt.ts';
// biome-ignore-end lint/style/noRestrictedImports: as above
import { endWith, exitCodes, readFile, readKeys, Unchecked } from './offline-check.ts';

const usage = `npm run verify-receipt -- FILE [--keys FILE|URL]

  FILE        a receipt of an erasure, as the service gave it
  --keys ...  the keys that receipts are signed with, as GET /v1/keys answers them: a file, which needs no network,
              or the https:// address of the service; default: keys.json beside the receipt

  ends with 0 for a genuine receipt, 1 for one that is not, 2 when nothing could be checked`;

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

await endWith('verify-receipt', async () => {
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
});
