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

const dayMs = 86_400_000;
/** A midnight. */
export const startsAt = 20_000 * dayMs;

/** All events of an account, ascending in time. */
export const anAccount = (accountId: string, habit: Habit, seed = accountId): ActivityEvent[] => {
  const chance = chanceOf(seed);
  const events: ActivityEvent[] = [];
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
    for (let session = 0; session < habit.sessions; session += 1) {
      let at = startsAt + day * dayMs + (7 + (14 * session) / habit.sessions + chance.next()) * 3_600_000;
      for (let poll = 0; poll < habit.polls; poll += 1) {
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
