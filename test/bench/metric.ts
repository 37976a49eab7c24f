/**
 * What the benchmarks publish. Names stay: other tools read them. Every target is an upper bound, so whether
 * one is met follows from the value alone; `null` marks a figure that informs and promises nothing.
 */
export const catalogue = {
  'claim.round-trips.direct': { unit: 'calls', target: 1, about: 'worst win in direct mode' },
  'claim.round-trips.gated': { unit: 'calls', target: 2, about: 'worst win in gated mode' },
  'claim.wcu.win.direct': { unit: 'WCU', target: 4, about: 'worst win in direct mode' },
  'claim.wcu.win.gated': { unit: 'WCU', target: 5, about: 'worst win in gated mode' },
  'claim.wcu.win.full-week': {
    unit: 'WCU',
    target: null,
    about: 'win that fills a week with half-hour blocks',
  },
  'claim.rcu.win': { unit: 'RCU', target: 0, about: 'reads of a win, either mode' },
  'claim.wcu.race-loser': { unit: 'WCU', target: 1, about: 'mean of a race for one block, gated' },
  'claim.wcu.race-loser.direct': { unit: 'WCU', target: null, about: 'the same without the gate' },
  'claim.wcu.repeat-loser': { unit: 'WCU', target: 0, about: 'second try of a loser, same process' },
  'claim.cpu-ratio': { unit: 'ratio', target: 1.05, about: 'claim handler / bare SDK transaction' },
  'claim.cpu-us': { unit: 'us', target: null, about: 'CPU of one claim, handler' },
  'claim.sdk-cpu-us': { unit: 'us', target: null, about: 'CPU of one bare SDK transaction' },
  'claim.cpu-ratio.lone': {
    unit: 'ratio',
    target: null,
    about: 'the same when no claim came in the second before, so that it sends its own record',
  },
  'refusal.cpu-us': { unit: 'us', target: 15, about: 'CPU of a repeated loser, whole handler' },
  'refusal.cpu-ratio': {
    unit: 'ratio',
    target: 1 / 50,
    about: 'repeated loser / bare failed conditional call',
  },
  'refusal.sdk-cpu-us': { unit: 'us', target: null, about: 'CPU of one bare failed conditional call' },
  'devices.dpop-ms': {
    unit: 'ms',
    target: 0.4,
    about: 'CPU of one proof: device token, body hash, nonce, signature; warm',
  },
  'devices.dpop-first-ms': {
    unit: 'ms',
    target: null,
    about: 'the same for a phone that this process has not seen',
  },
  'devices.assertion-ms': { unit: 'ms', target: 1.5, about: 'CPU of one App Attest assertion' },
  'devices.proof-check-ios-ms': {
    unit: 'ms',
    target: null,
    about: 'CPU of both, as a claim of an iPhone has them',
  },
  'devices.signature-ms': {
    unit: 'ms',
    target: null,
    about: 'CPU of one bare P-256 verification, to compare',
  },
  'devices.enrolment-ios-ms': {
    unit: 'ms',
    target: 15,
    about: "CPU of an iPhone's attestation, receipt and first assertion",
  },
  'devices.enrolment-android-ms': {
    unit: 'ms',
    target: 15,
    about: 'CPU of an Android chain of five certificates',
  },
  'challenge.generate-ms': { unit: 'ms', target: 5, about: 'CPU to make one picture task as it is sent' },
  'challenge.generate-sound-ms': { unit: 'ms', target: 5, about: 'CPU to make one sound task as it is sent' },
  'challenge.task-kb': { unit: 'KB', target: 64, about: 'largest of 200 tasks as sent, 1 KB = 1,000 bytes' },
  'challenge.verify-ms': {
    unit: 'ms',
    target: 1,
    about: 'CPU to grade one answer: right choices, faults and features of its trace, model',
  },
  'challenge.work-verify-ms': { unit: 'ms', target: 1, about: 'CPU to verify the smallest silent work' },
  'challenge.work-solve-p95-ms': {
    unit: 'ms',
    target: 800,
    about: 'smallest silent work, time in one thread here, times 6 for a slow phone',
  },
  'claim.round-trips.proven': {
    unit: 'calls',
    target: 2,
    about: 'worst direct win with proof, both platforms',
  },
  'detection.policy-p99-ms': {
    unit: 'ms',
    target: 0.1,
    about: 'p99 of the decision about a claim, 128 earlier ones',
  },
  'detection.score-p99-ms': {
    unit: 'ms',
    target: 1,
    about: 'p99 to judge an account: score, p-value, reasons',
  },
  'detection.score-p50-ms': { unit: 'ms', target: null, about: 'median of the same' },
  'detection.features-ms': {
    unit: 'ms',
    target: null,
    about: 'median to compute the row of an account of 600 events',
  },
  'detection.model-kb': { unit: 'KB', target: 500, about: 'released model with its calibration, as JSON' },
  'detection.train-s': { unit: 's', target: 120, about: '100,000 x 60, 100 trees of 31 leaves, one core' },
  'detection.ingest-cpu-us': { unit: 'us', target: null, about: 'CPU of the consumer per event' },
  'detection.ingest-wcu-per-million': {
    unit: 'WCU',
    target: null,
    about: 'per million events, 2,000 drivers at once',
  },
  'detection.ingest-dollars-per-million': {
    unit: '$',
    target: null,
    about: 'queue, consumer, table and archive per million events',
  },
  'detection.flood-claim-ratio': {
    unit: 'ratio',
    target: 1.2,
    about: 'median claim beside 500 events a second / beside 50, local system, consumer on the same machine',
  },
  'detection.flood-lost': { unit: 'events', target: 0, about: 'of these events, not in the archive' },
  'detection.archive-bytes-per-event': { unit: 'bytes', target: null, about: 'Parquet, compressed' },
  'cases.open-ms': {
    unit: 'ms',
    target: null,
    about: 'an event until its case is open and the workflow waits',
  },
  'cases.warn-ms': { unit: 'ms', target: null, about: 'a warning until its mail is sent' },
  'cases.year-ms': { unit: 'ms', target: null, about: 'a warned case through a year of its workflow' },
  'cases.audit-per-second': {
    unit: '1/s',
    target: null,
    about: 'entries of the audit, 8 writers at once, one chain',
  },
  'faces.compare-ms': { unit: 'ms', target: 450, about: 'CompareFaces at every size, native, local engine' },
  'faces.compare-single-scale-ms': { unit: 'ms', target: 150, about: 'the same at one size' },
  'faces.compare-wasm-ms': { unit: 'ms', target: null, about: 'the same at every size on WebAssembly' },
  'faces.detect-ms': { unit: 'ms', target: null, about: 'DetectFaces at every size, native' },
  'faces.cold-s': { unit: 's', target: 1.5, about: 'start of the process to its first answer' },
  'faces.memory-mb': {
    unit: 'MB',
    target: 400,
    about: 'resident memory of the engine after the comparisons',
  },
  'claim.wcu.win.proven': { unit: 'WCU', target: 5, about: 'worst direct win with proof, both platforms' },
  'claim.rcu.win.proven': { unit: 'RCU', target: 0, about: 'reads of the same, warm function' },
  'claim.cpu-us.proven': {
    unit: 'us',
    target: null,
    about: 'CPU of one claim with the proof of an Android phone',
  },
  'claim.cpu-ratio.proven': {
    unit: 'ratio',
    target: null,
    about: 'the same / a claim with the login alone, same process',
  },
  'drop.dollars-per-million': { unit: '$', target: 0.2, about: 'attempts of a gated drop' },
  'drop.dollars-per-million.many-processes': {
    unit: '$',
    target: null,
    about: 'the same with as many warm functions as drivers',
  },
  'drop.dollars-per-million.transaction-only': {
    unit: '$',
    target: null,
    about: 'no gate, nothing remembered',
  },
  'draw.wcu.entry': { unit: 'WCU', target: 1, about: 'worst first entry of a driver, ten blocks named' },
  'draw.rcu.entry': { unit: 'RCU', target: null, about: 'reads of an entry, by its claim and by the draw' },
  'draw.wcu.per-allocation': { unit: 'WCU', target: null, about: 'the transaction that gives a block' },
  'draw.wcu.held': { unit: 'WCU', target: null, about: 'a draw but for that: lease, roll, record' },
  'draw.close-to-record-s': {
    unit: 's',
    target: null,
    about: 'close of a draw until its record can be read',
  },
  'draw.close-to-outcome-s': {
    unit: 's',
    target: 1,
    about: 'close until all 5,000 entrants of 100 blocks are answered, one process',
  },
  'draw.allocator-cpu-s': { unit: 's', target: null, about: 'CPU of the allocator for the same' },
  'draw.allocator-memory-mb': { unit: 'MB', target: null, about: 'RSS of its process, at most' },
  'draw.record-kb': { unit: 'KB', target: null, about: 'the published record as JSON, 1 KB = 1,000 bytes' },
  'draw.verify-s': { unit: 's', target: null, about: 'to hold the published draw again' },
  'bundle.claim.gz-kb': {
    unit: 'KB',
    target: 80,
    about: 'deployed claims bundle, gzip -9, 1 KB = 1,000 bytes',
  },
  'bundle.claim.import-ratio': { unit: 'ratio', target: 0.8, about: 'CPU to import it / an SDK-only bundle' },
  'bundle.claim.import-ms': { unit: 'ms', target: null, about: 'CPU to import the claims bundle' },
  'bundle.sdk.import-ms': { unit: 'ms', target: null, about: 'CPU to import the SDK-only bundle' },
  'bundle.devices.gz-kb': {
    unit: 'KB',
    target: 150,
    about: 'deployed devices bundle, gzip -9, 1 KB = 1,000 bytes',
  },
  'bundle.devices.import-ratio': {
    unit: 'ratio',
    target: null,
    about: 'CPU to import it / an SDK-only bundle',
  },
  'bundle.devices.import-ms': { unit: 'ms', target: null, about: 'CPU to import the devices bundle' },
  'feed.poll.cpu-us': { unit: 'us', target: null, about: 'CPU of a poll that lists 200 offers' },
  'feed.poll.unchanged.cpu-us': { unit: 'us', target: null, about: 'CPU of a poll answered 304' },
  'start.ready-s': { unit: 's', target: 5, about: 'local system to `ready`, synthesised before' },
  'start.memory-mb': { unit: 'MB', target: 1_500, about: 'RSS of all its processes after 50 requests' },
  'feed.leave-ms': {
    unit: 'ms',
    target: 1_000,
    about: 'slowest: answer of a claim until the block is off the list',
  },
  'http.claims-per-second': {
    unit: '1/s',
    target: null,
    about: 'local system over HTTP, 64 drivers at once',
  },
  'peers.postgresql.claims-per-second': {
    unit: '1/s',
    target: null,
    about: 'one statement, durable, 16 clients',
  },
  'peers.redis.claims-per-second': {
    unit: '1/s',
    target: null,
    about: 'one Lua script, 16 clients, fsync each second',
  },
  'peers.emulator.claims-per-second': {
    unit: '1/s',
    target: null,
    about: 'our use case on the emulator, 16 clients',
  },
} as const satisfies Record<string, { unit: string; target: number | null; about: string }>;

export type MetricName = keyof typeof catalogue;

/** What a benchmark measured; `samples` is how many single measurements stand behind the value. */
export interface Measurement {
  name: MetricName;
  value: number;
  samples: number;
}

export interface Metric extends Measurement {
  unit: string;
  target: number | null;
  /** `null` without a target. */
  ok: boolean | null;
}

export const judge = ({ name, value, samples }: Measurement): Metric => {
  const { unit, target } = catalogue[name];
  return { name, value: round(value), unit, target, ok: target === null ? null : value <= target, samples };
};

/** Four significant digits: more than any of these measurements repeats. */
const round = (value: number) => Number(value.toPrecision(4));

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low, high] = [sorted[sorted.length % 2 ? middle : middle - 1], sorted[middle]];
  if (low === undefined || high === undefined) throw new Error('a median of nothing');
  return (low + high) / 2;
};

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Deterministic numbers in [0, 1), so that every run measures the same work (mulberry32). */
export const seeded = (seed: number) => (): number => {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
};
