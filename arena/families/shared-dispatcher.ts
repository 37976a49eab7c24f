import { uniform } from '../chance.ts';
import type { LiveFamily, World } from '../family.ts';
import { byPay, grab } from './grabber.ts';

const scout = async ({ until, now, sleep, look, board }: World) => {
  const known = new Set<string>();
  while (now() < until) {
    const { offers, retryAfterMs } = await look();
    const fresh = byPay(offers).filter(({ offerId }) => !known.has(offerId));
    for (const { offerId } of fresh) known.add(offerId);
    if (fresh.length > 0) board.post(fresh);
    await sleep(Math.max(retryAfterMs, 250));
  }
};

/** Every claimer takes its own share of what was found, so that they do not compete. */
const claimer = async (world: World) => {
  const { until, now, sleep, board, chance, seat } = world;
  while (now() < until) {
    const found = await board.next(1_000);
    for (const offer of found.filter((_, index) => index % (seat.count - 1) === seat.index - 1)) {
      await sleep(uniform(chance, 10, 60));
      if (now() >= until) return;
      await sleep(await grab(world, offer, { kind: 'nobody' }));
    }
  }
};

export const sharedDispatcher: LiveFamily = {
  name: 'shared-dispatcher',
  about: 'One account polls, the others of the service claim what it finds, all from one network.',
  phone: 'own',
  network: 'shared',
  play: (world) => {
    // A service with one customer looks for itself.
    if (world.seat.count === 1) return Promise.all([scout(world), alone(world)]).then(() => {});
    return world.seat.index === 0 ? scout(world) : claimer(world);
  },
};

const alone = (world: World) => claimer({ ...world, seat: { index: 1, count: 2 } });
