import type { Route } from 'playwright-core';
import { afterAll, test as anyTest, beforeAll, describe, expect } from 'vitest';
import { addAuthenticator } from './authenticator.ts';
import { openBrowser } from './browser.ts';
import { type Driver, openDriver } from './driver.ts';
import { solveByKeys, solveByMouse, solveByTouch, tabTo, untilPassed } from './person.ts';
import { answerWrongly, openPage } from './states.ts';
import { openSystem } from './system.ts';
import type { World } from './world.ts';

const { title, browser } = await openBrowser('the pages');
let world: World;

const it = anyTest.extend<{ driver: Driver }>({
  driver: async ({ task }, use) => {
    const driver = await openDriver(
      browser,
      task.name.includes('touch') ? { hasTouch: true, isMobile: true } : {},
    );
    await use(driver);
    await driver.page.context().close();
    expect(driver.complaints).toEqual([]);
  },
});

type Box = { x: number; y: number } | null;
const arrows: [key: string, along: (box: Box) => number][] = [
  ['ArrowRight', (box) => box?.x ?? 0],
  ['ArrowDown', (box) => box?.y ?? 0],
  ['ArrowLeft', (box) => -(box?.x ?? 0)],
  ['ArrowUp', (box) => -(box?.y ?? 0)],
  ['ArrowRight', (box) => box?.x ?? 0],
];

