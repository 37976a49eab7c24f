import type { Locator, Page } from 'playwright-core';
import type { TaskMode } from '#contract/challenges.ts';
import type { OpenChallenge } from './world.ts';

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const between = (least: number, most: number) => least + Math.random() * (most - least);

/** People vary by a share of what they do, not by an amount: log-normal, as reaction times and taps are. */
const around = (median: number, sigma = 0.45) => {
  const normal = Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
  return median * Math.exp(sigma * normal);
};

const centreOf = async (target: Locator) => {
  await target.scrollIntoViewIfNeeded();
  const box = await target.boundingBox();
  if (!box) throw new Error('there is nothing to point at');
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
};

/** A hand on a mouse: a bent path, slow at both ends, never quite in the middle. */
const pointAt = async (page: Page, from: { x: number; y: number }, target: Locator) => {
  const centre = await centreOf(target);
  const to = { x: centre.x + between(-6, 6), y: centre.y + between(-6, 6) };
  const bend = between(-0.15, 0.15);
  const steps = Math.round(between(14, 22));
  for (let step = 1; step <= steps; step += 1) {
    const share = step / steps;
    const eased = share ** 3 * (10 - 15 * share + 6 * share ** 2);
    const aside = bend * Math.sin(Math.PI * eased);
    await page.mouse.move(
      from.x + (to.x - from.x) * eased - (to.y - from.y) * aside + between(-1.5, 1.5),
      from.y + (to.y - from.y) * eased + (to.x - from.x) * aside + between(-1.5, 1.5),
    );
    await wait(between(8, 24));
  }
  return to;
};

const choices = (page: Page, mode: TaskMode) =>
  page.getByRole('group', { name: mode === 'picture' ? 'Stops' : 'Sounds' }).getByRole('button');

/** Watches or listens, and does something with each finding a moment after it could be made. */
const follow = async (
  page: Page,
  open: OpenChallenge,
  mode: TaskMode,
  choose: (choice: Locator, n: number) => Promise<void>,
): Promise<void> => {
  await page.getByRole('button', { name: 'Pause' }).waitFor();
  const startedAt = Date.now();
  for (const { n, momentMs } of await open.finding(mode)) {
    await wait(Math.max(0, startedAt + momentMs + around(450) - Date.now()));
    await choose(choices(page, mode).nth(n), n);
  }
};

/** Somebody who watches or listens, then answers. Each way solves the one task that is shown. */
export const solveByMouse = async (page: Page, open: OpenChallenge): Promise<void> => {
  let at = { x: 200, y: 600 };
  const press = async (target: Locator) => {
    at = await pointAt(page, at, target);
    await wait(around(110));
    await page.mouse.down();
    await wait(around(100));
    await page.mouse.up();
    await wait(around(300, 0.6));
  };
  await follow(page, open, 'picture', press);
  await press(page.getByRole('button', { name: 'Done' }));
};

export const solveByTouch = async (page: Page, open: OpenChallenge): Promise<void> => {
  const devtools = await page.context().newCDPSession(page);
  const tap = async (target: Locator) => {
    const centre = await centreOf(target);
    const finger = { x: centre.x + between(-9, 9), y: centre.y + between(-9, 9) };
    await devtools.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [finger] });
    await wait(around(100));
    await devtools.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
    await wait(around(450, 0.6));
  };
  await follow(page, open, 'picture', tap);
  await tap(page.getByRole('button', { name: 'Done' }));
};

const press = async (page: Page, key: string) => {
  await page.keyboard.press(key, { delay: around(60, 0.3) });
  await wait(around(140));
};

/** With the Tab key alone, in either direction. */
export const tabTo = async (page: Page, target: Locator, key = 'Tab'): Promise<void> => {
  for (let presses = 0; presses < 40; presses += 1) {
    if ((await target.and(page.locator(':focus')).count()) > 0) return;
    await press(page, key);
  }
  throw new Error(`${key} does not lead there: ${target}`);
};

export const solveByKeys = async (page: Page, open: OpenChallenge, mode: TaskMode): Promise<void> => {
  if (mode === 'sound') {
    await tabTo(page, page.getByRole('button', { name: 'Play', exact: true }));
    await press(page, 'Space');
  }
  let at = -1;
  await follow(page, open, mode, async (choice, n) => {
    await tabTo(page, choice, n < at ? 'Shift+Tab' : 'Tab');
    await press(page, 'Enter');
    at = n;
  });
  await tabTo(page, page.getByRole('button', { name: 'Done' }));
  await press(page, 'Enter');
};

/** Solves task after task until the page says that it was enough: what is right may need one more. */
export const untilPassed = async (page: Page, solve: () => Promise<void>): Promise<void> => {
  const passed = page.getByRole('heading', { name: 'Thank you, that is it' });
  const oneMore = page.getByText('One more, please.');
  for (let tasks = 0; tasks < 3; tasks += 1) {
    await solve();
    await passed.or(oneMore).first().waitFor();
    if (await passed.isVisible()) return;
  }
  throw new Error('right answers were not enough');
};
