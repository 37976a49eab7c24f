import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import type { DrawRecord } from '#contract/draw-record.ts';
// biome-ignore-start lint/style/noRestrictedImports: no infrastructure: whoever doubts a draw runs this
import { getDrawRecord } from '#contract/draws.ts';
import { dropId } from '#contract/primitives.ts';
import { differencesFrom } from '#core/draws/compare-seen.ts';
import { describeDraw, describeFaults, describeOwn } from '#core/draws/describe-verdict.ts';
import { verifyDraw } from '#core/draws/verify-record.ts';
// biome-ignore-end lint/style/noRestrictedImports: as above
import { endWith, exitCodes, fetchText, readFile, readKeys, Unchecked } from './offline-check.ts';

const usage = `npm run verify-draw -- FILE [--keys FILE|URL] [--seen FILE] [--driver ID]
npm run verify-draw -- DRAWID [--api URL] [--keys FILE|URL] [--seen FILE] [--driver ID]

  FILE         a draw, as GET /v1/draws/DRAWID/record answers it
  DRAWID       reads it from the service, and the keys as well
  --api URL    the service; default http://127.0.0.1:8787
  --keys ...   the keys that draws are signed with, as GET /v1/keys answers them: a file, which needs no network,
               or the https:// address of the service; default: keys.json beside the file
  --seen FILE  what GET /v1/draws/DRAWID answered before the outcome: that nothing was changed since
  --driver ID  also tells the part of one driver, by the driverId in GET /v1/me; nothing of it leaves this machine

  ends with 0 for a genuine draw, 1 for one that is not, 2 when nothing could be checked`;

const localApi = 'http://127.0.0.1:8787';

const readOptions = () => {
  try {
    const { values, positionals } = parseArgs({
      options: {
        api: { type: 'string' },
        keys: { type: 'string' },
        driver: { type: 'string' },
        seen: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
      allowPositionals: true,
    });
    if (values.help) return 'help';
    const [name, ...more] = positionals;
    if (name === undefined || more.length > 0) throw new Error('one draw at a time');
    const isId = dropId.safeParse(name).success && (values.api !== undefined || !existsSync(name));
    if (values.api !== undefined && !isId) throw new Error(`${name} is no id of a draw`);
    if (values.api !== undefined && URL.parse(values.api)?.pathname !== '/')
      throw new Error('--api takes the address of a service, without a path');
    const api = isId ? (values.api ?? localApi) : undefined;
    const { driver, seen } = values;
    return { name, api, keys: values.keys ?? api ?? join(dirname(name), 'keys.json'), driver, seen };
  } catch (error) {
    throw new Unchecked(`${(error as Error).message}\n\n${usage}`);
  }
};

/** One line feed at the end is the editor's, anything else is a change. */
const readDraw = async (name: string, api: string | undefined): Promise<string> =>
  api === undefined
    ? readFile(name).replace(/\n$/, '')
    : fetchText(api, getDrawRecord.path.replace('{drawId}', name), 'draws');

const differencesSince = (record: DrawRecord, file: string): string[] => {
  try {
    const differences = differencesFrom(record, JSON.parse(readFile(file)));
    if (differences) return differences;
  } catch (error) {
    if (error instanceof Unchecked) throw error;
  }
  throw new Unchecked(`${file} is no answer about a draw`);
};

await endWith('verify-draw', async () => {
  const options = readOptions();
  if (options === 'help') {
    console.log(usage);
    return exitCodes.genuine;
  }
  const { name, api, keys, driver, seen } = options;
  const verdict = verifyDraw(await readDraw(name, api), await readKeys(keys));
  if (verdict.status === 'refused') {
    console.error(`Not genuine:\n${describeFaults(verdict)}`);
    return exitCodes.refused;
  }
  const changed = seen === undefined ? [] : differencesSince(verdict.record, seen);
  if (changed.length > 0) {
    console.error(`Not the draw that was shown before: ${changed.join(', ')} changed since ${seen}.`);
    return exitCodes.refused;
  }
  console.log(
    `Genuine: unchanged since it was signed with the key ${verdict.kid}, and held again with the same outcome.`,
  );
  console.log(`The key is one of ${keys}; it proves as much as wherever you have those keys from.\n`);
  console.log(describeDraw(verdict));
  const told =
    seen === undefined
      ? 'Not compared with what was shown before it: see --seen.'
      : `As it was shown in ${seen}.`;
  console.log(`\n${told}`);
  if (driver !== undefined) console.log(`\n${describeOwn(verdict.record, driver)}`);
  return exitCodes.genuine;
});
