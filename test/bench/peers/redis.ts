import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort } from '#local/ports.ts';
import { startReaper } from '#local/reaper.ts';
import { seeded } from '../metric.ts';
import { maxWeeklyMinutes, version } from '../offers.ts';
import { findBinary, versionOf } from './binaries.ts';
import { connectResp, type RespClient } from './resp.ts';
import {
  minutesPerBlock,
  type PeerResult,
  slotsPerBlock,
  startsPerWeek,
  type Workload,
  week,
} from './workload.ts';

export const versionOfRedis = () => versionOf('Redis', findBinary('redis-server'));

/** The claim as one script, which nothing interrupts. KEYS: block, week. ARGV: version, driver, room, minutes, slots. */
const script = `
local block = redis.call('HMGET', KEYS[1], 'st', 'ver')
if block[1] ~= 'open' or block[2] ~= ARGV[1] then return 'block-taken' end
local week = redis.call('HMGET', KEYS[2], 'mn', unpack(ARGV, 5))
for slot = 2, #week do if week[slot] then return 'schedule-overlap' end end
if tonumber(week[1] or 0) > tonumber(ARGV[3]) then return 'weekly-hours-exceeded' end
redis.call('HSET', KEYS[1], 'st', 'taken', 'ow', ARGV[2])
redis.call('HINCRBY', KEYS[2], 'mn', ARGV[4])
for slot = 5, #ARGV do redis.call('HSET', KEYS[2], ARGV[slot], KEYS[1]) end
return 'claimed'
`;

/** Starts a private server on loopback that writes its log to the disk once a second, and ends it again. */
export const measureRedis = async (workload: Workload): Promise<PeerResult | undefined> => {
  const binary = findBinary('redis-server');
  if (!binary) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'evenfield-redis-'));
  const reaper = startReaper(folder);
  const port = await findFreePort();
  const settings = {
    port,
    bind: '127.0.0.1',
    dir: folder,
    appendonly: 'yes',
    appendfsync: 'everysec',
    save: '',
  };
  const options = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const server = spawn(binary, options, { stdio: 'ignore' });
  reaper.watch(server);
  const ended = once(server, 'exit');
  try {
    const clients = await Promise.all(Array.from({ length: workload.clients }, () => connectResp(port)));
    const [first] = clients as [RespClient];
    for (let block = 1; block <= workload.blocks; block += 1)
      await first.call('HSET', `B#${block}`, 'st', 'open', 'ver', String(version));
    const digest = await first.call('SCRIPT', 'LOAD', script);

    const random = seeded(1);
    const outcomes: Record<string, number> = {};
    let left = workload.attempts;
    const began = performance.now();
    await Promise.all(
      clients.map(async (client) => {
        while (left > 0) {
          left -= 1;
          const block = 1 + Math.floor(random() * workload.blocks);
          const driver = 1 + Math.floor(random() * workload.drivers);
          const slot = (block % startsPerWeek) * slotsPerBlock;
          const outcome = await client.call(
            'EVALSHA',
            digest,
            '2',
            `B#${block}`,
            `D#${driver}#${week}`,
            String(version),
            String(driver),
            String(maxWeeklyMinutes - minutesPerBlock),
            String(minutesPerBlock),
            ...Array.from({ length: slotsPerBlock }, (_, index) => String(slot + index)),
          );
          outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
        }
      }),
    );
    const seconds = (performance.now() - began) / 1_000;
    for (const client of clients) client.end();
    if (!outcomes.claimed || !outcomes['block-taken'])
      throw new Error(`odd claims: ${JSON.stringify(outcomes)}`);
    return { claimsPerSecond: workload.attempts / seconds, attempts: workload.attempts };
  } finally {
    server.kill();
    await ended;
    await reaper.stop();
  }
};
