import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AttestationMode } from '#contract/primitives.ts';
import { LocalFailure } from './failure.ts';
import { type Reaper, startReaper } from './reaper.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const sources = [
  '{bin,lib,lambdas,core,contract,web}/**/*',
  'package-lock.json',
  'cdk.json',
  'tsconfig.json',
];
const keptAssemblies = join(root, '.local', 'assembly');

/** Where V8 keeps compiled code between starts: functions and engines load in half the time. */
export const compileCache = join(root, '.local', 'compile-cache');

/** How the machine wants drivers to be treated, where that is not as the stage says. */
export interface StageChoices {
  /** Whether drivers must prove their phone. */
  readonly attestation?: AttestationMode;
  /** Whether claims that stand out are challenged. */
  readonly challenge?: AttestationMode;
}

/**
 * The assembly of stage `local`, synthesised once per state of the sources.
 * Several processes may come here at once: each writes a folder of its own, and the first rename wins.
 */
export async function synthesise(log: (line: string) => void, chosen: StageChoices = {}): Promise<string> {
  const suffix = Object.entries(chosen).map(([name, mode]) => `${name}-${mode}`);
  const folder = join(keptAssemblies, [digestOfSources(), ...suffix].join('-'));
  if (existsSync(join(folder, 'manifest.json'))) return folder;
  log('synthesising the stack (only after a change of its sources)');
  const unfinished = `${folder}.${process.pid}-${Math.random().toString(36).slice(2)}`;
  mkdirSync(keptAssemblies, { recursive: true });
  // Of its own: the unfinished folder goes with it, whether this process fails, is ended or is killed.
  const reaper = startReaper(unfinished);
  try {
    await runApp(unfinished, reaper, chosen);
    renameSync(unfinished, folder);
    removeOldAssemblies();
  } catch (error) {
    if (!existsSync(join(folder, 'manifest.json'))) throw error;
  } finally {
    await reaper.stop();
  }
  return folder;
}

/** Those of a day ago; a younger one may belong to a system that runs. */
function removeOldAssemblies(): void {
  for (const name of readdirSync(keptAssemblies)) {
    const old = join(keptAssemblies, name);
    if (Date.now() - statSync(old).mtimeMs > 24 * 3_600_000) rmSync(old, { recursive: true, force: true });
  }
}

function digestOfSources(): string {
  const digest = createHash('sha256');
  for (const file of globSync(sources, { cwd: root, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort())
    digest.update(`${file}\0`).update(readFileSync(file)).update('\0');
  return digest.digest('hex').slice(0, 16);
}

async function runApp(output: string, reaper: Reaper, chosen: StageChoices): Promise<void> {
  const app = spawn(process.execPath, [join(root, 'bin', 'evenfield.ts')], {
    cwd: root,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      // What would refuse a deployment, the deployment and the tests of the template check; here it would only cost time.
      CDK_VALIDATION: 'false',
      CDK_OUTDIR: output,
      CDK_CONTEXT_JSON: JSON.stringify({
        ...cdkContext(),
        stage: 'local',
        ...chosen,
      }),
    },
  });
  reaper.watch(app);
  let said = '';
  for (const stream of [app.stdout, app.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk;
    });
  }
  const { promise: ended, resolve, reject } = Promise.withResolvers<number | null>();
  app.once('error', reject).once('close', resolve);
  const code = await ended;
  if (code === 0 && existsSync(join(output, 'manifest.json'))) return;
  const lines = said.split('\n').filter((line) => line.trim() !== '');
  const reason =
    lines.find((line) => /^\s*\w*Error\b[^:]*:/.test(line)) ?? lines.at(-1) ?? `it ended with code ${code}`;
  throw new LocalFailure(`the stack cannot be synthesised: ${reason.trim()}`, { cause: new Error(said) });
}

/** What the CDK's own command line passes: feature flags live in the context of cdk.json. */
const cdkContext = (): object => JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8')).context ?? {};
