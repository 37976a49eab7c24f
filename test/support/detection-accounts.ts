import type { ActivityEvent } from '#contract/activity.ts';
import type { DetectionPolicy } from '#contract/detection-policy.ts';
import type { ModelFile } from '#core/detection/model/model-file.ts';

const second = 1_000;
export const minute = 60 * second;
export const hour = 60 * minute;
export const day = 24 * hour;

/** Numbers that look like chance and are the same in every run. */
const chanceOf = (seed: number) => {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
};

export interface AccountPlan {
  accountId: string;
  from: number;
  days?: number;
  /** Pause between two looks at the list, and time from an offer to its claim. Milliseconds. */
  pauseMs: (chance: () => number) => number;
  latencyMs: (chance: () => number) => number;
}

/** Two sessions a day of 40 looks at the list, each eighth with a claim. */
const eventsOf = ({ accountId, from, days = 6, pauseMs, latencyMs }: AccountPlan): ActivityEvent[] => {
  const chance = chanceOf([...accountId].reduce((sum, unit) => sum * 31 + (unit.codePointAt(0) ?? 0), 7));
  const events: ActivityEvent[] = [];
  const add = (ts: number, more: Partial<ActivityEvent> & Pick<ActivityEvent, 'route'>) =>
    events.push({
      v: 1,
      eventId: `${accountId}.${events.length}`,
      accountId,
      deviceId: `phone-${accountId}`,
      ts: Math.round(ts),
      ...more,
    });
  for (let session = 0; session < 2 * days; session += 1) {
    let at = from + session * 12 * hour;
    for (let look = 0; look < 40; look += 1) {
      at += pauseMs(chance);
      add(at, { route: 'offers.list', outcome: 'ok' });
      if (look % 8 !== 0) continue;
      const latency = latencyMs(chance);
      const offer = { offerId: `offer-${session}-${look}`, offerValue: 5_000 + (look % 3) * 500 };
      add(at + latency, { route: 'offers.claim', latencyMs: latency, outcome: 'won', ...offer });
    }
  }
  return events;
};

/** Looks every five seconds and claims within a fifth of one. */
export const aBot = (accountId: string, from: number, days?: number): ActivityEvent[] =>
  eventsOf({
    accountId,
    from,
    ...(days !== undefined && { days }),
    pauseMs: () => 5 * second,
    latencyMs: (chance) => 100 + Math.floor(chance() * 100),
  });

/** Looks when there is time, and reads before claiming. */
export const aPerson = (accountId: string, from: number, days?: number): ActivityEvent[] =>
  eventsOf({
    accountId,
    from,
    ...(days !== undefined && { days }),
    pauseMs: (chance) => 4 * second + 40 * second * chance() ** 2,
    latencyMs: (chance) => 900 + Math.floor(chance() * 4_000),
  });

/** Splits on one feature each: above the line two log-odds up, else two down, and down as well when nothing is known. */
const stumps = (lines: readonly (readonly [feature: number, above: number])[]): ModelFile['trees'] => {
  const parts = lines.map(([feature, above], index) => {
    const root = 3 * index;
    return {
      feature: [feature, -1, -1],
      threshold: [above, -2, 2],
      left: [root + 1, -1, -1],
      right: [root + 2, -1, -1],
      absentLeft: [1, 0, 0],
      value: [-1, -2, 2],
    };
  });
  return {
    base: -1,
    roots: lines.map((_, index) => 3 * index),
    feature: parts.flatMap((part) => part.feature),
    threshold: parts.flatMap((part) => part.threshold),
    left: parts.flatMap((part) => part.left),
    right: parts.flatMap((part) => part.right),
    absentLeft: parts.flatMap((part) => part.absentLeft),
    value: parts.flatMap((part) => part.value),
  };
};

/**
 * The smallest model that tells a clock from a hand: two splits, compared with 1,999 people who score 0.01 to 0.3.
 * `seed` makes another one of the same kind.
 */
export const aModelFile = (seed = 0): ModelFile => ({
  format: 1,
  features: ['polling.repeated-share', 'reaction.fast-share'],
  valueEdges: [4_000, 4_500, 5_000, 5_200, 5_500, 5_800, 6_000, 6_500, 7_000],
  trees: stumps([
    [0, 0.5],
    [1, 0.5],
  ]),
  families: { polling: stumps([[0, 0.5]]), reaction: stumps([[1, 0.5]]) },
  reference: [],
  novelty: {
    sampleSize: 2,
    roots: [0],
    feature: [0, -1, -1],
    threshold: [0.5, 0, 0],
    left: [1, -1, -1],
    right: [2, -1, -1],
    size: [2, 1, 1],
  },
  calibration: {
    alpha: 0.001,
    cohorts: { all: Array.from({ length: 1_999 }, (_, index) => 0.01 + (0.29 * index) / 1_998) },
    familyBounds: { polling: 0, reaction: 0 },
    novelty: [0.3, 0.4, 0.5],
  },
  about: { seed },
});

/** As a stage might have it, with findings that go on at once. */
export const aDetectionPolicy = (changes: Partial<DetectionPolicy> = {}): DetectionPolicy => ({
  models: 'on',
  fdr: 0.2,
  precisionBound: 0.5,
  shadowDays: 0,
  emissionJitterHours: 0,
  sampleShare: 0,
  ...changes,
});
