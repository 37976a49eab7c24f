import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, totalmem } from 'node:os';
import { versionOfPostgresql } from './peers/postgresql.ts';
import { versionOfRedis } from './peers/redis.ts';

/** The machine in general terms: enough to judge the figures by, nothing to find it by. */
export const describeMachine = (withPeers: boolean): string => {
  const [cpu] = cpus();
  const engines = [
    process.env.EVENFIELD_DYNAMODB ??
      `dynoxide ${packageVersion(`@dynoxide/${process.platform}-${process.arch}`)}`,
    ...(withPeers ? [versionOfPostgresql(), versionOfRedis()] : []),
  ];
  return [
    `${cpus().length} cores (${cpu?.model.trim() ?? 'unknown'})`,
    `${Math.round(totalmem() / 2 ** 30)} GB`,
    `${process.platform} ${process.arch}`,
    `Node ${process.versions.node}`,
    ...engines.filter((engine) => engine !== undefined),
  ].join(', ');
};

const packageVersion = (name: string): string => {
  const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
};

/** The commit, marked when the files differ from it. */
export const describeRevision = (): string => {
  try {
    const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8' }).trim();
    return `${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain') ? '+changes' : ''}`;
  } catch {
    return 'unknown';
  }
};
