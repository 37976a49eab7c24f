import { appendFileSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
// biome-ignore-start lint/style/noRestrictedImports: no infrastructure: whoever doubts the audit runs this
import { createClient } from '#contract/client.ts';
import { type AuditHead, lineOf } from '#core/evidence/audit/chain.ts';
import { linesOf, linesOfAll } from '#core/evidence/audit/lines.ts';
import { type AuditFault, type ExpectedAudit, verifyAudit } from '#core/evidence/audit/verify.ts';
import { signIn } from '#phone/sign-in.ts';

// biome-ignore-end lint/style/noRestrictedImports: as above

const usage = `npm run verify-audit -- FILE|FOLDER [--head SEQ:HASH]
npm run verify-audit -- --api URL [--user EMAIL] [--password TEXT] [--save FILE] [--head SEQ:HASH]

  FILE             entries of the audit, one to a line, as --save wrote them or as they were archived
  FOLDER           a copy of the archive: all files in it that end in .jsonl
  --head SEQ:HASH  an entry that you know from before: it must be there and be the same
  --api URL        reads the service itself, such as http://127.0.0.1:8787, from the first entry to the last
  --user EMAIL     an approver; default approver@evenfield.test. The password is read from EVENFIELD_PASSWORD
                   when it is not given, an access token instead of both from EVENFIELD_TOKEN
  --save FILE      keeps what the service gave, for another day; the file must not be there yet

  ends with 0 when the chain is unbroken, 1 when it is not, 2 when nothing could be checked`;

const exitCodes = { unbroken: 0, broken: 1, unchecked: 2 } as const;
const localPassword = 'Evenfield-local-1';

const sentences = {
  form: 'it is not written as entries of the audit are written',
  sequence: 'its number does not follow the number before: entries are missing, doubled or in another order',
  link: 'it does not follow the entry before it: one of the two was changed',
  hash: 'it does not have the hash that it names: it was changed',
  time: 'its time is more than five minutes before the time of an earlier entry',
  head: 'it is missing, or it is not the entry that you know from before',
  start: 'the chain does not begin there: entries are missing at the start',
} as const satisfies Record<AuditFault, string>;

/** Nothing could be checked, and why. */
class Unchecked extends Error {}

const readHead = (text: string): AuditHead => {
  const [, seq, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (!seq || !hash) throw new Error('--head takes the number of an entry, a colon, and its hash');
  return { seq: Number(seq), hash };
};

const readOptions = () => {
  try {
    const { values, positionals } = parseArgs({
      options: {
        head: { type: 'string' },
        api: { type: 'string' },
        user: { type: 'string', default: 'approver@evenfield.test' },
        password: { type: 'string' },
        save: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
      allowPositionals: true,
    });
    const { head, ...others } = values;
    const [path, ...more] = positionals;
    if (!values.help && (more.length > 0 || (path === undefined) === (values.api === undefined)))
      throw new Error('one file, one folder, or --api');
    if (values.save !== undefined && path !== undefined) throw new Error('--save belongs to --api');
    return { ...others, path: path ?? '', expected: head === undefined ? {} : { head: readHead(head) } };
  } catch (error) {
    throw new Unchecked(`${(error as Error).message}\n\n${usage}`);
  }
};

const readPath = (path: string): Iterable<string | undefined> => {
  try {
    if (!statSync(path).isDirectory()) return linesOf(readFileSync(path));
    const names = readdirSync(path, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.jsonl'))
      // Names begin with the number of their first entry.
      .sort((a, b) => (basename(a) < basename(b) ? -1 : 1));
    return linesOfAll(names.map((name) => readFileSync(join(path, name))));
  } catch (error) {
    throw new Unchecked(`${path} cannot be read: ${(error as Error).message}`);
  }
};

const fetchToken = async (api: string, user: string, password?: string): Promise<string> => {
  const { EVENFIELD_TOKEN: token, EVENFIELD_PASSWORD: known = localPassword } = process.env;
  if (token) return token;
  const configuration = await createClient({ origin: api }).getConfiguration();
  if (!configuration.ok) throw new Error(configuration.body.title);
  return (await signIn(configuration.body, user, password ?? known)).accessToken;
};

/** Page by page, all there is. */
async function* readApi(api: string, { user, password, save }: Omit<ReturnType<typeof readOptions>, 'api'>) {
  try {
    const client = createClient({ origin: api, token: await fetchToken(api, user, password) });
    if (save !== undefined) writeFileSync(save, '', { flag: 'wx' });
    let cursor: string | undefined;
    do {
      const page = await client.listAudit({ query: cursor === undefined ? {} : { cursor } });
      if (!page.ok) throw new Error(page.body.title);
      if (save !== undefined) appendFileSync(save, page.body.entries.map(lineOf).join(''));
      yield* page.body.entries;
      cursor = page.body.cursor;
    } while (cursor !== undefined);
  } catch (error) {
    throw new Unchecked(`${api}: ${(error as Error).message}`);
  }
}

const main = async (): Promise<number> => {
  const { api, ...options } = readOptions();
  if (options.help) {
    console.log(usage);
    return exitCodes.unbroken;
  }
  const entries = api === undefined ? readPath(options.path) : readApi(api, options);
  const expected: ExpectedAudit = { ...options.expected, ...(api !== undefined && { first: 1 }) };
  const outcome = await verifyAudit(entries, expected);
  if (outcome.status === 'broken') {
    console.error(`Broken at entry ${outcome.at} (${outcome.reason}): ${sentences[outcome.reason]}.`);
    return exitCodes.broken;
  }
  const { first, head } = outcome;
  if (outcome.entries === 0) throw new Unchecked('there are no entries');
  console.log(`Unbroken: ${outcome.entries} entries, ${first} to ${head.seq}.`);
  if (first > 1) console.log(`What came before entry ${first} was not checked.`);
  if (!options.expected.head)
    console.log('That nobody wrote all of it anew is shown by an entry that you know from before: --head.');
  console.log(`Head: ${head.seq}:${head.hash}`);
  return exitCodes.unbroken;
};

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof Unchecked)) throw error;
  console.error(`verify-audit: ${error.message}`);
  process.exitCode = exitCodes.unchecked;
}
