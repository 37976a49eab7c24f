import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { Face, FaceEngine } from '#local/faces/engine.ts';
import { loadEngine } from '#local/faces/engine.ts';
import { decodeImage } from '#local/faces/image.ts';
import type { Landmarks } from '#local/faces/landmarks.ts';
import { chooseTurns, createLiveness, mostConfidence } from '#local/faces/liveness.ts';
import { poseOf } from '#local/faces/pose.ts';
import { chooseRuntime } from '#local/faces/runtime.ts';
import { depthBetween, judgeTurns, type Turn } from '#local/faces/turns.ts';

/** The local head-turn challenge. No photos of turning heads are at hand: those that pass here are computed. */

const photos = fileURLToPath(new URL('../../../shared/faces/people/', import.meta.url));
const there = existsSync(photos);
if (!there) console.warn(`skipped: the photos of the face engine's suite are not at ${photos}`);

/** Deterministic numbers in [0, 1) (mulberry32). */
const seeded = (seed: number) => (): number => {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
};

/** x to the right, y down, z towards the camera; the eyes are 2 apart. Proportions of an adult head, rounded. */
type Point3 = readonly [x: number, y: number, z: number];
const jaw: Point3[] = Array.from({ length: 17 }, (_, i) => {
  const angle = (Math.PI * i) / 16;
  const [x, down] = [-2.1 * Math.cos(angle), Math.sin(angle)];
  return [x, 0.2 + 3.4 * down ** 1.4, -1.6 + 1.7 * down];
});
const row = (xs: readonly number[], y: number, z: (x: number) => number): Point3[] =>
  xs.map((x) => [x, y, z(x)]);
const eyeAt = (x: number): Point3[] => [
  [x - 0.45, 0, -0.15],
  [x - 0.15, -0.15, 0],
  [x + 0.15, -0.15, 0],
  [x + 0.45, 0, -0.15],
  [x + 0.15, 0.12, 0],
  [x - 0.15, 0.12, 0],
];
const lips = (z: number) => (x: number) => z - 0.35 * x * x;
const head: Point3[] = [
  ...jaw,
  ...row([-1.7, -1.35, -1, -0.65, -0.35, 0.35, 0.65, 1, 1.35, 1.7], -0.7, (x) => 0.3 - 0.3 * x * x),
  [0, 0, 0.35],
  [0, 0.4, 0.65],
  [0, 0.8, 0.95],
  [0, 1.2, 1.25],
  ...row([-0.45, -0.22, 0, 0.22, 0.45], 1.5, (x) => 0.8 - x * x),
  ...eyeAt(-1),
  ...eyeAt(1),
  ...row([-0.85, -0.5, -0.2, 0, 0.2, 0.5, 0.85], 2.3, lips(0.6)),
  ...row([0.5, 0.2, 0, -0.2, -0.5], 2.65, lips(0.55)),
  ...row([-0.65, -0.2, 0, 0.2, 0.65], 2.42, lips(0.5)),
  ...row([0.2, 0, -0.2], 2.5, lips(0.5)),
];

/** The head from 12 units away, turned, in pixels, with the error that the landmark network has. */
const seenAt = (yawDegrees: number, random: () => number, flat = false): Landmarks => {
  const yaw = (yawDegrees * Math.PI) / 180;
  return head.map(([x, y, depth]) => {
    const z = flat ? 0 : depth;
    const [across, towards] = [x * Math.cos(yaw) + z * Math.sin(yaw), z * Math.cos(yaw) - x * Math.sin(yaw)];
    const scale = (60 * 12) / (12 - towards);
    const error = () => (random() + random() - 1) * 2.4;
    return { x: 320 + across * scale + error(), y: 200 + y * scale + error() };
  });
};
const angleOf = { left: 26, right: -26, centre: 0 } as const satisfies Record<Turn, number>;

