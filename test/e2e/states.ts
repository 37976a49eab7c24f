import type { Page } from 'playwright-core';
import type { Rung } from '#contract/challenges.ts';
import { addAuthenticator } from './authenticator.ts';
import type { OpenChallenge, World } from './world.ts';

const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();
const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name }).waitFor();

export const openPage = async (page: Page, world: World, rung: Rung): Promise<OpenChallenge> => {
  const open = await world.challenge(rung);
  const { origin } = new URL(open.address);
  // The system listens on another port than the one that the page is to be of.
  if (origin !== world.origin)
    await page.route(`${origin}/**`, async (route) => {
      const url = route.request().url().replace(origin, world.origin);
      await route.fulfill({ response: await route.fetch({ url }) });
    });
  if (open.app) {
    await page.exposeFunction('appRequest', open.app);
    await page.addInitScript('window.evenfieldHost = { request: appRequest, done() {}, close() {} }');
  }
  await page.goto(open.address);
  return open;
};

const paused = async (page: Page) => {
  await page.getByRole('button', { name: 'Play', exact: true }).waitFor({ timeout: 30_000 });
};

/** An answer that is surely wrong: the right one backwards. */
export const answerWrongly = async (page: Page, open: OpenChallenge): Promise<void> => {
  const stops = page.getByRole('group', { name: 'Stops' }).getByRole('button');
  for (const { n } of [...(await open.finding('picture'))].reverse()) await stops.nth(n).click();
  await press(page, 'Done');
};

const picture = async (page: Page, world: World) => {
  const open = await openPage(page, world, 'task');
  await paused(page);
  return open;
};
const sound = async (page: Page, world: World) => {
  const open = await openPage(page, world, 'task');
  await press(page, 'Sounds instead');
  await page.getByRole('group', { name: 'Sounds' }).waitFor();
  return open;
};
const passed = async (page: Page, world: World) => {
  const open = await world.challenge('task');
  await open.passByPerson();
  await page.goto(open.address);
  await heading(page, 'Thank you, that is it');
};
const work = async (page: Page, world: World) => {
  // Never there: the phone works for as long as somebody looks.
  await page.route('**/work-worker*', () => {});
  await openPage(page, world, 'work');
  await heading(page, 'A quick check by your phone');
};

/** Every state that a page can be in, and how a driver comes there. */
export const states: Readonly<Record<string, (page: Page, world: World) => Promise<unknown>>> = {
  work,
  'work, stopped': async (page, world) => {
    await work(page, world);
    await press(page, 'Stop');
  },
  unlock: async (page, world) => {
    await openPage(page, world, 'unlock');
    await heading(page, 'Unlock your phone');
  },
  'unlock, failed': async (page, world) => {
    await addAuthenticator(page, await openPage(page, world, 'unlock'), false);
    await press(page, 'Unlock');
    await page.getByText('That did not work.').first().waitFor();
  },
  picture,
  'picture, chosen': async (page, world) => {
    const open = await picture(page, world);
    const stops = page.getByRole('group', { name: 'Stops' }).getByRole('button');
    for (const { n } of await open.finding('picture')) await stops.nth(n).click();
    await page.mouse.move(5, 5);
  },
  'picture, wrong': async (page, world) => {
    await answerWrongly(page, await picture(page, world));
    await page.getByText('That was not it.').first().waitFor();
    await paused(page);
  },
  sound,
  'sound, chosen': async (page, world) => {
    const open = await sound(page, world);
    const sounds = page.getByRole('group', { name: 'Sounds' }).getByRole('button');
    for (const { n } of (await open.finding('sound')).slice(0, -1)) await sounds.nth(n).click();
    await page.mouse.move(5, 5);
  },
  person: async (page, world) => {
    await openPage(page, world, 'person');
    await heading(page, 'Ask a person');
  },
  'person, asked': async (page, world) => {
    await openPage(page, world, 'task');
    await press(page, 'Ask a person');
    await press(page, 'Ask a person');
    await heading(page, 'A person will look');
  },
  'no connection': async (page, world) => {
    await page.route('**/v1/challenges/**', (route) => route.abort());
    await openPage(page, world, 'task');
    await heading(page, 'No answer');
  },
  passed,
  claimed: async (page, world) => {
    await page.route('**/v1/claims', (route) => route.fulfill({ status: 201, body: '{}' }));
    await passed(page, world);
    await press(page, 'Claim now');
    await heading(page, 'The block is yours');
  },
  'no tries left': async (page, world) => {
    const open = await openPage(page, world, 'task');
    for (const left of ['Tries left: 2', 'Tries left: 1', 'That was the last try']) {
      await answerWrongly(page, open);
      await page.getByText(left).first().waitFor();
    }
  },
  refused: async (page, world) => {
    const { address, challengeId } = await world.challenge('task');
    await page.goto(address.replace(challengeId, 'A'.repeat(22)));
    await heading(page, 'You have no such challenge');
  },
  'without a challenge': async (page, world) => {
    await page.goto(`${world.origin}/driver/challenge`);
    await heading(page, 'Open this page from the app');
  },
};
