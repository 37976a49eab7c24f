import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32, deflateSync } from 'node:zlib';
import {
  type Attribute,
  CompareFacesCommand,
  CreateFaceLivenessSessionCommand,
  DetectFacesCommand,
  type FaceDetail,
  GetFaceLivenessSessionResultsCommand,
  RecognizeCelebritiesCommand,
  RekognitionClient,
} from '@aws-sdk/client-rekognition';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Faces, type FacesOptions, startFaces } from '#local/engines/faces.ts';
import { listenOnPort } from '#local/ports.ts';
import { type Reaper, startReaper } from '#local/reaper.ts';

/** The local face engine through the client that the deployed code uses. */

const photos = fileURLToPath(new URL('../../../shared/faces/', import.meta.url));
const there = existsSync(photos);
if (!there) console.warn(`skipped: the photos of the face engine's suite are not at ${photos}`);

const photo = (name: string) => readFileSync(join(photos, name));
const people = there ? readdirSync(join(photos, 'people')).map((name) => `people/${name}`) : [];
const attributes: Attribute[] = ['DEFAULT', 'EYES_OPEN', 'FACE_OCCLUDED', 'SUNGLASSES'];
const onLinux = process.platform === 'linux';

let reaper: Reaper;
let folder: string;
let bucket: Server;
let bucketEndpoint: string;
let faces: Faces;
let client: RekognitionClient;

