import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ActivityEvent } from '#contract/activity.ts';
import { type Chance, chanceOf } from '#detector/traces/chance.ts';

/** A small world of accounts for the detector's tests: plain habits, no claim to be like anybody. */
export interface Habit {
  readonly days: number;
  readonly sessions: number;
  /** Polls of a session. */
  readonly polls: number;
  readonly gapMs: (chance: Chance) => number;
  readonly latencyMs: (chance: Chance) => number;
  /** Of the polls that a claim follows. */
  readonly claims: number;
  /** By how much a day has more sessions than another, and a session more polls; always as many unless told. */
  readonly varies?: (chance: Chance) => number;
  /** Of the day, between which sessions begin; from 7 to 21 o'clock unless told. */
  readonly hours?: { readonly from: number; readonly until: number };
}

export const handy: Habit = {
  days: 9,
  sessions: 3,
  polls: 9,
  gapMs: (chance) => chance.logNormal(12_000, 0.9),
  latencyMs: (chance) => 350 + chance.logNormal(2_000, 0.6),
  claims: 0.2,
};

export const tireless: Habit = {
  days: 9,
  sessions: 6,
  polls: 8,
  gapMs: (chance) => 5_000 + chance.between(-40, 40),
  latencyMs: (chance) => chance.between(90, 160),
  claims: 0.35,
};

/** Times between checks of a phone: a power law with exponent 1.5 from a second to two hours, as published. */
const checkGapMs = (chance: Chance): number => {
  const [shortest, longest] = [1_000 ** -0.5, 7_200_000 ** -0.5];
  return (shortest + chance.next() * (longest - shortest)) ** -2;
};

/** A person by published figures: how one checks a phone, reacts and lapses; some days much, others nothing. */
export const irregular: Habit = {
  days: 14,
  sessions: 4,
  polls: 14,
  gapMs: checkGapMs,
  latencyMs: (chance) =>
    350 + chance.logNormal(2_000, 0.7) + (chance.happens(0.02) ? chance.logNormal(15_000, 0.8) : 0),
  claims: 0.08,
  varies: (chance) => (chance.happens(0.12) ? 0 : chance.logNormal(1, 0.6)),
};

/** A person who refreshes rhythmically for half an hour: bursts of 265 ms (4 % within), then a look at the screen. */
export const rhythmic: Habit = {
  ...irregular,
  days: 8,
  sessions: 3,
  polls: 1_000,
  varies: (chance) => chance.between(0.6, 1.4),
  gapMs: (chance) =>
    chance.happens(1 / 15) ? chance.logNormal(14_000, 0.9) : 265 * (1 + 0.04 * chance.normal()),
  claims: 0.012,
};

/** Polls like a clock at all hours and claims before anybody could have read. */
export const ceaseless: Habit = {
  ...tireless,
  sessions: 24,
  polls: 40,
  claims: 0.1,
  hours: { from: 0, until: 23 },
};

const dayMs = 86_400_000;
/** A midnight. */
export const startsAt = 20_000 * dayMs;

/** All events of an account, ascending in time. */
export const anAccount = (accountId: string, habit: Habit, seed = accountId): ActivityEvent[] => {
  const chance = chanceOf(seed);
  const { from, until } = habit.hours ?? { from: 7, until: 21 };
  const events: ActivityEvent[] = [];
  const amount = (usual: number) => Math.round(usual * (habit.varies?.(chance) ?? 1));
  const common = {
    v: 1 as const,
    accountId,
    deviceId: `d-${accountId}`,
    ip: `n-${accountId}`,
    appVersion: '1.0',
  };
  const add = (ts: number, more: Partial<ActivityEvent> & Pick<ActivityEvent, 'route'>) =>
    events.push({ ...common, eventId: `${accountId}-${events.length}`, ts: Math.round(ts), ...more });
  for (let day = 0; day < habit.days; day += 1)
    for (let session = 0, sessions = amount(habit.sessions); session < sessions; session += 1) {
      const hour = from + ((until - from) * session) / sessions + chance.next();
      let at = startsAt + day * dayMs + hour * 3_600_000;
      for (let poll = 0, polls = amount(habit.polls); poll < polls; poll += 1) {
        add(at, { route: 'offers.list', outcome: 'ok' });
        const offer = { offerId: `o-${chance.below(3_000)}`, offerValue: 3_000 + 10 * chance.below(500) };
        if (chance.happens(habit.claims)) {
          const latencyMs = habit.latencyMs(chance);
          add(at + 60, { route: 'offers.view', ...offer });
          const outcome = chance.happens(0.5) ? 'won' : 'lost';
          add(at + 60 + latencyMs, { route: 'offers.claim', latencyMs, outcome, ...offer });
          at += latencyMs;
        }
        at += habit.gapMs(chance);
      }
    }
  return events;
};

export interface Population {
  readonly events: readonly ActivityEvent[];
  /** Lines of a labels file. */
  readonly labels: readonly string[];
}

/** People and bots, each with a habit of its own; `prefix` makes others of them. */
export const aPopulation = (people: number, bots: number, prefix = ''): Population => {
  const own = (habit: Habit, name: string): Habit => {
    const chance = chanceOf(`habit ${name}`);
    const pace = chance.logNormal(1, 0.3);
    return {
      ...habit,
      gapMs: (one) => pace * habit.gapMs(one),
      claims: habit.claims * chance.between(0.6, 1.4),
    };
  };
  const named = (word: string, count: number) =>
    Array.from({ length: count }, (_, at) => `${prefix}${word}${at}`);
  const [humans, machines] = [named('person', people), named('bot', bots)];
  return {
    events: [
      ...humans.flatMap((name) => anAccount(name, own(handy, name))),
      ...machines.flatMap((name) => anAccount(name, own(tireless, name))),
    ],
    labels: [
      'accountId,label,split',
      ...humans.map((name) => `${name},human,`),
      ...machines.map((name) => `${name},bot,`),
    ],
  };
};

/** A new folder and a way to put files there. */
export const aFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), 'detector-'));
  const put = (name: string, content: string | Uint8Array): string => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };
  return { folder, put };
};

export const asLines = (events: readonly ActivityEvent[]): string =>
  `${events.map((event) => JSON.stringify(event)).join('\n')}\n`;
