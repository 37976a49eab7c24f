import * as z from 'zod/mini';

const count = z.int().check(z.gte(1), z.lte(1_000));
const points = z.int().check(z.gte(1), z.lte(20));
/** The values of a signal that give one point, two points, and so on. */
const steps = z.array(count).check(z.minLength(1), z.maxLength(5));

/** From what behaviour on a claim is answered with friction. Every signal gives points; they add up. */
export const riskPolicy = z.strictObject({
  /** A claim within so many milliseconds after its offer became visible counts as quick; nobody reads and taps faster. */
  quickMs: z.int().check(z.gte(50), z.lte(2_000)),
  /** Quick claims in half an hour. */
  quickClaims: steps,
  /** Claims in a minute. */
  attemptsPerMinute: steps,
  /** Claims of taken blocks in ten minutes. */
  misses: steps,
  /** Intervals between claims that are as good as equal, in half an hour. */
  regularIntervals: steps,
  /** Phones that claimed for the account in ten minutes. */
  devices: steps,
  /** A phone enrolled less than so many hours ago adds a point to others. */
  newDeviceHours: z.int().check(z.gte(0), z.lte(720)),
  /** From so many points on: silent work, device unlock, the object task. */
  workAt: points,
  unlockAt: points,
  taskAt: points,
  /** From so many points on a selfie; left out while the stage checks no identity. */
  selfieAt: z.optional(points),
  /** More claims than this in a minute are asked to slow down, whoever makes them; as far as claims are remembered. */
  mostPerMinute: z.int().check(z.gte(1), z.lte(60)),
  /**
   * Share of drivers and half hours in which a point more or less is asked for, and which `quickMs` moves by up to a
   * tenth: who tries out where friction begins finds no line. Left out: the lines are where they are written.
   */
  blur: z.optional(z.number().check(z.gte(0), z.lte(0.4))),
});
export type RiskPolicy = z.infer<typeof riskPolicy>;

/** What may be parked while somebody solves a puzzle, and how often one may be tried. */
export const holdPolicy = z.strictObject({
  /** How long a block is kept at first, and again for an extension. */
  seconds: z.int().check(z.gte(30), z.lte(120)),
  /** In an hour, extensions included: for a driver, and for a phone. */
  perHour: z.int().check(z.gte(1), z.lte(20)),
  /** All holds of one version of a block together, whoever asks: no fleet parks it longer than this. */
  perBlockSeconds: z.int().check(z.gte(60), z.lte(600)),
  /** How long a challenge can be solved; the block may be gone by then. */
  challengeSeconds: z.int().check(z.gte(120), z.lte(3_600)),
  /** Answers in an hour: for a driver, and for a phone. */
  attemptsPerHour: z.int().check(z.gte(3), z.lte(100)),
  /** So long a pass counts. */
  clearanceHours: z.int().check(z.gte(1), z.lte(72)),
});
export type HoldPolicy = z.infer<typeof holdPolicy>;
