import { parseArgs } from 'node:util';
import { type AttestationMode, attestationMode } from '#contract/primitives.ts';
import { describeError, LocalFailure } from './failure.ts';
import {
  driversUpTo,
  seededDrivers,
  seededOperators,
  seededPassword,
  seededStations,
  seedMoreDrivers,
} from './seed.ts';
import { LocalSystem } from './system.ts';

const help = `Runs the stack of stage "local" on this machine.

  --port N     port of the API (8787)
  --data DIR   keep everything in this folder across restarts
  --attestation MODE
               off, measure (the stage's own) or enforce: whether drivers must prove their phone
  --challenge MODE
               off, measure or enforce (the stage's own): whether claims that stand out are challenged
  --drivers N  so many seeded drivers, 20 (the default) to 500
  --empty      no users, no sample blocks
  --help`;

const faceRuntimes = {
  native: 'onnxruntime',
  wasm: 'WebAssembly: no native runtime here',
} as const;

const debug = process.env.EVENFIELD_DEBUG === '1';

try {
  await run(readOptions());
} catch (error) {
  fail(error);
}

function fail(error: unknown): never {
  console.error(debug ? error : `evenfield: ${describeError(error).split('\n')[0]}`);
  process.exit(1);
}

interface Options {
  readonly port: number;
  readonly data: string | undefined;
  readonly empty: boolean;
  readonly attestation: AttestationMode | undefined;
  readonly challenge: AttestationMode | undefined;
  readonly drivers: number;
}

async function run(options: Options | 'help'): Promise<void> {
  if (options === 'help') {
    console.log(help);
    return;
  }
  const { port, data, empty, attestation, challenge, drivers } = options;
  const log = (line: string) => console.log(line);
  let running: LocalSystem | undefined;
  let ending = false;
  const end = async () => {
    // The second time, or before anything is worth an orderly end: children end with this process in any case.
    if (ending || running === undefined) process.exit(ending ? 130 : 0);
    ending = true;
    try {
      await running.stop();
    } catch (error) {
      fail(error);
    }
    process.exit(0);
  };
  process.on('SIGINT', end).on('SIGTERM', end);

  running = await LocalSystem.start({
    port,
    ...(data && { data }),
    ...(attestation && { attestation }),
    ...(challenge && { challenge }),
    seed: !empty,
    warmFaces: true,
    log,
  });
  if (!empty) await seedMoreDrivers(running, drivers);
  describe(running, options);
}

function describe(system: LocalSystem, { data, empty, drivers }: Options): void {
  const rows: [string, string, string][] = [
    ['API', 'functions of the stack, in processes of their own', system.url],
    ['Mailbox', 'aws-ses-v2-local, in a browser', `${system.url}/mailbox`],
    ['Sign-in', 'cognito-local', system.endpoints.cognito ?? ''],
    ['Tables', 'dynoxide', system.endpoints.dynamodb ?? ''],
    ['Queues, buckets', 'fauxqs', system.endpoints.sqs ?? ''],
    ['Event bus', 'local/services', system.endpoints.events ?? ''],
    ['State machines', 'aws-local-stepfunctions', system.endpoints.states ?? ''],
    ['Phone makers', 'local/services', system.attestationProviders.endpoint],
    ['Secrets', 'local/services', system.endpoints.secretsmanager ?? ''],
    ['Keys', 'local/services, a stand-in for KMS', system.endpoints.kms ?? ''],
    [
      'Faces',
      `open model on ${faceRuntimes[system.faceRuntime]}, for development`,
      system.endpoints.rekognition ?? '',
    ],
  ];
  for (const [what, how, where] of rows) console.log(`${what.padEnd(16)}${how.padEnd(52)}${where}`);
  console.log(`\nData            ${data ?? 'in a temporary folder; --data DIR keeps it'}`);
  if (!empty) {
    console.log(`Operators       ${seededOperators.map(({ email }) => email).join(' ')}`);
    console.log(`Drivers         ${seededDrivers[0]} to ${driversUpTo(drivers).at(-1)}`);
    console.log(`Password        ${seededPassword}`);
    console.log(`Stations        ${seededStations.join(' ')}`);
  }
  console.log(`ready ${system.url}`);
}

function readOptions(): Options | 'help' {
  const { port, data, empty, attestation, challenge, drivers, help: wantsHelp } = parse();
  if (wantsHelp) return 'help';
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535)
    throw new LocalFailure(`--port takes a number from 0 to 65535, not "${port}"`);
  if (!/^\d{2,3}$/.test(drivers) || Number(drivers) < seededDrivers.length || Number(drivers) > 500)
    throw new LocalFailure(`--drivers takes a number from ${seededDrivers.length} to 500, not "${drivers}"`);
  return {
    port: Number(port),
    data,
    empty,
    attestation: readMode('attestation', attestation),
    challenge: readMode('challenge', challenge),
    drivers: Number(drivers),
  };
}

function readMode(option: string, text: string | undefined): AttestationMode | undefined {
  if (text === undefined) return undefined;
  const mode = attestationMode.safeParse(text);
  if (!mode.success) throw new LocalFailure(`--${option} takes off, measure or enforce, not "${text}"`);
  return mode.data;
}

function parse() {
  try {
    return parseArgs({
      options: {
        port: { type: 'string', default: '8787' },
        data: { type: 'string' },
        empty: { type: 'boolean', default: false },
        attestation: { type: 'string' },
        challenge: { type: 'string' },
        drivers: { type: 'string', default: String(seededDrivers.length) },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new LocalFailure(`${describeError(error).split('. ')[0]}; see --help`);
  }
}
