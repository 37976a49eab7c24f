import { Writable } from 'node:stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Ground, startGround } from '#local/enforcement-world/ground.ts';
import { openWorld } from '#local/enforcement-world.ts';
import { stories } from '#local/stories/stories.ts';
import { tellerOf } from '#local/stories/teller.ts';

let ground: Ground;
beforeAll(async () => {
  ground = await startGround();
});
afterAll(() => ground.stop());

const driver = 'driver';
const ofMails: Record<keyof typeof stories, number> = {
  'offboard-and-reinstate': 5,
  victim: 1,
  'warn-and-stop': 1,
};

it.each(Object.keys(stories) as (keyof typeof stories)[])(
  'the story %s tells every mail to its last word, in plain text, and ends with an audit that holds',
  async (name) => {
    let told = '';
    const screen = new Writable({
      write: (chunk, _, done) => {
        told += chunk;
        done();
      },
    });
    const world = await openWorld(ground);
    await world.market.enrol(driver);
    await stories[name].play({ world, teller: tellerOf(world, driver, screen), driver });
    await tellerOf(world, driver, screen).end();
    const words = (text: string) => text.replace(/[\s|]+/g, ' ');
    const mails = world.mailsTo(driver);
    expect(mails).toHaveLength(ofMails[name]);
    for (const { text } of mails) expect(words(told)).toContain(words(text));
    expect(told).toContain('The audit holds');
    expect(told).not.toContain('\u001b');
    expect(world.problems).toEqual([]);
    await world.stop();
  },
);
