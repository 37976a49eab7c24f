import type { Trace } from '#contract/challenge-trace.ts';
import type { TaskFacts } from '#core/challenge/task-facts.ts';
import { type Chance, chanceOf } from './chance.ts';
import { type Doing, pressing, scanning, speaking, typing } from './doing.ts';
import { emptyPage } from './page.ts';
import { type Habit, watch } from './watching.ts';

/**
 * Simulated people: no trace of a person is in here. What a person is, what one session of that person is and what one
 * event is are drawn one after another, from published distributions where there are any (they are named where they
 * stand) and from assumptions where there are none.
 */
interface Style {
  mode: TaskFacts['mode'];
  inputs: readonly Trace['input'][];
  doing: (person: Person, chance: Chance) => Doing;
  /** Median of what multiplies every time. */
  pace: number;
  /** Shares of the habits of this style's people. */
  habits: Readonly<Record<Habit, number>>;
  /** How often a pick is taken back. */
  mistakes: number;
  reportsClip: number;
}

export interface Person {
  input: Trace['input'];
  pace: number;
  /** Below 1 a hand with little tremor, 1 one that shakes. */
  shake: number;
  bow: number;
}

const usual = { along: 0.6, after: 0.25, again: 0.12, pausing: 0.03 };
const unhurried = { along: 0.3, after: 0.4, again: 0.22, pausing: 0.08 };
const afterwards = { along: 0.05, after: 0.65, again: 0.25, pausing: 0.05 };

const style = (more: Partial<Style> & Pick<Style, 'inputs' | 'doing'>): Style => ({
  mode: 'picture',
  pace: 1,
  habits: usual,
  mistakes: 0.06,
  reportsClip: 0.97,
  ...more,
});

const pressed = (shake: number, bow: number) => (person: Person, chance: Chance) =>
  pressing({ ...person, shake: person.shake * shake, bow: person.bow + bow }, chance);

const table = {
  mouse: style({ inputs: ['mouse', 'mouse', 'mouse', 'pen'], doing: pressed(0.05, 0) }),
  touch: style({ inputs: ['touch'], doing: pressed(0.05, 0) }),
  'one-handed': style({
    inputs: ['touch', 'touch', 'mouse'],
    doing: pressed(0.1, 0.15),
    pace: 1.5,
    habits: unhurried,
  }),
  tremor: style({
    inputs: ['mouse', 'touch'],
    doing: pressed(1, 0.03),
    pace: 1.4,
    habits: unhurried,
    mistakes: 0.15,
  }),
  slow: style({ inputs: ['mouse', 'touch'], doing: pressed(0.2, 0.05), pace: 2.6, habits: unhurried }),
  keyboard: style({ inputs: ['keyboard'], doing: typing, habits: unhurried }),
  switch: style({ inputs: ['other', 'keyboard'], doing: scanning, pace: 1.8, habits: afterwards }),
  'screen-reader': style({
    inputs: ['other', 'touch', 'mouse', 'keyboard'],
    doing: speaking,
    pace: 1.6,
    habits: afterwards,
    reportsClip: 0.6,
  }),
  'sound-keyboard': style({ mode: 'sound', inputs: ['keyboard'], doing: typing, habits: unhurried }),
  'sound-touch': style({ mode: 'sound', inputs: ['touch'], doing: pressed(0.05, 0) }),
} satisfies Record<string, Style>;

export type StyleName = keyof typeof table;
export const styles = Object.keys(table) as StyleName[];
/** In which mode people of a style solve a task. */
export const modeOf = (name: StyleName): TaskFacts['mode'] => table[name].mode;

const habitOf = (habits: Style['habits'], chance: Chance): Habit => {
  let left = chance.next();
  for (const [habit, share] of Object.entries(habits)) {
    left -= share;
    if (left < 0) return habit as Habit;
  }
  return 'after';
};

/** detection.md: delays of networks are log-normal around 120 ms, sigma .5; there and back. */
const networkMs = (chance: Chance) => chance.logNormal(120, 0.5) + chance.logNormal(120, 0.5);

/**
 * How a simulated person of a style solves a task with these picks. In `seed` the part before a slash is the person and
 * the whole the session: `ann/1` and `ann/2` are the same person twice. `elapsedMs` is what the server would measure.
 */
export const personTrace = (
  name: StyleName,
  facts: TaskFacts,
  picks: readonly number[],
  seed: string,
): { trace: Trace; elapsedMs: number } => {
  const style: Style = table[name];
  const being = chanceOf(`person ${name} ${seed.split('/')[0]}`);
  const session = chanceOf(`session ${name} ${seed}`);
  const ownHabit = habitOf(style.habits, being);
  const person: Person = {
    input: being.pick(style.inputs),
    // Account and day: standard deviations of .35 and .15 (detection.md).
    pace: style.pace * being.logNormal(1, 0.35) * session.logNormal(1, 0.15),
    shake: being.logNormal(0.8, 0.4),
    bow: being.normal(0, 0.03),
  };
  const clock = being.next();
  const doing = style.doing(person, being);
  const page = emptyPage();
  const hands = doing(page, facts, session);
  const whenReady = watch(
    { page, press: hands.pressPlay, facts },
    {
      habit: session.happens(0.7) ? ownHabit : habitOf(style.habits, session),
      pace: person.pace,
      reaction: Math.min(2_500, being.logNormal(550, 0.5)),
      aheadMs: being.happens(0.4) ? being.between(100, 600) : 0,
      think: being.logNormal(650, 0.5),
      playsItself: session.happens(hands.startsItself),
      reportsClip: session.happens(style.reportsClip),
    },
    session,
  );
  const mistaken = session.happens(style.mistakes) ? session.below(picks.length) : -1;
  const others = Array.from({ length: facts.choices }, (_, n) => n).filter((n) => !picks.includes(n));
  let done = 0;
  for (const [index, n] of picks.entries()) {
    let ready = whenReady(index, done);
    if (index === mistaken) {
      const wrong = session.pick(others);
      const picked = hands.choose(wrong, ready, 'pick');
      const undone = hands.choose(wrong, picked + person.pace * session.logNormal(700, 0.5), 'unpick');
      ready = undone + person.pace * session.logNormal(400, 0.5);
    }
    done = hands.choose(n, ready, 'pick');
  }
  // Some browsers round their clock to a picture of the screen or to 100 ms, so that nobody can be told by it.
  const step = clock < 0.01 ? 100 : clock < 0.03 ? 50 / 3 : 1;
  const trace = page.trace(person.input, step);
  const sent = (trace.events.at(-1)?.t ?? 0) + session.logNormal(500, 0.6);
  return { trace, elapsedMs: Math.round(Math.max(done, sent) + networkMs(session)) };
};
