import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { findFreePort } from '#local/ports.ts';
import { startReaper } from '#local/reaper.ts';
import { maxWeeklyMinutes, version } from '../offers.ts';
import { findBinary, versionOf } from './binaries.ts';
import {
  minutesPerBlock,
  type PeerResult,
  slotsPerBlock,
  startsPerWeek,
  type Workload,
  week,
} from './workload.ts';

const run = promisify(execFile);
const programs = ['initdb', 'postgres', 'psql', 'pgbench'] as const;

export const versionOfPostgresql = () => versionOf('PostgreSQL', findBinary('postgres'));

/** The claim as one function of the server, so that it is one statement and one commit, as durable as it comes. */
const schema = ({ blocks }: Workload) => `
create table block (id int primary key, state text not null, ver int not null, owner int);
create table driver_week (driver int, week text, slots int[] not null, minutes int not null, primary key (driver, week));
insert into block select id, 'open', ${version}, null from generate_series(1, ${blocks}) id;
create function claim(b int, v int, d int, w text, s int[], m int, room int) returns text language plpgsql as $$
declare known driver_week;
begin
  if not exists (select from block where id = b and ver = v and state = 'open') then return 'block-taken'; end if;
  insert into driver_week values (d, w, '{}', 0) on conflict do nothing;
  select * into known from driver_week where driver = d and week = w for update;
  if known.slots && s then return 'schedule-overlap'; end if;
  if known.minutes > room then return 'weekly-hours-exceeded'; end if;
  update block set state = 'taken', owner = d where id = b and ver = v and state = 'open';
  if not found then return 'block-taken'; end if;
  update driver_week set slots = slots || s, minutes = minutes + m where driver = d and week = w;
  return 'claimed';
end $$;
vacuum analyze;
`;

const attempt = ({ blocks, drivers }: Workload) => `
\\set block random(1, ${blocks})
\\set driver random(1, ${drivers})
\\set slot (:block % ${startsPerWeek}) * ${slotsPerBlock}
select claim(:block, ${version}, :driver, '${week}', array[${Array.from({ length: slotsPerBlock }, (_, index) => `:slot + ${index}`)}],
  ${minutesPerBlock}, ${maxWeeklyMinutes - minutesPerBlock});
`;

/** Every slot of every driver belongs to exactly one block that is his. */
const invariant = `select (select count(*) from block where state = 'taken') * ${slotsPerBlock}
  = (select sum(cardinality(slots)) from driver_week) and (select max(minutes) from driver_week) <= ${maxWeeklyMinutes}`;

/** Starts a private server on loopback with its defaults, so with fsync, and ends it again. */
export const measurePostgresql = async (workload: Workload): Promise<PeerResult | undefined> => {
  const found = programs.map((name) => [name, findBinary(name)] as const);
  if (found.some(([, path]) => !path)) return undefined;
  const program = Object.fromEntries(found) as Record<(typeof programs)[number], string>;
  const folder = mkdtempSync(join(tmpdir(), 'evenfield-postgresql-'));
  // It refuses to run as root.
  const account = process.getuid?.() === 0 ? unprivileged() : undefined;
  if (account) chownSync(folder, account.uid, account.gid);
  const data = join(folder, 'data');
  const reaper = startReaper(folder);
  const port = String(await findFreePort());
  try {
    const local = { cwd: folder, ...account };
    await run(program.initdb, ['-D', data, '-A', 'trust', '-U', 'bench', '-E', 'UTF8', '--locale=C'], local);
    const settings = ['listen_addresses=127.0.0.1', `unix_socket_directories=${folder}`, `port=${port}`];
    const options = settings.flatMap((setting) => ['-c', setting]);
    const server = spawn(program.postgres, ['-D', data, ...options], { ...local, stdio: 'ignore' });
    reaper.watch(server);
    const ended = once(server, 'exit');
    try {
      const connection = ['-h', '127.0.0.1', '-p', port, '-U', 'bench'];
      const ask = async (sql: string) =>
        (
          await run(
            program.psql,
            [...connection, '-d', 'postgres', '-v', 'ON_ERROR_STOP=1', '-XtAc', sql],
            local,
          )
        ).stdout;
      for (let tries = 0; !(await ask('select 1').catch(() => '')); tries += 1) {
        if (tries === 100 || server.exitCode !== null)
          throw new Error('the server of PostgreSQL does not start');
        await delay(100);
      }
      await run(
        program.psql,
        [
          ...connection,
          '-d',
          'postgres',
          '-v',
          'ON_ERROR_STOP=1',
          '-Xqf',
          file(folder, 'schema.sql', schema(workload)),
        ],
        local,
      );
      const { stdout } = await run(
        program.pgbench,
        [
          ...connection,
          '-n',
          '-M',
          'prepared',
          '-c',
          String(workload.clients),
          '-j',
          '2',
          '-t',
          String(workload.attempts / workload.clients),
          '-f',
          file(folder, 'claim.sql', attempt(workload)),
          'postgres',
        ],
        local,
      );
      if ((await ask(invariant)).trim() !== 't') throw new Error('the claims of PostgreSQL do not add up');
      const perSecond = Number(/tps = ([\d.]+)/.exec(stdout)?.[1]);
      return { claimsPerSecond: perSecond, attempts: workload.attempts };
    } finally {
      server.kill('SIGINT');
      await ended;
    }
  } finally {
    await reaper.stop();
  }
};

const file = (folder: string, name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

const unprivileged = (): { uid: number; gid: number } => {
  const id = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
};
