import { measureBundle } from './bundle.ts';
import { measureCases } from './cases.ts';
import { measureChallenges } from './challenge.ts';
import { measureClaims } from './claim.ts';
import { measureClaimCpu } from './claim-cpu.ts';
import type { BenchContext } from './context.ts';
import { measureDetection } from './detection.ts';
import { measureDevices } from './devices.ts';
import { measureDraws } from './draw.ts';
import { measureDrop } from './drop.ts';
import { measureFaces } from './faces.ts';
import { measureFeed } from './feed.ts';
import { measureFlood } from './flood.ts';
import { catalogue, type Measurement, type MetricName } from './metric.ts';
import { measurePeers } from './peers/peers.ts';
import { measureProven } from './proven.ts';
import { measureRefusals } from './refusal.ts';
import { measureStart } from './start.ts';
import { measureSystem } from './system.ts';

export interface Benchmark {
  run: (context: BenchContext) => Promise<Measurement[]>;
  metrics: readonly MetricName[];
}

const allNames = Object.keys(catalogue) as MetricName[];
const proven = allNames.filter((name) => name.endsWith('.proven'));
const named = (...prefixes: string[]) =>
  allNames.filter((name) => !proven.includes(name) && prefixes.some((prefix) => name.startsWith(prefix)));

/** In the order in which they run: what needs a quiet machine first. */
export const benchmarks = {
  'claim-cpu': { run: measureClaimCpu, metrics: named('claim.cpu', 'claim.sdk-cpu') },
  refusal: { run: measureRefusals, metrics: named('refusal.') },
  devices: { run: measureDevices, metrics: named('devices.') },
  challenge: { run: measureChallenges, metrics: named('challenge.') },
  detection: {
    run: measureDetection,
    metrics: named('detection.').filter((name) => !name.startsWith('detection.flood')),
  },
  flood: { run: measureFlood, metrics: named('detection.flood') },
  cases: { run: measureCases, metrics: named('cases.') },
  faces: { run: measureFaces, metrics: named('faces.') },
  proven: { run: measureProven, metrics: proven },
  bundle: { run: measureBundle, metrics: named('bundle.') },
  feed: { run: measureFeed, metrics: named('feed.poll') },
  claim: { run: measureClaims, metrics: named('claim.round-trips', 'claim.wcu', 'claim.rcu') },
  drop: { run: measureDrop, metrics: named('drop.') },
  draw: { run: measureDraws, metrics: named('draw.') },
  start: { run: measureStart, metrics: named('start.') },
  system: { run: measureSystem, metrics: named('feed.leave', 'http.') },
  peers: { run: measurePeers, metrics: named('peers.') },
} as const satisfies Record<string, Benchmark>;

export type BenchmarkName = keyof typeof benchmarks;

/** What to run for a list of benchmarks and metrics, or for none: everything, and the peers if asked for. */
export const select = (only: readonly string[] | undefined, peers: boolean) => {
  const all = Object.keys(benchmarks) as BenchmarkName[];
  const metricsOf = (name: BenchmarkName): readonly MetricName[] => benchmarks[name].metrics;
  const unknown = only?.filter((name) => !(name in benchmarks) && !(name in catalogue)) ?? [];
  if (unknown.length > 0) throw new UnknownName(`there is no benchmark or metric ${unknown.join(', ')}`);
  const asked = new Set<string>(
    only?.flatMap((name) => (name in benchmarks ? [...metricsOf(name as BenchmarkName)] : [name])),
  );
  return {
    chosen: all.filter((name) =>
      only ? metricsOf(name).some((metric) => asked.has(metric)) : name !== 'peers' || peers,
    ),
    wanted: (name: MetricName) => !only || asked.has(name),
  };
};

export class UnknownName extends Error {}
