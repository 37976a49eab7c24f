import * as z from 'zod/mini';

const whole = (least: number, most: number) => z.int().check(z.gte(least), z.lte(most));
const hex = (bytes: number) => z.string().check(z.regex(new RegExp(`^[0-9a-f]{${bytes * 2}}$`)));

/**
 * A network of the drand protocol with the scheme `bls-unchained-g1-rfc9380`: who knows its public key checks its values
 * without asking anybody (https://docs.drand.love).
 */
export const beaconChain = z.strictObject({
  /** Of its parameters: names the chain in addresses and in published draws. */
  chainHash: hex(32),
  /** A point of G2, compressed. */
  publicKey: hex(96),
  /** Of round 1, in seconds since the epoch. */
  genesis: whole(0, 10_000_000_000),
  /** Seconds from round to round. */
  period: whole(1, 60),
});
export type BeaconChain = z.infer<typeof beaconChain>;

/** How a station's blocks are shared out, in percent; together 100. */
export const shares = z
  .strictObject({
    draw: whole(0, 100),
    reserved: whole(0, 100),
    gated: whole(0, 100),
    direct: whole(0, 100),
  })
  .check(
    z.refine(({ draw, reserved, gated, direct }) => draw + reserved + gated + direct === 100, {
      error: 'expected shares that make 100 percent together',
    }),
  );
export type Shares = z.infer<typeof shares>;

/** How blocks come to drivers other than by being first. */
export const sharingPolicy = z.strictObject({
  draws: z
    .strictObject({
      /** Of drops that name no length: seconds. */
      seconds: whole(2, 120),
      /** Of the first draw of a block that came back; every one that nobody entered doubles it, up to a quarter of an hour. */
      againSeconds: whole(2, 600),
      /** Between the close and the beacon's round: time to publish who takes part before anybody can know the outcome. */
      sealMilliseconds: whole(100, 10_000),
      /** A winner whose claim would have met a puzzle has so long to solve it. */
      confirmSeconds: whole(30, 600),
      beacon: beaconChain,
      /** Servers of the beacon, asked one after the other. */
      beaconUrls: z.array(z.url()).check(z.minLength(1), z.maxLength(5)),
    })
    .check(
      z.refine(({ sealMilliseconds, beacon }) => sealMilliseconds <= beacon.period * 1_000, {
        error: 'expected a seal within one period of the beacon: the close alone names its round',
      }),
    ),
  reserved: z.strictObject({
    /** So long a reserved block is one driver's to take. */
    minutes: whole(1, 60),
    /** So many drivers are asked, one after the other; then it is drawn. */
    turns: whole(1, 20),
  }),
  releases: z.strictObject({
    /** A release so close to the start counts as late. */
    lateHours: whole(1, 168),
    /** More late releases than this in 14 days, and the driver is drawn after everybody else. */
    most: whole(1, 50),
  }),
  /** Left out: no position is asked for. */
  instant: z.optional(
    z.strictObject({
      /** Of blocks that start within so many minutes. */
      withinMinutes: whole(5, 120),
      /** As the crow flies. */
      kilometers: whole(1, 500),
    }),
  ),
});
export type SharingPolicy = z.infer<typeof sharingPolicy>;

/** The beacon of the local stage: everybody has its private key, so it proves nothing anywhere else. */
export const localBeaconKey =
  'ae8ff37005f1428e48e986f646808a6a3d54ecd5aba65a226cf33c51fa820b00bbe85bfd14de53d4579987a2d2be798d16bc25d620cb05f5c6394d9b9af7e6f290825ff143d7f4c3e2b3dabe8890036f6cf06c5914c15d0dd51272f6a9aadb8b';
