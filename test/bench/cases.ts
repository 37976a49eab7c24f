import { setTimeout as sleep } from 'node:timers/promises';
import { startGround } from '#local/enforcement-world/ground.ts';
import { type EnforcementWorld, openWorld } from '#local/enforcement-world.ts';
import type { BenchContext } from './context.ts';
import { type Measurement, median, seeded } from './metric.ts';

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const from = performance.now();
  await work();
  return performance.now() - from;
};

/** One case each, from its event until the workflow waits, and from the warning until its mail is sent. */
const perCase = async (
  world: EnforcementWorld,
  drivers: number,
): Promise<{ open: number[]; warn: number[] }> => {
  const times = { open: [] as number[], warn: [] as number[] };
  for (let index = 0; index < drivers; index += 1) {
    const driverId = `driver-${index}`;
    times.open.push(await timed(() => world.find(driverId, { name: 'first' })));
    const { openCase = '' } = await world.standing(driverId);
    times.warn.push(await timed(() => world.decide(openCase, 'analyst', 'warn')));
  }
  return times;
};

const writers = 8;

/** Eight that write all the time: the chain has one head, and everybody waits for it. */
const appendsPerSecond = async ({ deps }: EnforcementWorld, each: number): Promise<number> => {
  const look = {
    at: deps.now(),
    actor: { kind: 'person', id: 'analyst' },
    action: 'case.read',
    facts: {},
  } as const;
  const write = async (seed: number) => {
    const random = seeded(seed);
    for (let count = 0; count < each; count += 1) await deps.audit.append({ random, sleep }, [look]);
  };
  const ms = await timed(() => Promise.all(Array.from({ length: writers }, (_, seed) => write(seed))));
  return (writers * each * 1_000) / ms;
};

/** Everything on the local engine: what a network adds is not in it. */
export const measureCases = async ({ quick, progress }: BenchContext): Promise<Measurement[]> => {
  const ground = await startGround(progress);
  const world = await openWorld(ground);
  try {
    const drivers = quick ? 20 : 100;
    const { open, warn } = await perCase(world, drivers);
    const yearMs = await timed(() => world.advance(365));
    const each = quick ? 10 : 50;
    return [
      { name: 'cases.open-ms', value: median(open), samples: drivers },
      { name: 'cases.warn-ms', value: median(warn), samples: drivers },
      { name: 'cases.year-ms', value: yearMs / drivers, samples: drivers },
      { name: 'cases.audit-per-second', value: await appendsPerSecond(world, each), samples: writers * each },
    ];
  } finally {
    await world.stop();
    await ground.stop();
  }
};
