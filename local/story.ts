import { startGround } from './enforcement-world/ground.ts';
import { openWorld } from './enforcement-world.ts';
import { describeError } from './failure.ts';
import { stories } from './stories/stories.ts';
import { tellerOf } from './stories/teller.ts';

/** Plays one path through warning and removal on the synthesised workflow, with all that is sent: `npm run story -- victim`. */

const driver = 'a-driver';

const list = () => {
  for (const [name, { about }] of Object.entries(stories)) console.log(`${name.padEnd(24)}${about}`);
};

const play = async (name: keyof typeof stories): Promise<void> => {
  const ground = await startGround((line) => console.error(line));
  try {
    const world = await openWorld(ground);
    try {
      await world.market.enrol(driver);
      const teller = tellerOf(world, driver, process.stdout);
      teller.title(`${name}: ${stories[name].about}`);
      await stories[name].play({ world, teller, driver });
      if (world.problems.length > 0) throw world.problems[0];
      await teller.end();
    } finally {
      await world.stop();
    }
  } finally {
    await ground.stop();
  }
};

const isStory = (name: string): name is keyof typeof stories => Object.hasOwn(stories, name);

// Somebody reads the first lines only, such as `head`.
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => process.exit(code === 'EPIPE' ? 0 : 1));

const [asked] = process.argv.slice(2);
if (asked === undefined) {
  console.log('npm run story -- NAME\n');
  list();
} else if (isStory(asked)) {
  try {
    await play(asked);
  } catch (error) {
    console.error(`story: ${describeError(error)}`);
    process.exitCode = 1;
  }
} else {
  console.error(`there is no story "${asked}"; there are:\n`);
  list();
  process.exitCode = 1;
}