const clientOf = ({ endpoint }: Faces) =>
  new RekognitionClient({
    endpoint,
    region: 'us-east-1',
    maxAttempts: 1,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
const start = (options: FacesOptions = {}) => startFaces(join(folder, 'faces.log'), reaper, options);

beforeAll(async () => {
  if (!there) return;
  reaper = startReaper();
  folder = mkdtempSync(join(tmpdir(), 'faces-'));
  bucket = createServer((request, response) => {
    const [, name] = /^\/selfies\/([\w/.]+)/.exec(request.url ?? '') ?? [];
    if (name && existsSync(join(photos, name))) response.end(photo(name));
    else response.writeHead(404).end('<Error><Code>NoSuchKey</Code></Error>');
  });
  bucketEndpoint = `http://127.0.0.1:${await listenOnPort(bucket, 0)}`;
  faces = await start({ bucketEndpoint });
  client = clientOf(faces);
});

afterAll(async () => {
  if (!there) return;
  client.destroy();
  await faces.stop();
  bucket.close();
  bucket.closeAllConnections();
  await reaper.stop();
  rmSync(folder, { recursive: true });
});

const detect = async (Bytes: Uint8Array, Attributes = attributes): Promise<FaceDetail[]> =>
  (await client.send(new DetectFacesCommand({ Image: { Bytes }, Attributes }))).FaceDetails ?? [];
const compare = (source: Uint8Array, target: Uint8Array, SimilarityThreshold?: number, by = client) =>
  by.send(
    new CompareFacesCommand({
      SourceImage: { Bytes: source },
      TargetImage: { Bytes: target },
      QualityFilter: 'AUTO',
      ...(SimilarityThreshold !== undefined && { SimilarityThreshold }),
    }),
  );
const similarity = async (source: string, target: string, by = client) => {
  const { FaceMatches } = await compare(photo(source), photo(target), 0, by);
  return FaceMatches?.[0]?.Similarity ?? Number.NaN;
};
const refusal = (name: string) => expect.objectContaining({ name, $metadata: expect.anything() });

/** As a gate would: the reasons to ask for another photo. */
const faults = (found: readonly FaceDetail[]): string[] => {
  const [face] = found;
  if (!face) return ['no face'];
  const { Left = 0, Top = 0, Width = 0, Height = 0 } = face.BoundingBox ?? {};
  const says = (name: 'FaceOccluded' | 'EyesOpen' | 'Sunglasses', value: boolean) =>
    face[name]?.Value === value && (face[name]?.Confidence ?? 0) >= 90;
  return [
    found.length > 1 && 'several faces',
    (face.Confidence ?? 0) < 99 && 'unsure',
    says('FaceOccluded', true) && 'occluded',
    says('EyesOpen', false) && 'eyes closed',
    says('Sunglasses', true) && 'sunglasses',
    (Left < 0 || Top < 0 || Left + Width > 1 || Top + Height > 1) && 'cut',
    (face.Quality?.Brightness ?? 0) < 30 && 'dark',
    (face.Quality?.Brightness ?? 0) > 90 && 'bright',
    (face.Quality?.Sharpness ?? 0) < 40 && 'blurred',
  ].filter((fault) => fault !== false);
};
describe.skipIf(!there)('DetectFaces', () => {
  it('answers in the shape of the service', async () => {
    const [face, ...others] = await detect(photo('people/d01_b.jpg'));
    expect(others).toEqual([]);
    const number = expect.any(Number);
    expect(face).toEqual({
      BoundingBox: { Left: number, Top: number, Width: number, Height: number },
      Confidence: number,
      Landmarks: ['eyeLeft', 'eyeRight', 'mouthLeft', 'mouthRight', 'nose'].map((Type) => ({
        Type,
        X: number,
        Y: number,
      })),
      Pose: { Roll: number, Yaw: number, Pitch: number },
      Quality: { Brightness: number, Sharpness: number },
      EyesOpen: { Value: true, Confidence: number },
      FaceOccluded: { Value: false, Confidence: number },
      Sunglasses: { Value: false, Confidence: number },
    });
  });

  it('gives the covering attributes only when they are asked for', async () => {
    const [face] = await detect(photo('people/d01_b.jpg'), ['DEFAULT']);
    expect(face).not.toHaveProperty('EyesOpen');
    expect(face).not.toHaveProperty('FaceOccluded');
  });

  it('offers neither gender nor age nor emotion', async () => {
    for (const name of ['ALL', 'GENDER', 'AGE_RANGE', 'EMOTIONS'] as const)
      await expect(detect(photo('people/d01_b.jpg'), [name])).rejects.toEqual(
        refusal('InvalidParameterException'),
      );
  });

  it.each(people)('lets the portrait %s through', async (name) => {
    const found = faults(await detect(photo(name)));
    // Those of 175 pixels are blurred by right.
    expect(found.filter((fault) => fault !== 'blurred' || !name.endsWith('_a.jpg'))).toEqual([]);
  });

  it.each([
    'format_cmyk_d06.jpg',
    'format_png_d06.png',
    'format_progressive_d06.jpg',
    'gray_d06.jpg',
    'jpegq8_d06.jpg',
    'mirror_d06.jpg',
    'roll30_d04.jpg',
    'rot180_exif3_d03.jpg',
    'rot90_exif6_d03.jpg',
  ])('lets %s through', async (name) => {
    expect(faults(await detect(photo(`cases/${name}`)))).toEqual([]);
  });

  it.each([
    'occluded_eyes_d05.jpg',
    'occluded_mask_d05.jpg',
    'crop_halfface_d05.jpg',
    'crop_mouthcut_d05.jpg',
    'blur_strong_d01.jpg',
    'dark_strong_d02.jpg',
    'noface_cat.jpg',
    'noface_coffee.jpg',
    'twofaces_d01_d02.jpg',
  ])('gives a reason to retake %s', async (name) => {
    expect(faults(await detect(photo(`cases/${name}`)))).not.toEqual([]);
  });

  it('reports both of two faces, and a bystander in true proportion', async () => {
    expect(await detect(photo('cases/twofaces_d01_d02.jpg'))).toHaveLength(2);
    const found = await detect(photo('cases/bystander_d01_small_d03.jpg'));
    const area = (face?: FaceDetail) => (face?.BoundingBox?.Width ?? 0) * (face?.BoundingBox?.Height ?? 0);
    expect(found).toHaveLength(2);
    expect(area(found[1]) / area(found[0])).toBeLessThan(0.25);
  });

  it('finds no face to speak of in one of a few pixels', async () => {
    const found = await detect(photo('cases/tiny_d04.jpg'));
    expect(found.every(({ BoundingBox }) => (BoundingBox?.Width ?? 0) < 0.05)).toBe(true);
  });
});

/** A picture of one bit per pixel, all black: small in bytes, large unpacked. */
const pngOf = (width: number, height: number, { interlaced = false } = {}) => {
  const chunk = (type: string, data: Buffer) => {
    const named = Buffer.concat([Buffer.from(type), data]);
    const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    check.writeUInt32BE(crc32(named));
    return Buffer.concat([length, named, check]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([1, 0, 0, 0, interlaced ? 1 : 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.alloc(height * (1 + Math.ceil(width / 8))))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
};

describe.skipIf(!there)('an image that is no use', () => {
  const portrait = () => photo('people/d01_b.jpg');
  const invalid = [
    ['text', () => photo('cases/broken_text.jpg'), 'InvalidImageFormatException'],
    ['half a file', () => photo('cases/broken_truncated_d06.jpg'), 'InvalidImageFormatException'],
    ['WebP', () => photo('cases/format_webp_d06.webp'), 'InvalidImageFormatException'],
    ['nothing', () => photo('cases/broken_empty.jpg'), /^Invalid(Parameter|ImageFormat)Exception$/],
    ['60 pixels', () => photo('cases/toosmall_60x60_d06.jpg'), 'InvalidParameterException'],
    [
      'more than 5 MB',
      () => Buffer.concat([portrait(), Buffer.alloc(5 * 1024 * 1024)]),
      'ImageTooLargeException',
    ],
    ['a bomb of 1,600 Mpx', () => pngOf(40_000, 40_000), 'ImageTooLargeException'],
    [
      'a picture that only unpacks as a whole',
      () => pngOf(5_000, 5_000, { interlaced: true }),
      'ImageTooLargeException',
    ],
  ] as const;
  it.each(invalid)('is refused by name: %s', async (_, bytes, name) => {
    const expected = { name: typeof name === 'string' ? name : expect.stringMatching(name) };
    const status = { $metadata: expect.objectContaining({ httpStatusCode: 400 }) };
    const error = expect.objectContaining({ ...expected, ...status });
    const given = bytes();
    await expect(detect(given)).rejects.toEqual(error);
    await expect(compare(portrait(), given)).rejects.toEqual(error);
  });

  it('is one without a face, in either place of a comparison', async () => {
    const cat = photo('cases/noface_cat.jpg');
    await expect(compare(cat, portrait())).rejects.toEqual(refusal('InvalidParameterException'));
    await expect(compare(portrait(), cat)).rejects.toEqual(refusal('InvalidParameterException'));
    expect(await detect(cat)).toEqual([]);
  });

  it('is one that is not given, or given twice', async () => {
    for (const Image of [{}, { Bytes: portrait(), S3Object: { Bucket: 'a', Name: 'b' } }])
      await expect(client.send(new DetectFacesCommand({ Image }))).rejects.toEqual(
        refusal('InvalidParameterException'),
      );
  });

  it('is an object that is not there', async () => {
    const inBucket = (Name: string) =>
      client.send(new DetectFacesCommand({ Image: { S3Object: { Bucket: 'selfies', Name } } }));
    expect((await inBucket('people/d01_b.jpg')).FaceDetails).toHaveLength(1);
    await expect(inBucket('people/none.jpg')).rejects.toEqual(refusal('InvalidS3ObjectException'));
  });
});

describe.skipIf(!there)('CompareFaces', () => {
  it('answers in the shape of the service', async () => {
    const { FaceMatches, UnmatchedFaces, SourceImageFace, SourceImageOrientationCorrection } = await compare(
      photo('people/d01_a.jpg'),
      photo('cases/twofaces_d01_d02.jpg'),
    );
    expect(SourceImageFace).toEqual({ BoundingBox: expect.anything(), Confidence: expect.any(Number) });
    expect(SourceImageOrientationCorrection).toBe('ROTATE_0');
    expect(FaceMatches).toEqual([
      {
        Similarity: expect.any(Number),
        Face: {
          BoundingBox: expect.anything(),
          Confidence: expect.any(Number),
          Landmarks: expect.any(Array),
          Pose: expect.anything(),
          Quality: expect.anything(),
        },
      },
    ]);
    expect(UnmatchedFaces).toHaveLength(1);
  });

  it('keeps to the threshold that is asked, and to 80', async () => {
    const stranger = await compare(photo('people/d01_a.jpg'), photo('people/d05_a.jpg'));
    expect(stranger.FaceMatches).toEqual([]);
    expect(stranger.UnmatchedFaces).toHaveLength(1);
    const any = await compare(photo('people/d01_a.jpg'), photo('people/d05_a.jpg'), 0);
    expect(any.FaceMatches).toHaveLength(1);
    await expect(compare(photo('people/d01_a.jpg'), photo('people/d05_a.jpg'), 101)).rejects.toEqual(
      refusal('InvalidParameterException'),
    );
  });

  it('knows each person again and takes none for another', async () => {
    const pairs = JSON.parse(photo('pairs.json').toString()) as {
      a: string;
      b: string;
      same: boolean;
      derived?: boolean;
    }[];
    const strangers = pairs.filter(({ same }) => !same);
    const chosen = [
      // Of each person the photo that is least like a portrait.
      ...pairs.filter(({ b, same, derived }) => same && !derived && b.endsWith('_selfie.jpg')),
      // Some from all over the list, for the time it takes.
      ...strangers.filter((_, index) => index % 13 === 0),
    ];
    for (const { a, b, same } of chosen) {
      const score = await similarity(a, b);
      // A distance of 0.50 is a similarity of 98.7; strangers of this set stay below 80.
      if (same) expect(score, `${a} ${b}`).toBeGreaterThanOrEqual(98.6);
      else expect(score, `${a} ${b}`).toBeLessThan(80);
    }
  }, 60_000);

  it('takes the person in front, not the bystander', async () => {
    const bystander = 'cases/bystander_d01_small_d03.jpg';
    const source = photo('people/d01_a.jpg');
    const { FaceMatches } = await compare(source, photo(bystander), 80);
    expect(FaceMatches).toHaveLength(1);
    expect(await similarity(bystander, 'people/d03_a.jpg')).toBeLessThan(80);
  });
});

describe.skipIf(!there)('the process', () => {
  it('refuses operations that it does not offer, and other protocols', async () => {
    await expect(
      client.send(new RecognizeCelebritiesCommand({ Image: { Bytes: photo('people/d01_b.jpg') } })),
    ).rejects.toEqual(refusal('UnknownOperationException'));
    const post = (headers: Record<string, string>) =>
      fetch(faces.endpoint, { method: 'POST', body: '{}', headers });
    const target = { 'x-amz-target': 'RekognitionService.DetectFaces' };
    expect((await post({ ...target, 'content-type': 'text/plain' })).status).toBe(400);
    expect((await post({ 'content-type': 'application/x-amz-json-1.1' })).status).toBe(400);
    expect((await fetch(faces.endpoint)).status).toBe(404);
  });

  it('refuses a body beyond two images', async () => {
    const response = await fetch(faces.endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': 'RekognitionService.DetectFaces',
      },
      body: Buffer.alloc(16 * 1024 * 1024, ' '),
    }).catch(() => undefined);
    expect([413, undefined]).toContain(response?.status);
  });

  it('runs liveness sessions', async () => {
    const { SessionId } = await client.send(
      new CreateFaceLivenessSessionCommand({ Settings: { AuditImagesLimit: 0 }, ClientRequestToken: 'once' }),
    );
    const again = await client.send(new CreateFaceLivenessSessionCommand({ ClientRequestToken: 'once' }));
    expect(again.SessionId).toBe(SessionId);
    const results = () => client.send(new GetFaceLivenessSessionResultsCommand({ SessionId }));
    expect(await results()).toMatchObject({ Status: 'CREATED' });
    const path = `${faces.endpoint}/liveness/${SessionId}`;
    const challenge = (await (await fetch(`${path}/challenge`)).json()) as { turns: string[] };
    expect(await results()).toMatchObject({ Status: 'IN_PROGRESS' });
    const frames = challenge.turns.map(() => photo('people/d01_b.jpg').toString('base64'));
    const post = () => fetch(`${path}/frames`, { method: 'POST', body: JSON.stringify({ frames }) });
    expect(await (await post()).json()).toEqual({ status: 'refused', reason: 'wrong-direction' });
    expect((await post()).status).toBe(409);
    const { Status, Confidence = 100, ReferenceImage } = await results();
    expect(Status).toBe('FAILED');
    expect(Confidence).toBeLessThan(80);
    expect(ReferenceImage).toBeUndefined();
    await expect(
      client.send(
        new GetFaceLivenessSessionResultsCommand({ SessionId: '00000000-0000-4000-8000-000000000000' }),
      ),
    ).rejects.toEqual(refusal('SessionNotFoundException'));
  });

  it.runIf(onLinux)(
    'stays below 400 MB with twelve callers and images of 5 MB',
    async () => {
      const noise = { type: 'gaussian', mean: 128, sigma: 40 } as const;
      const large = await sharp({
        create: { width: 2600, height: 1950, channels: 3, background: '#777', noise },
      })
        .composite([
          { input: await sharp(photo('people/d01_selfie.jpg')).resize({ height: 1700 }).toBuffer() },
        ])
        .jpeg({ quality: 95 })
        .toBuffer();
      expect(large.length).toBeGreaterThan(2.5 * 1024 * 1024);
      expect(large.length).toBeLessThan(5 * 1024 * 1024);
      const answers = await Promise.all(
        Array.from({ length: 12 }, (_, i) => (i % 3 ? detect(large) : compare(large, large))),
      );
      expect(answers).toHaveLength(12);
      for (let call = 0; call < 6; call += 1) await detect(photo('people/d01_selfie.jpg'));
      const [, peakKb] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${faces.pid}/status`, 'utf8')) ?? [];
      expect(Number(peakKb) / 1024).toBeLessThan(400);
    },
    60_000,
  );

  it('gives the same scores without native code', async () => {
    const wasm = await start({ runtime: 'wasm' });
    const other = clientOf(wasm);
    try {
      expect(wasm.runtime).toBe('wasm');
      const scores = [client, other].map((by) => similarity('people/d01_a.jpg', 'people/d01_b.jpg', by));
      const [native = 0, portable = 0] = await Promise.all(scores);
      expect(Math.abs(native - portable)).toBeLessThan(0.5);
    } finally {
      other.destroy();
      await wasm.stop();
    }
    expect(readFileSync(join(folder, 'faces.log'), 'utf8')).toContain('faces: WebAssembly');
  });

  it('writes no image, score or name of a session into its log', () => {
    const log = readFileSync(join(folder, 'faces.log'), 'utf8');
    expect(log).toMatch(/DetectFaces \d+ ms/);
    expect(log).toMatch(/CompareFaces \d+ ms InvalidParameterException/);
    expect(log).not.toContain(photo('people/d01_b.jpg').toString('base64').slice(0, 40));
    expect(log).not.toMatch(/similarity|confidence|[0-9a-f]{8}-[0-9a-f]{4}/i);
  });
});
