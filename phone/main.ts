import { parseArgs } from 'node:util';
import { Refusal, Usage } from './command.ts';
import { commands } from './commands.ts';
import { defaultStateFile, forgetPhone, loadPhone, type Platform, savePhone } from './kept-phone.ts';
import { openSession, seededPassword } from './session.ts';
import { silent, traceTo } from './trace.ts';

const help = `A software phone for a driver of Evenfield (TEST ONLY).

npm run phone -- [options] <command>

  enrol               prove the phone to the API; the other commands do it when it is needed
  list                the blocks that a station offers
  claim               claim the first of them, or the one of --offer; of a draw, enter it
  ask <challengeId>   ask for a person instead of a puzzle
  release <blockId>   give a block back
  schedule            the driver's blocks
  draw <drawId>       how a draw stands, or how it ended and why
  leave-draw <drawId> leave it before it closes
  reserved            blocks that are kept for the driver now
  rotation [join|leave]      the driver's place among those whom the station asks in turn
  devices             the driver's phones
  approve <deviceId>  approve a new phone from this one
  remove <deviceId>   remove one of the driver's phones

  identity            what is kept about who the driver is, and what to agree to
  agree               agree to it
  photo <file>        add a reference photo
  check-in <blockId>  check in for a block
  selfie <file>       a selfie for the check that is due
  staff-code <code>   show who drives by a code from the staff instead
  erase               erase everything about the face
  receipts            print the receipts of erasures

  standing            whether the account may claim, and its warnings
  notices             every notice, as it was sent
  respond <noticeId> "..."   answer one in own words
  appeal <noticeId> "..."    ask for a person who had no part in it
  recover             after somebody else used the account: keep this phone alone
  leave               leave, and be forgotten

  --api URL           default http://127.0.0.1:8787
  --user NAME         default driver1@evenfield.test
  --password TEXT     default ${seededPassword}, that of the seeded local system
  --platform NAME     ios (default) or android
  --station ID        default DSE1
  --offer BLOCKID     which block to claim
  --state FILE        where the phone is kept, its private keys too; default: one file per user and API
                      below the system's temporary folder
  --new               take a new phone in place of the kept one
  --prove             prove requests even where the stage does not ask for it
  --verbose           print every byte that is hashed, signed and sent
  --help

Exit codes: 0 done, 1 refused or failed, 2 wrong use.`;

const parse = () => {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        api: { type: 'string', default: 'http://127.0.0.1:8787' },
        user: { type: 'string', default: 'driver1@evenfield.test' },
        password: { type: 'string', default: seededPassword },
        platform: { type: 'string' },
        station: { type: 'string', default: 'DSE1' },
        offer: { type: 'string' },
        state: { type: 'string' },
        new: { type: 'boolean', default: false },
        prove: { type: 'boolean', default: false },
        verbose: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new Usage((error as Error).message);
  }
};

const platformOf = (text: string | undefined): Platform | undefined => {
  if (text === undefined || text === 'ios' || text === 'android') return text;
  throw new Usage(`--platform is ios or android, not ${text}.`);
};

const run = async (): Promise<void> => {
  const { values, positionals } = parse();
  const [name, argument, ...words] = positionals;
  if (values.help) return console.log(help);
  if (!name || !Object.hasOwn(commands, name)) {
    throw new Usage(name ? `There is no command ${name}.` : 'Say what to do.');
  }
  if (!URL.canParse(values.api)) throw new Usage(`--api is an address such as http://127.0.0.1:8787.`);
  const file = values.state ?? defaultStateFile(values.api, values.user);
  const platform = platformOf(values.platform);
  if (values.new) forgetPhone(file);
  const kept = loadPhone(file, platform);
  const save = () => savePhone(kept);
  const session = await openSession({
    api: values.api,
    user: values.user,
    password: values.password,
    phone: kept.phone,
    alwaysProve: values.prove,
    onAssertion: save,
    trace: values.verbose ? traceTo(console.log) : silent,
  });
  const { station, offer } = values;
  const command = commands[name as keyof typeof commands];
  await command({ session, kept, save, print: console.log, station, offer, argument, text: words.join(' ') });
};

/** What helps with a software phone, by the reason or code of a refusal. */
const hints: Readonly<Record<string, string>> = {
  'device-key-in-use': '`--new` takes a new phone with new keys.',
  'not-enrolled': 'The API does not know this phone any more: `--new enrol` takes a new one.',
  'challenge-invalid': 'Run the command again: it asks for a new challenge.',
  'pending-approval': 'From the phone that claims now (its --state): approve <deviceId>.',
  'proof-time': 'The clock of this machine and that of the API differ by more than a minute.',
  'other-url': 'Proofs name the publicApiOrigin of /v1/configuration: is --api another stage?',
};

const explain = (error: unknown): string[] => {
  if (error instanceof Usage) return [error.message, '--help lists the commands.'];
  if (error instanceof Refusal) {
    const { status, code, reason, title, next, ways = [], faults = [] } = error.problem;
    return [
      error.message,
      `${status} ${code}${reason ? `, reason: ${reason}` : ''}`,
      title,
      `Next: ${next}`,
      ...ways.map(({ way, text }) => `  ${way}: ${text}`),
      ...faults.map(({ path, message }) => `  ${path}: ${message}`),
      ...[hints[reason ?? ''] ?? hints[code] ?? []].flat(),
    ];
  }
  const { message, cause } = error as Error & { cause?: { code?: string; message?: string } };
  if (message === 'fetch failed')
    return [`Nobody answers (${cause?.code ?? cause?.message}). Is the system running? npm start`];
  return [message];
};

// Somebody reads the first lines only, such as `head`.
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => process.exit(code === 'EPIPE' ? 0 : 1));

try {
  await run();
} catch (error) {
  for (const line of explain(error)) console.error(line);
  process.exitCode = error instanceof Usage ? 2 : 1;
}