describe('a head that turns', () => {
  it('passes in the order that was asked, whatever that is', () => {
    const random = seeded(1);
    for (let session = 0; session < 200; session += 1) {
      const turns = chooseTurns((below) => Math.floor(random() * below));
      const frames = turns.map((turn) => seenAt(angleOf[turn] + 6 * (random() - 0.5), random));
      expect(judgeTurns(turns, frames)).toEqual({ status: 'turned' });
    }
  });

  it('does not pass in another order, nor with a frame missing', () => {
    const random = seeded(2);
    const asked: Turn[] = ['centre', 'left', 'right', 'left'];
    const others: Turn[][] = [
      ['centre', 'right', 'left', 'right'],
      ['left', 'centre', 'right', 'left'],
      ['centre', 'left', 'centre', 'left'],
      ['centre', 'left', 'right'],
    ];
    for (const shown of others)
      expect(
        judgeTurns(
          asked,
          shown.map((turn) => seenAt(angleOf[turn], random)),
        ),
      ).toEqual({ status: 'refused', reason: 'wrong-direction' });
  });

  it('is not a flat picture of one that is turned about', () => {
    const random = seeded(3);
    for (const angle of [-60, -40, -20, 20, 40, 60]) {
      const [ahead, turned] = [seenAt(0, random, true), seenAt(angle, random, true)];
      expect(depthBetween(ahead, turned)).toBeLessThan(0.035);
      for (const turn of ['left', 'right'] as const)
        expect(judgeTurns(['centre', turn], [ahead, turned]).status).toBe('refused');
    }
    expect(depthBetween(seenAt(0, random), seenAt(26, random))).toBeGreaterThan(0.05);
  });

  it('turns left when the nose goes to the right of the picture', () => {
    const random = seeded(4);
    expect(poseOf(seenAt(20, random)).yaw).toBeGreaterThan(14);
    expect(poseOf(seenAt(-20, random)).yaw).toBeLessThan(-14);
  });
});

describe.skipIf(!there)('a portrait held before the camera', () => {
  it('passes in none of 80 tilts', async () => {
    const engine = await loadEngine(await chooseRuntime());
    const random = seeded(5);
    const landmarksOf = async (bytes: Buffer): Promise<Landmarks | undefined> => {
      const decoded = await decodeImage(bytes);
      if (decoded.status !== 'decoded') throw new Error('a portrait could not be read');
      return (await engine.findFaces(decoded.image))[0]?.landmarks;
    };
    const depths: number[] = [];
    let passed = 0;
    for (const name of readdirSync(photos).filter((file) => /_b\.jpg$/.test(file))) {
      const portrait = await sharp(readFileSync(photos + name))
        .resize(360)
        .toBuffer();
      const ahead = await landmarksOf(portrait);
      if (!ahead) throw new Error(`no face in ${name}`);
      for (let tilt = 0; tilt < 10; tilt += 1) {
        const [narrow, shear] = [Math.cos(random() * 1.05), (random() - 0.5) * 0.3];
        const turned = await landmarksOf(
          await sharp(portrait)
            .affine([narrow, shear, shear * (random() - 0.5), 0.9 + 0.2 * random()], { background: '#556' })
            .jpeg({ quality: 80 })
            .toBuffer(),
        );
        if (!turned) continue;
        depths.push(depthBetween(ahead, turned));
        if (
          (['left', 'right'] as const).some(
            (turn) => judgeTurns(['centre', turn], [ahead, turned]).status === 'turned',
          )
        )
          passed += 1;
      }
    }
    expect(depths.length).toBeGreaterThan(40);
    expect(passed).toBe(0);
  }, 60_000);
});

/** What the engine would see of somebody who follows, or does not. */
const engineShowing = (shown: readonly Turn[], people: readonly number[] = []): FaceEngine => {
  const random = seeded(6);
  let frame = 0;
  return {
    runtime: 'native',
    findFaces: async () => {
      const landmarks = seenAt(angleOf[shown[frame++] ?? 'centre'], random);
      const face: Partial<Face> = { box: { x: 200, y: 100, width: 200, height: 240 }, landmarks };
      return [face as Face];
    },
    judgeCovering: () => {
      throw new Error('not asked here');
    },
    describe: async () => new Float32Array(128).fill((people[frame - 1] ?? 0) * 0.1),
  };
};

const aSession = (turns: readonly Turn[], { shown = turns, people = [] as number[] } = {}) => {
  const clock = { now: Date.parse('2026-11-01T08:00:00Z') };
  let drawn = 0;
  // One draw for the count, then one for each turn among those that differ from the last.
  const draws = [turns.length - 4];
  turns.forEach((turn, i) => {
    const others = (['left', 'right', 'centre'] as const).filter((other) => other !== turns[i - 1]);
    draws.push(others.indexOf(turn));
  });
  const liveness = createLiveness({
    engine: async () => engineShowing(shown, people),
    now: () => clock.now,
    newId: () => 'session',
    randomInt: () => draws[drawn++] ?? 0,
  });
  liveness.create({});
  return { liveness, clock, results: () => liveness.results({ SessionId: 'session' }) };
};

