import { createHash } from 'node:crypto';
import type { SharingPolicy } from '#contract/sharing-policy.ts';
import type { Draw } from '#core/draws/draw.ts';
import { drawTerms } from '#core/draws/draw-terms.ts';
import type { BlockFacts } from '#core/offers/block.ts';
import type { Chance } from './chance.ts';
import { type FaultKind, faultKinds } from './network.ts';

/** What a driver does next. A `claim` that comes before the close is an entry, one that comes after it asks for what was won. */
export interface DrawStep {
  kind: 'claim' | 'leave' | 'release';
  /** Places of the draw's blocks, best first. */
  choices: readonly number[];
  phone: 1 | 2;
  /** Not before so much has happened, and then so many milliseconds from the close. */
  waits?: { turns: number; at: number };
  /** Acts again before the answer is there. */
  impatient: boolean;
}

export interface Entrant {
  driverId: string;
  program: readonly DrawStep[];
  /** From one phone: whoever wins is asked something. */
  isAsked: boolean;
  /** Owns a block of another kind, which may overlap with one of the draw. */
  own?: BlockFacts;
}

/** A run of the allocator, which is started again whenever it ends before its time. */
export interface Allocator {
  /** So much happens before. */
  turns: number;
  /** Milliseconds from the close. */
  at: number;
  skewMs: number;
  starts: number;
}

/** Who and what one history of a draw is about; follows from the seed alone. */
export interface DrawWorld {
  draw: Draw;
  secret: string;
  blocks: readonly BlockFacts[];
  drivers: readonly Entrant[];
  restricted: string;
  behind: string;
  allocators: readonly Allocator[];
  /** How wrong the clocks of warm functions are. */
  skewsMs: readonly number[];
  /** Clocks differ by more than the product reckons with. */
  isSkewed: boolean;
  confirmMs: number;
  maxWeeklyMinutes: number;
  faultRate: number;
  faults: readonly FaultKind[];
  slowRate: number;
  startsAt: number;
}

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const friday = Date.UTC(2026, 10, 20, 8);
/** However wrong a clock is, it is open as a history begins. */
const opensAt = friday - minute;
const drawId = 'draw';
const longestMinutes = 120;
const lateKinds = ['zombie', 'duplicate'] as const satisfies readonly FaultKind[];

/** Its key is none: values of it are given by whoever runs a history, and nobody has to verify them. */
export const policy: SharingPolicy['draws'] = {
  seconds: 30,
  againSeconds: 60,
  sealMilliseconds: 1_500,
  confirmSeconds: 30,
  beaconUrls: [],
  beacon: { chainHash: '00'.repeat(32), publicKey: '', genesis: friday / second - 3_000, period: 3 },
};

const draw = (chance: Chance, blocks: readonly string[]) => {
  const secret = createHash('sha256').update(String(chance.next())).digest('base64url');
  const terms = drawTerms(policy, secret, { opensAt, seconds: 80 + chance.below(40) });
  const versions = blocks.map((blockId) => ({ blockId, version: 1 }));
  return { secret, draw: { drawId, stationId: 'DSE1', opensAt, ...terms, blocks: versions } };
};

const someBlock = (chance: Chance, blockId: string, facts: Partial<BlockFacts>): BlockFacts => {
  const startsAt = friday + 6 * hour + chance.below(6) * 30 * minute;
  return {
    ...{ blockId, stationId: 'DSE1', dropId: drawId, amount: 6_400, currency: 'EUR' },
    ...{
      mode: 'draw',
      opensAt,
      startsAt,
      endsAt: startsAt + (1 + chance.below(longestMinutes / 30)) * 30 * minute,
    },
    ...facts,
  };
};

/** A few of the blocks, each once; mostly the same ones, so that there is a rush. */
const someChoices = (chance: Chance, blocks: number): number[] => {
  const first = chance.happens(0.5) ? 0 : chance.below(blocks);
  return [...new Set([first, ...Array.from({ length: chance.below(3) }, () => chance.below(blocks))])];
};

/** How drivers go about a draw: in a rush, changing their minds all the time, or thinking better of it as it closes. */
const tempers = [
  { name: 'rush', weight: 5, least: 2, waiting: 0.4, turns: 6, slowest: 0.25 },
  { name: 'fickle', weight: 3, least: 4, waiting: 0.05, turns: 15, slowest: 0.25 },
  { name: 'regret', weight: 3, least: 3, waiting: 0, turns: 6, slowest: 0.7 },
] as const;
type Temper = (typeof tempers)[number];