describe.skipIf(!browser)(title, { concurrent: true }, () => {
  beforeAll(async () => {
    world = await openSystem();
  });
  afterAll(async () => {
    await browser?.close();
    await world.stop();
  });

  describe('the object task is solved', () => {
    it('by mouse, and the block is claimed with what it gave', async ({ driver }) => {
      const { page, attempts, heading, press } = driver;
      const open = await openPage(page, world, 'task');
      await untilPassed(page, () => solveByMouse(page, open));
      const [attempt] = attempts();
      expect(attempt?.trace?.input).toBe('mouse');
      const events = attempt?.trace?.events.map(({ e }) => e) ?? [];
      expect(events.filter((e) => e === 'pick')).toHaveLength((await open.finding('picture')).length);
      expect(new Set(events)).toEqual(new Set(['play', 'end', 'move', 'down', 'up', 'focus', 'pick']));
      await press('Claim now');
      await heading('The block is yours').waitFor();
    });

    it('by keys alone', async ({ driver: { page, attempts } }) => {
      const open = await openPage(page, world, 'task');
      await untilPassed(page, () => solveByKeys(page, open, 'picture'));
      const [attempt] = attempts();
      expect(attempt?.trace?.input).toBe('keyboard');
      expect(JSON.stringify(attempt?.trace)).not.toMatch(/Enter|Tab/);
    });

    it('by touch', async ({ driver: { page, attempts } }) => {
      const open = await openPage(page, world, 'task');
      await untilPassed(page, () => solveByTouch(page, open));
      expect(attempts()[0]?.trace?.input).toBe('touch');
    });

    it('by ear, with keys alone', async ({ driver: { page, attempts } }) => {
      const open = await openPage(page, world, 'task');
      await tabTo(page, page.getByRole('button', { name: 'Sounds instead' }));
      await page.keyboard.press('Enter');
      await page.getByRole('group', { name: 'Sounds' }).waitFor();
      await untilPassed(page, () => solveByKeys(page, open, 'sound'));
      expect(attempts()[0]).toMatchObject({
        answer: { taskId: expect.stringMatching(/^sound\./) },
        trace: { input: 'keyboard' },
      });
    });
  });

  it('silent work needs nobody', async ({ driver: { page, attempts, heading } }) => {
    await openPage(page, world, 'work');
    await heading('Thank you, that is it').waitFor();
    expect(attempts()).toMatchObject([{ answer: { kind: 'work' } }]);
  });

  it('a phone is unlocked with its own authenticator', async ({ driver: { page, press, heading } }) => {
    await addAuthenticator(page, await openPage(page, world, 'unlock'), true);
    await press('Unlock');
    await heading('Thank you, that is it').waitFor();
  });

  it('a person is asked, and the page goes on when they had time', async ({
    driver: { page, press, heading },
  }) => {
    await page.clock.install();
    const open = await openPage(page, world, 'task');
    await press('Ask a person');
    await press('Ask a person');
    await heading('A person will look').waitFor();
    await page.getByRole('button', { name: 'Keep solving' }).waitFor();
    await open.passByPerson();
    await page.clock.runFor(20_000);
    await heading('Thank you, that is it').waitFor();
  });

  it('a choice is taken back with a key, and nothing is sent before all are chosen', async ({ driver }) => {
    const { page, sent } = driver;
    await openPage(page, world, 'task');
    const stops = page.getByRole('group', { name: 'Stops' }).getByRole('button');
    await stops.nth(2).click();
    await stops.nth(5).click();
    expect(await stops.nth(5).getAttribute('aria-label')).toBe('Stop 6 of 8, your number 2');
    await page.getByRole('button', { name: 'Done' }).click({ force: true });
    await page.getByRole('status').getByText('more first.').waitFor();
    await stops.nth(5).press('Escape');
    expect(await stops.nth(5).getAttribute('aria-pressed')).toBe('false');
    expect(await stops.nth(2).getAttribute('aria-pressed')).toBe('true');
    expect(sent).toEqual([]);
  });

  it('arrow keys lead from stop to stop', async ({ driver: { page } }) => {
    await openPage(page, world, 'task');
    const stops = page.getByRole('group', { name: 'Stops' }).getByRole('button');
    await stops.first().focus();
    let moved = 0;
    for (const [key, along] of arrows) {
      const from = await page.locator(':focus').boundingBox();
      await page.keyboard.press(key);
      const to = await page.locator(':focus').boundingBox();
      const distance = along(to) - along(from);
      expect(distance, key).toBeGreaterThanOrEqual(0);
      if (distance > 0) moved += 1;
    }
    expect(moved).toBeGreaterThanOrEqual(3);
  });

  it('a wrong answer accuses nobody, and shows another task and other ways', async ({ driver }) => {
    const { page, attempts } = driver;
    const open = await openPage(page, world, 'task');
    for (const left of ['Tries left: 2', 'Tries left: 1']) {
      await answerWrongly(page, open);
      await page.getByText(left).first().waitFor();
      await page.getByText('nothing is held against you').first().waitFor();
      await page.getByRole('button', { name: 'Sounds instead' }).waitFor();
    }
    const [first, second] = attempts();
    expect(second?.answer.taskId).not.toBe(first?.answer.taskId);
  });

  it('an answer whose outcome is lost is sent again, the same to the byte, and counts once', async ({
    driver,
  }) => {
    const { page, sent, press, heading } = driver;
    const open = await openPage(page, world, 'task');
    const losing = async (route: Route) => {
      await route.fetch();
      await route.abort();
    };
    await page.route('**/attempts', losing, { times: 1 });
    await answerWrongly(page, open);
    await heading('No answer').waitFor();
    await press('Try again');
    await page.getByText('Tries left: 2').first().waitFor();
    expect(sent).toHaveLength(2);
    expect(sent[1]).toBe(sent[0]);
  });

  it('the clip waits for who wants less motion, and everybody can stop it', async ({ driver }) => {
    const { page, press } = driver;
    await openPage(page, world, 'task');
    await press('Pause');
    await press('From the start');
    await page.getByRole('button', { name: 'Pause' }).waitFor();

    await page.emulateMedia({ reducedMotion: 'reduce' });
    await page.goto('about:blank');
    await openPage(page, world, 'task');
    await page.getByRole('button', { name: 'Play', exact: true }).waitFor();
    const drawn = "document.querySelector('canvas').getContext('2d').getImageData(9, 9, 1, 1).data[3] > 0";
    await page.waitForFunction(drawn);
    const frame = () => page.evaluate("document.querySelector('canvas').toDataURL()");
    const first = await frame();
    await page.waitForTimeout(300);
    expect(await frame()).toBe(first);
  });

  it('more time is there for who asks, once', async ({ driver: { page, press } }) => {
    await openPage(page, world, 'task');
    const seconds = async () => {
      const [minutes = '', rest = ''] = (await page.getByRole('timer').innerText()).split(':');
      return Number(minutes) * 60 + Number(rest);
    };
    const before = await seconds();
    await press('More time');
    await page.getByRole('status').getByText('You have more time now.').waitFor();
    expect(await seconds()).toBeGreaterThan(before + 30);
    expect(await page.getByRole('button', { name: 'More time' }).count()).toBe(0);
  });

  it('the token is out of the address before anybody can read it there', async ({ driver: { page } }) => {
    const { token } = await openPage(page, world, 'task');
    await page.getByRole('group', { name: 'Stops' }).waitFor();
    expect(page.url()).toBe(`${world.origin}/driver/challenge`);
    const kept =
      'JSON.stringify([document.referrer, document.cookie, { ...localStorage }, { ...sessionStorage }])';
    expect(await page.evaluate(kept)).not.toContain(token);
    expect(await page.content()).not.toContain(token);
  });

  it("in the app every request is the app's, and it is told of the clearance", async ({ driver, expect }) => {
    const { page, press } = driver;
    const open = await world.challenge('work');
    const asked: string[] = [];
    const told: string[] = [];
    await page.exposeFunction('appRequest', async (method: string, path: string, body?: string) => {
      asked.push(`${method} ${path.replace(open.challengeId, '{id}')}`);
      const headers = { authorization: `Bearer ${open.token}`, 'content-type': 'application/json' };
      const answer = await fetch(world.origin + path, { method, headers, ...(body && { body }) });
      return { status: answer.status, body: await answer.json() };
    });
    await page.exposeFunction('appTold', (what: string) => told.push(what));
    await page.addInitScript(
      'window.evenfieldHost = { request: appRequest, done: appTold, close: () => appTold("closed") }',
    );
    const own: string[] = [];
    page.on('request', (request) => own.push(new URL(request.url()).pathname));
    await page.goto(open.address.replace(/&.*/, ''));
    await press('Back to the app');
    await expect.poll(() => told).toEqual([expect.stringMatching(/.{8}/), 'closed']);
    expect(asked).toEqual(['GET /v1/challenges/{id}', 'POST /v1/challenges/{id}/attempts']);
    expect(own.filter((path) => path.startsWith('/v1'))).toEqual([]);
  });

  it('what is no challenge of this driver is told in the words of the API', async ({ driver }) => {
    const { address, challengeId } = await world.challenge('task');
    await driver.page.goto(address.replace(challengeId, 'A'.repeat(22)));
    await driver.heading('You have no such challenge on this phone.').waitFor();
  });

  it('runs no script but its own', async ({ driver: { page, complaints } }) => {
    const response = await page.goto(`${world.origin}/driver/challenge`);
    expect(response?.headers()).toMatchObject({
      'content-security-policy': expect.stringContaining("script-src 'self';"),
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-cache',
    });
    const inline = "Object.assign(document.createElement('script'), { text: 'window.ran = 1' })";
    await page.evaluate(`document.body.append(${inline})`);
    expect(await page.evaluate('window.ran')).toBeUndefined();
    expect(complaints.splice(0)).toEqual([expect.stringContaining('Content Security Policy')]);
    const named = "document.querySelectorAll('script[src], link[rel=stylesheet]')";
    const assets = await page.evaluate(`[...${named}].map((one) => one.src || one.href)`);
    for (const asset of assets as string[]) {
      const { headers } = await fetch(asset);
      expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    }
  });
});
