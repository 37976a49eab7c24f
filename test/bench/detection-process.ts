import { readFileSync, statSync } from 'node:fs';
import { decide } from '#core/challenge/risk/decide.ts';
import { mergeAttempts, type RecentAttempt } from '#core/challenge/risk/recent-attempts.ts';
import { signalsOf } from '#core/challenge/risk/signals.ts';
import { emptyLog, withEvents } from '#core/detection/activity/account-log.ts';
import { toLoggedEvent } from '#core/detection/activity/to-logged-event.ts';
import { featuresOf } from '#core/detection/features/catalogue.ts';
import { evidenceOf } from '#core/detection/features/evidence.ts';
import { compileModel, judge } from '#core/detection/model/judge.ts';
import type { ModelFile } from '#core/detection/model/model-file.ts';
import { trainTrees } from '#detector/gbdt/train.ts';
import { readStage } from '#lib/stage-config.ts';
import { seeded } from './metric.ts';

/**
 * Prints what the detector costs, as JSON: times of single calls in milliseconds, one process, nothing beside it. Run
 * with the number of calls to time, and the rows to train on.
 */

const [calls, rows] = process.argv.slice(2).map(Number) as [number, number];
const random = seeded(1);

/** The nearest-rank quantile of single calls, ms; the first tenth warms the compiler and is left out. */
const timed = (count: number, work: (call: number) => unknown) => {
  const times: number[] = [];
  for (let call = -count / 10; call < count; call += 1) {
    const began = process.hrtime.bigint();
    work(call);
    if (call >= 0) times.push(Number(process.hrtime.bigint() - began) / 1e6);
  }
  const ascending = times.sort((a, b) => a - b);
  const at = (share: number) => ascending[Math.ceil(share * ascending.length) - 1] as number;
  return { p50: at(0.5), p99: at(0.99) };
};

const { risk } = readStage('production').challenge;
const now = Date.UTC(2027, 0, 4, 8);
/** As many as are looked back on, from this process and from others. */
const attemptsOf = (name: string): RecentAttempt[] =>
  Array.from({ length: 64 }, (_, index) => ({
    id: `${name}-${index}`,
    at: now - Math.floor(random() * 30 * 60_000),
    latencyMs: random() * 5_000,
    missed: random() < 0.5,
    deviceId: `device-${index % 3}`,
  })).sort((a, b) => a.at - b.at);
const [own, others] = [attemptsOf('own'), attemptsOf('others')];
const current: RecentAttempt = {
  id: 'current',
  at: now,
  latencyMs: 900,
  missed: false,
  deviceId: 'device-1',
};
const policy = timed(calls, () =>
  decide(risk, signalsOf(mergeAttempts(own, others, now), current, risk.quickMs, { accountPoints: 2 })),
);

/** A usual account of 30 days: 600 events, most of them lists. */
const log = withEvents(
  emptyLog(),
  Array.from({ length: 600 }, (_, index) => {
    const claim = index % 12 === 0;
    const at = now - Math.floor(random() * 30 * 86_400_000);
    return toLoggedEvent({
      v: 1,
      eventId: `event-${index}`,
      accountId: 'account',
      deviceId: 'device',
      ip: `network-${index % 4}`,
      asn: 'mobile',
      route: claim ? 'offers.claim' : index % 5 === 0 ? 'offers.view' : 'offers.list',
      ts: at,
      offerId: `offer-${index}`,
      offerValue: 4_000 + Math.floor(random() * 6_000),
      outcome: claim ? (random() < 0.5 ? 'won' : 'lost') : 'ok',
      ...(claim && { latencyMs: 400 + random() * 4_000 }),
      attestation: { verdict: 'A', keyId: 'key' },
    });
  }),
);
const file = new URL('../../core/detection/model/released/model.json', import.meta.url);
const model = compileModel(JSON.parse(readFileSync(file, 'utf8')) as ModelFile);
const market = { valueEdges: model.file.valueEdges };
const row = featuresOf(log, now, market);
const evidence = evidenceOf(log, now);
const look = { row, evidence, path: { score: 0.1 } };
const score = timed(calls, () => judge(model, look));
const features = timed(calls / 10, () => featuresOf(log, now, market));

const columns = Array.from({ length: 60 }, () => Float64Array.from({ length: rows }, random));
const labels = Uint8Array.from({ length: rows }, (_, at) => {
  const [a = 0, b = 0, c = 0] = columns.map((column) => column[at] as number);
  return Number(a + b * c + 0.3 * random() > 0.9);
});
const began = performance.now();
trainTrees({
  columns,
  labels,
  monotone: columns.map(() => 0),
  settings: {
    trees: 100,
    leaves: 31,
    learningRate: 0.1,
    minLeafWeight: 1,
    l2: 1,
    bins: 255,
    rowShare: 1,
    columnShare: 1,
    seed: 1,
  },
});
const trainSeconds = (performance.now() - began) / 1_000;

console.log(JSON.stringify({ policy, score, features, trainSeconds, modelBytes: statSync(file).size }));
