import type { Locator, Page } from 'playwright-core';
import type { TaskMode } from '#contract/challenges.ts';
import type { OpenChallenge } from './world.ts';

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const between = (least: number, most: number) => least + Math.random() * (most - least);

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
    await wait(between(8, 30));
  }
  return to;
};

const choices = (page: Page, mode: TaskMode) =>
  page.getByRole('group', { name: mode === 'picture' ? 'Stops' : 'Sounds' }).getByRole('button');

/** Until the clip or the sounds are over: who picks before knows too much. */
const attend = async (page: Page) => {
  await page.getByRole('button', { name: 'Pause' }).waitFor();
  await page.getByRole('button', { name: 'Play', exact: true }).waitFor({ timeout: 30_000 });
  await wait(between(250, 500));
};

/** Somebody who watches or listens, then answers. Each way solves the one task that is shown. */
export const solveByMouse = async (page: Page, open: OpenChallenge): Promise<void> => {
  let at = { x: 200, y: 600 };
  const press = async (target: Locator) => {
    at = await pointAt(page, at, target);
    await wait(between(60, 180));
    await page.mouse.down();
    await wait(between(50, 110));
    await page.mouse.up();
    await wait(between(200, 450));
  };
  await attend(page);
  for (const n of await open.answer('picture')) await press(choices(page, 'picture').nth(n));
  await press(page.getByRole('button', { name: 'Done' }));
};

export const solveByTouch = async (page: Page, open: OpenChallenge): Promise<void> => {
  const tap = async (target: Locator) => {
    const { x, y } = await centreOf(target);
    await page.touchscreen.tap(x + between(-6, 6), y + between(-6, 6));
    await wait(between(300, 600));
  };
  await attend(page);
  for (const n of await open.answer('picture')) await tap(choices(page, 'picture').nth(n));
  await tap(page.getByRole('button', { name: 'Done' }));
};

const press = async (page: Page, key: string) => {
  await page.keyboard.press(key, { delay: between(40, 90) });
  await wait(between(90, 240));
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
  await attend(page);
  const buttons = choices(page, mode);
  let at: number | undefined;
  for (const n of await open.answer(mode)) {
    await tabTo(page, buttons.nth(n), at !== undefined && n < at ? 'Shift+Tab' : 'Tab');
    await press(page, 'Enter');
    at = n;
  }
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
