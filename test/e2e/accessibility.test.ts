import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser } from './browser.ts';
import { openDriver } from './driver.ts';
import { openStandIn } from './stand-in.ts';
import { states } from './states.ts';
import type { World } from './world.ts';

const { title, browser } = await openBrowser('the pages');
const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

const violationsOn = async (page: Page) => {
  await page.evaluate(axe);
  const { violations } = (await page.evaluate(
    `axe.run(document, { runOnly: ${JSON.stringify(tags)} })`,
  )) as AxeResults;
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
  );
};

/** What does not fit, and targets below WCAG 2.5.8. */
const misfits = `[
  ...(document.documentElement.scrollWidth > innerWidth ? ['the page is wider than the screen'] : []),
  ...[...document.querySelectorAll('button')].filter((one) => {
    const { width, height } = one.getBoundingClientRect();
    return width < 24 || height < 24;
  }).map((one) => one.outerHTML),
]`;

describe.skipIf(!browser)(title, () => {
  let world: World;
  beforeAll(async () => {
    world = await openStandIn();
  });
  afterAll(async () => {
    await browser?.close();
    await world.stop();
  });

  it.each(Object.keys(states))('%s: axe finds nothing, and it fits the smallest screens', async (name) => {
    const { page } = await openDriver(browser, { reducedMotion: 'reduce' });
    await states[name]?.(page, world);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await violationsOn(page), colorScheme).toEqual([]);
    }
    await page.setViewportSize({ width: 320, height: 640 });
    for (const direction of ['ltr', 'rtl']) {
      await page.evaluate(`document.documentElement.dir = '${direction}'`);
      expect(await page.evaluate(misfits), direction).toEqual([]);
    }
    await page.context().close();
  });
});