describe('a session', () => {
  const turns: Turn[] = ['centre', 'left', 'right', 'centre'];
  const frames = async () => {
    const picture = await sharp({ create: { width: 640, height: 480, channels: 3, background: '#888' } })
      .jpeg()
      .toBuffer();
    return turns.map(() => picture.toString('base64'));
  };

  it('ends well, at a confidence of 80, with the picture of the face ahead', async () => {
    const { liveness, results } = aSession(turns);
    expect(results()).toMatchObject({ Status: 'CREATED', Confidence: 0, AuditImages: [] });
    expect(liveness.challenge('session')).toEqual({
      status: 200,
      body: { turns, frames: 4, expiresAt: '2026-11-01T08:03:00.000Z' },
    });
    expect(results()).toMatchObject({ Status: 'IN_PROGRESS' });
    const sent = await frames();
    expect(await liveness.submit('session', { frames: sent })).toEqual({
      status: 200,
      body: { status: 'completed' },
    });
    expect(mostConfidence).toBe(80);
    expect(results()).toEqual({
      SessionId: 'session',
      Status: 'SUCCEEDED',
      Confidence: 80,
      ReferenceImage: { Bytes: sent[0], BoundingBox: expect.objectContaining({ Left: 200 / 640 }) },
      AuditImages: [],
    });
  });

  it('forgets the picture a minute after it was read, and keeps how it ended', async () => {
    const { liveness, clock, results } = aSession(turns);
    liveness.challenge('session');
    await liveness.submit('session', { frames: await frames() });
    expect(results()).toHaveProperty('ReferenceImage');
    clock.now += 59_000;
    expect(results()).toHaveProperty('ReferenceImage');
    clock.now += 1_000;
    expect(results()).not.toHaveProperty('ReferenceImage');
    expect(results()).toMatchObject({ Status: 'SUCCEEDED', Confidence: 80 });
  });

  it('forgets a picture that nobody reads when the session expires', async () => {
    const { liveness, clock, results } = aSession(turns);
    liveness.challenge('session');
    await liveness.submit('session', { frames: await frames() });
    clock.now += 3 * 60_000;
    expect(results()).not.toHaveProperty('ReferenceImage');
    expect(results()).toMatchObject({ Status: 'SUCCEEDED' });
  });

  it('takes frames once, also when they come twice at once', async () => {
    const { liveness } = aSession(turns);
    liveness.challenge('session');
    const sent = await frames();
    const answers = await Promise.all([1, 2].map(() => liveness.submit('session', { frames: sent })));
    expect(answers.map(({ status }) => status)).toEqual([200, 409]);
    expect(liveness.challenge('session').status).toBe(409);
  });

  it('takes no frames before the order was asked, and none of an unknown session', async () => {
    const { liveness } = aSession(turns);
    expect((await liveness.submit('session', { frames: await frames() })).status).toBe(409);
    expect((await liveness.submit('other', { frames: [] })).status).toBe(404);
    expect(liveness.challenge('other').status).toBe(404);
  });

  it('ends after three minutes', async () => {
    const { liveness, clock, results } = aSession(turns);
    liveness.challenge('session');
    clock.now += 3 * 60_000;
    expect((await liveness.submit('session', { frames: await frames() })).status).toBe(410);
    expect(results()).toMatchObject({ Status: 'EXPIRED', Confidence: 0 });
  });

  it.each([
    ['another order', { shown: ['centre', 'right', 'left', 'centre'] as Turn[] }, 'wrong-direction'],
    ['another person in one frame', { people: [0, 0, 1, 0] }, 'several-people'],
  ])('fails with %s', async (_, how, reason) => {
    const { liveness, results } = aSession(turns, how);
    liveness.challenge('session');
    expect(await liveness.submit('session', { frames: await frames() })).toEqual({
      status: 200,
      body: { status: 'refused', reason },
    });
    expect(results()).toMatchObject({ Status: 'FAILED', Confidence: 0 });
    expect(results()).not.toHaveProperty('ReferenceImage');
  });

  it('fails with too few frames, and with what is no picture', async () => {
    for (const [sent, reason] of [
      [(await frames()).slice(1), 'wrong-number-of-frames'],
      [turns.map(() => 'bm90IGEgcGljdHVyZQ=='), 'no-image'],
    ] as const) {
      const { liveness } = aSession(turns);
      liveness.challenge('session');
      const { body } = await liveness.submit('session', { frames: sent });
      expect(body).toEqual({ status: 'refused', reason });
    }
  });
});
