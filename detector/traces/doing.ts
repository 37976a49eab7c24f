import type { TaskFacts } from '#core/challenge/task-facts.ts';
import type { Chance } from './chance.ts';
import { type Hand, pointerOn, type Spot } from './hand.ts';
import type { Page } from './page.ts';
import type { Person } from './people.ts';

/** What a person does to the page. Times in milliseconds of the page. */
export interface Hands {
  pressPlay: (t: number) => unknown;
  /** Goes for a choice from `ready` on; when it is done. */
  choose: (n: number, ready: number, act: 'pick' | 'unpick') => number;
  /** How often the clip of such people starts by itself. */
  startsItself: number;
}
export type Doing = (page: Page, facts: TaskFacts, session: Chance) => Hands;

/** detection.md: how long a tap is held, log-normal with mu -2.219 and sigma .468 s. */
const holdMedianMs = 1_000 * Math.exp(-2.219);

const playButton: Spot = { x: 0.5, y: 1.12 };

/** With mouse, pen or finger. */
export const pressing = (person: Person, being: Chance): Doing => {
  const { input, pace, shake } = person;
  const touch = input === 'touch';
  // Fingers hit 1.3 to 2 mm around where they aim (Bi, Li and Zhai 2013), of a picture of about 70 mm; cursors closer.
  const scatter = (touch ? being.between(0.018, 0.035) : being.between(0.01, 0.03)) * (1 + shake * 0.4);
  const bias = { x: being.normal(0, scatter * 0.5), y: being.normal(0, scatter * 0.5) };
  const holdMs = holdMedianMs * being.logNormal(1, 0.25) * Math.sqrt(pace);
  const hand: Hand = {
    fitts: touch
      ? { a: 80 * pace, b: being.between(70, 130) * pace }
      : { a: being.between(80, 250) * pace, b: being.between(110, 220) * pace },
    bow: person.bow,
    tremor: { amplitude: shake * being.between(0.008, 0.022), hertz: being.between(4, 11) },
    noise: being.between(0.05, 0.11),
    everyMs: being.pick([8, 50 / 3, 50 / 3, 50 / 3, 20, 33, 50]),
    pixels: being.pick([320, 360, 390, 430, 512, 640, 720]),
  };
  return (page, facts, session) => {
    const silent: Page = { ...page, add: () => {} };
    const start = { x: session.between(0, 1), y: session.between(0.3, 1.3) };
    const pointer = pointerOn(touch ? silent : page, hand, start, session);
    const press = (at: number, spot: Spot | undefined) => {
      const held = session.logNormal(holdMs, 0.4);
      const slip = spot && { x: spot.x + session.normal(0, 0.001), y: spot.y + session.normal(0, 0.001) };
      page.add(at, 'down', spot);
      page.add(at + held, 'up', session.happens(0.6) ? spot : slip);
      return at + held;
    };
    return {
      startsItself: 0.65,
      pressPlay: (t) => {
        const from = t - 700 * pace;
        const arrived = pointer.aim(playButton, 0.12, Math.max(0, from));
        press(Math.min(t - 60, arrived), playButton);
      },
      choose: (n, ready, act) => {
        const place = facts.places?.[n];
        const goal = place && {
          x: place.x + bias.x + session.normal(0, scatter),
          y: place.y + bias.y + session.normal(0, scatter),
        };
        // Without a picture the choices are buttons in a row, as far as this page says where they are.
        const arrived = goal
          ? pointer.aim(goal, 0.1, ready)
          : ready + hand.fitts.a + hand.fitts.b * session.between(1, 3);
        let at = arrived + session.logNormal(110, 0.5) * Math.sqrt(pace);
        // A hand that shakes misses now and then and presses beside it first.
        if (goal && session.happens(shake * 0.06)) {
          const beside = { x: goal.x + session.normal(0, 0.09), y: goal.y + session.normal(0, 0.09) };
          at = press(at, beside) + session.logNormal(450, 0.4) * pace;
        }
        const spot =
          goal &&
          (touch ? { x: round(goal.x, hand.pixels), y: round(goal.y, hand.pixels) } : pointer.touchDown(at));
        const up = press(at, spot);
        page.add(up + session.between(0, 4), act, { n });
        return up;
      },
    };
  };
};

const round = (value: number, pixels: number) => Math.round(value * pixels) / pixels;

/** With keys: from choice to choice, or by its number. */
export const typing = ({ pace }: Person, being: Chance): Doing => {
  const stepMs = being.logNormal(240, 0.3) * pace;
  const byNumber = being.happens(0.2);
  const unevenness = being.between(0.2, 0.45);
  const repeats = being.happens(0.15);
  return (page, facts, session) => {
    let focus = -1;
    return {
      startsItself: 0.5,
      pressPlay: (t) => page.add(t - 5, 'key'),
      choose: (n, ready, act) => {
        let t = ready;
        if (byNumber) t += session.logNormal(stepMs, unevenness);
        else {
          const way = n - focus;
          const held = repeats && Math.abs(way) > 3;
          for (let step = 0; step < Math.abs(way); step += 1) {
            t += held && step > 0 ? (step === 1 ? 500 : 33) : session.logNormal(stepMs, unevenness);
            focus += Math.sign(way);
            page.add(t, 'key');
            page.add(t + session.between(0, 4), 'focus', { n: Math.min(focus, facts.choices - 1) });
          }
          t += session.logNormal(280 * pace, 0.4);
        }
        page.add(t, 'key');
        page.add(t + session.between(0, 90), act, { n });
        return t;
      },
    };
  };
};

/** With one switch: choices are offered one after another, by a timer, and taken when they are due. */
export const scanning = ({ pace, input }: Person, being: Chance): Doing => {
  const stepMs = being.between(700, 1_400) * Math.sqrt(pace);
  const reaction = being.logNormal(300, 0.25);
  const reports = being.happens(0.5);
  return (page, facts, session) => {
    let focus = 0;
    return {
      startsItself: 0.3,
      pressPlay: (t) => input === 'keyboard' && page.add(t - 5, 'key'),
      choose: (n, ready, act) => {
        const steps = (n - focus + facts.choices) % facts.choices || facts.choices;
        for (let step = 1; step <= steps && reports; step += 1)
          page.add(ready + step * stepMs, 'focus', { n: (focus + step) % facts.choices });
        focus = n;
        const t = ready + steps * stepMs + Math.min(stepMs * 0.95, session.logNormal(reaction, 0.35));
        if (input === 'keyboard') page.add(t, 'key');
        page.add(t + session.between(0, 5), act, { n });
        return t;
      },
    };
  };
};

/** With a screen reader: it clicks for the person, at once and in the very centre, or says only that it was clicked. */
export const speaking = ({ pace, input }: Person, being: Chance): Doing => {
  const stepMs = being.logNormal(900, 0.4) * pace;
  const clicks = input === 'touch' || input === 'mouse';
  const focuses = being.happens(0.5);
  return (page, facts, session) => {
    let focus = 0;
    return {
      startsItself: 0.2,
      pressPlay: () => {},
      choose: (n, ready, act) => {
        const t = ready + session.logNormal(stepMs, 0.4) * (1 + Math.abs(n - focus) * 0.4);
        focus = n;
        const centre = facts.places?.[n];
        if (focuses) page.add(t - session.between(5, 60), 'focus', { n });
        if (clicks) {
          page.add(t, 'down', centre);
          page.add(t + session.below(3), 'up', centre);
        } else if (input === 'keyboard' && session.happens(0.5)) page.add(t, 'key');
        page.add(t + 2, act, { n });
        return t;
      },
    };
  };
};