const kindOf = (chance: Chance, { name }: Temper, index: number): DrawStep['kind'] => {
  if (index === 0) return 'claim';
  if (name === 'regret') return index === 1 ? 'leave' : 'claim';
  if (name === 'fickle' && chance.happens(0.75)) return index % 2 === 1 ? 'leave' : 'claim';
  return chance.pick(['claim', 'claim', 'leave', index > 1 ? 'release' : 'claim'] as const);
};

const waitsOf = (chance: Chance, { name, waiting }: Temper, index: number): DrawStep['waits'] => {
  if (name === 'regret' && index === 1) return { turns: 3 + chance.below(8), at: -chance.below(600) };
  if (!chance.happens(index > 0 ? waiting : waiting / 3)) return undefined;
  return { turns: 4 + chance.below(12), at: chance.below(4_000) - 2_500 };
};

const program = (chance: Chance, blocks: number, temper: Temper): DrawStep[] =>
  Array.from({ length: temper.least + chance.below(4) }, (_, index): DrawStep => {
    const waits = waitsOf(chance, temper, index);
    return {
      kind: kindOf(chance, temper, index),
      choices: someChoices(chance, blocks),
      phone: chance.happens(0.3) ? 2 : 1,
      ...(waits && { waits }),
      impatient: chance.happens(0.25),
    };
  });

/** Two clocks that nobody calls wrong differ by less than a second; others by what happens when none is set. */
const skew = (chance: Chance, isSkewed: boolean) =>
  isSkewed ? chance.below(8_000) - 4_000 : chance.below(1_000) - 500;

export const drawDrawWorld = (chance: Chance): DrawWorld => {
  const names = Array.from({ length: 2 + chance.below(3) }, (_, index) => `b${index}`);
  const announced = draw(chance, names);
  const { closesAt, commitment } = announced.draw;
  const facts = { drawId, closesAt, commitment };
  const soon = closesAt + 2 * second + chance.below(20 * second);
  const blocks = names.map((name, index) =>
    someBlock(chance, name, {
      ...facts,
      ...(index > 0 && chance.happens(0.06) && { startsAt: soon, endsAt: soon + hour }),
    }),
  );
  const temper = chance.weigh(tempers);
  const drivers = Array.from({ length: 3 + chance.below(5) }, (_, index): Entrant => {
    const driverId = `d${index}`;
    const own = chance.happens(0.25)
      ? someBlock(chance, `own-of-${driverId}`, { mode: 'direct' })
      : undefined;
    return {
      driverId,
      program: program(chance, blocks.length, temper),
      isAsked: chance.happens(0.3),
      ...(own && { own }),
    };
  });
  const isSkewed = chance.happens(0.15);
  const allocators = Array.from({ length: 1 + chance.below(3) }, () => ({
    turns: 4 + chance.below(drivers.length * temper.turns),
    at: chance.below(2_500) - 500,
    skewMs: skew(chance, isSkewed),
    starts: 2 + chance.below(4),
  }));
  // Late copies do most harm where minds are changed: there they are often the only fault.
  const faults =
    temper.name === 'fickle' && chance.happens(0.5)
      ? lateKinds
      : faultKinds.filter((kind) => chance.happens(kind === 'crash' ? 0.8 : 0.6));
  const minutes = blocks.map(({ startsAt, endsAt }) => (endsAt - startsAt) / minute);
  return {
    ...announced,
    blocks,
    drivers,
    restricted: chance.happens(0.4) ? chance.pick(drivers).driverId : '',
    behind: chance.happens(0.4) ? chance.pick(drivers).driverId : '',
    allocators,
    skewsMs: Array.from({ length: 1 + chance.below(3) }, () => skew(chance, isSkewed)),
    isSkewed,
    confirmMs: (1 + chance.below(40)) * second,
    maxWeeklyMinutes: chance.happens(0.3) ? Math.max(...minutes, longestMinutes) + 30 : 40 * 60,
    faultRate: chance.happens(0.1) ? 0 : 0.03 + chance.next() * 0.3,
    faults: faults.length > 0 ? faults : faultKinds,
    slowRate: chance.happens(0.6) ? 0.05 + chance.next() * temper.slowest : 0,
    startsAt: friday,
  };
};
