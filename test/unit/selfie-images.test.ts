import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { glyphHeight, glyphOf, glyphWidth } from '#core/identity/images/bitmap-font.ts';
import { imageFingerprint } from '#core/identity/images/fingerprint.ts';
import { readSelfie } from '#core/identity/images/read-selfie.ts';
import { imageRefusalTexts, type SelfieImage, selfieLimits } from '#core/identity/images/selfie-image.ts';
import { watermarkedView } from '#core/identity/images/watermark.ts';
import { facesFolder, hasFaces } from '#test/support/faces.ts';
import {
  aPhoto,
  aPng,
  aTiff,
  bombs,
  canary,
  exifSegment,
  jpegSegment,
  orientationEntry,
  otherFiles,
  phoneSegments,
  pngChunk,
  resealed,
  samsungTrailer,
  withSegments,
} from '#test/support/images.ts';

const photo = aPhoto();
const read = (bytes: Buffer) => readSelfie(bytes, selfieLimits);
const reasonOf = (bytes: Buffer) => {
  const result = read(bytes);
  return result.status === 'refused' ? result.reason : result.status;
};
const imageOf = (bytes: Buffer): SelfieImage => {
  const result = read(bytes);
  if (result.status !== 'image') throw new Error(`refused: ${result.reason}`);
  return result;
};
const pixelsOf = (bytes: Buffer) => sharp(bytes).raw().toBuffer();
const replaced = (bytes: Buffer, at: number, ...values: readonly number[]) => {
  const out = Buffer.from(bytes);
  out.set(values, at);
  return out;
};
const frameAt = photo.indexOf(Buffer.from('ffc0', 'hex'));
const scanAt = photo.indexOf(Buffer.from('ffda', 'hex'));

/** The same picture as every kind of file that phones and editors write. */
const kinds: Record<string, () => Promise<Buffer> | Buffer> = {
  'a baseline JPEG': () => photo,
  'a progressive JPEG': () => sharp(photo).jpeg({ progressive: true }).toBuffer(),
  'a JPEG of full colour': () => sharp(photo).jpeg({ chromaSubsampling: '4:4:4' }).toBuffer(),
  'a grey JPEG': () => sharp(photo).grayscale().jpeg().toBuffer(),
  'a JPEG in print colours': () => sharp(photo).toColourspace('cmyk').jpeg().toBuffer(),
  'a JPEG with fill bytes': () => withSegments(photo, Buffer.from('ffffff', 'hex')),
  'a PNG': () => sharp(photo).png().toBuffer(),
  'an interlaced PNG': () => sharp(photo).png({ progressive: true }).toBuffer(),
  'a PNG with a palette': () => sharp(photo).png({ palette: true }).toBuffer(),
  'a PNG with transparency': () => sharp(photo).ensureAlpha(0.5).png().toBuffer(),
  'a PNG of 16 bits': () => sharp(photo).toColourspace('rgb16').png().toBuffer(),
};

describe('a photo', () => {
  it.each(Object.entries(kinds))(
    'is taken as %s, with the same pixels, and once clean stays so',
    async (_, make) => {
      const image = imageOf(await make());
      expect(image).toMatchObject({ width: 200, height: 160, orientation: 1 });
      expect((await pixelsOf(image.bytes)).equals(await pixelsOf(await make()))).toBe(true);
      expect(imageOf(image.bytes).bytes.equals(image.bytes)).toBe(true);
    },
  );

  it('keeps its orientation and nothing else of what a phone says', async () => {
    const image = imageOf(withSegments(photo, ...phoneSegments(6)));
    expect(image.orientation).toBe(6);
    const { orientation, exif, icc, xmp } = await sharp(image.bytes).metadata();
    expect([orientation, exif?.length, icc, xmp]).toEqual([6, 32, undefined, undefined]);
    expect(image.bytes.length).toBe(photo.length + 36);
    for (const trace of [canary, '12345', 'GPS', 'MPF', 'ICC', 'Photoshop'])
      expect(image.bytes.includes(trace)).toBe(false);
    // One picture, no thumbnail.
    expect(image.bytes.lastIndexOf(Buffer.from('ffd8ff', 'hex'))).toBe(0);
    expect((await pixelsOf(image.bytes)).equals(await pixelsOf(photo))).toBe(true);
  });

  it('keeps the orientation of a PNG and drops its texts', async () => {
    const before = [
      pngChunk('eXIf', aTiff([orientationEntry(8)], Buffer.from(canary))),
      pngChunk('tEXt', Buffer.from(`Author\0${canary}`)),
      pngChunk('tIME', Buffer.alloc(7, 1)),
    ];
    const image = imageOf(aPng({ before, after: [pngChunk('zTXt', Buffer.from(canary))] }));
    expect(image).toMatchObject({ type: 'image/png', orientation: 8 });
    expect(image.bytes.includes(canary)).toBe(false);
    expect((await sharp(image.bytes).metadata()).orientation).toBe(8);
    expect((await pixelsOf(image.bytes)).equals(await pixelsOf(aPng()))).toBe(true);
  });

  it.each<[string, Buffer]>([
    ['of 9', aTiff([orientationEntry(9)])],
    ['that is no number of its kind', aTiff([[0x0112, 2, 1, 6]])],
    ['behind 64 other entries', aTiff([...Array(64).fill([1, 3, 1, 1]), orientationEntry(6)])],
    ['in a directory outside', replaced(aTiff([orientationEntry(6)]), 4, 0xff, 0xff, 0xff, 0xff)],
    ['in a directory that is cut off', aTiff([orientationEntry(6)]).subarray(0, 15)],
    ['in EXIF of no byte order', replaced(aTiff([orientationEntry(6)]), 0, 0)],
  ])('with an orientation %s counts as upright', (_, tiff) => {
    expect(imageOf(withSegments(photo, exifSegment(tiff))).orientation).toBe(1);
  });

  it('loses what phones append unasked', async () => {
    const notes = samsungTrailer([
      { type: 0x0a01, name: 'Image_UTC_Data', data: Buffer.from('1700000000000') },
      { type: 0x0aa1, name: 'MCC_Data', data: Buffer.from('262') },
    ]);
    const declaring = withSegments(photo, jpegSegment(0xe2, Buffer.from('MPF\0')));
    const gainMap = Buffer.concat([
      Buffer.alloc(100),
      withSegments(aPhoto({ width: 96 }), ...phoneSegments(1)),
    ]);
    for (const [main, trailer] of [
      [photo, Buffer.alloc(32)],
      [photo, notes],
      [photo, Buffer.concat([Buffer.alloc(2), notes])],
      [declaring, gainMap],
      [declaring, Buffer.concat([gainMap, gainMap, notes])],
    ] as const)
      expect(imageOf(Buffer.concat([main, trailer])).bytes.equals(photo)).toBe(true);
  });
});

describe('a file is refused', () => {
  const motion = samsungTrailer([{ type: 0x0a30, name: 'MotionPhoto_Data', data: Buffer.alloc(100_000, 1) }]);
  const gap = samsungTrailer([{ type: 0x0a01, name: 'Image_UTC_Data', data: Buffer.from('17') }]);
  const fromPng = aPng();
  const zip = otherFiles['a ZIP archive'] as Buffer;

  it.each<[keyof typeof imageRefusalTexts, string, Buffer]>([
    ['empty', 'without bytes', Buffer.alloc(0)],
    ['not-jpeg-or-png', 'that is text', Buffer.from('no photo')],
    ['not-jpeg-or-png', 'that is a page with a photo in it', Buffer.concat([Buffer.from('<html>'), photo])],
    ['not-jpeg-or-png', 'that is an archive with a photo in it', Buffer.concat([zip, photo])],
    ['not-jpeg-or-png', 'that is a lossless JPEG', replaced(photo, frameAt + 1, 0xc3)],
    ['not-jpeg-or-png', 'of 12 bits', replaced(photo, frameAt + 4, 12)],
    ['too-many-bytes', 'of 6 MB', Buffer.concat([photo, Buffer.alloc(6_000_000)])],
    [
      'too-many-pixels',
      'whose JPEG header says 65,535 x 65,535',
      replaced(photo, frameAt + 5, 255, 255, 255, 255),
    ],
    [
      'too-many-pixels',
      'whose one side is 12,001',
      aPng({ width: 12_001, height: 100, packed: Buffer.alloc(20) }),
    ],
    ['too-small', 'of 79 pixels', aPhoto({ width: 79 })],
    ['too-small', 'of 60 x 60 as PNG', aPng({ width: 60, height: 60 })],
    ['damaged', 'that is cut off in its data', photo.subarray(0, photo.length - 500)],
    ['damaged', 'that is cut off in its tables', photo.subarray(0, 40)],
    ['damaged', 'that has no data', Buffer.concat([photo.subarray(0, scanAt), photo.subarray(-2)])],
    [
      'damaged',
      'whose header says more than its data hold',
      replaced(photo, frameAt + 5, 0x0f, 0xa0, 0x0f, 0xa0),
    ],
    ['damaged', 'with two frames', withSegments(photo, photo.subarray(frameAt, frameAt + 19))],
    [
      'damaged',
      'whose codes of a table do not fit',
      withSegments(photo, jpegSegment(0xc4, Buffer.from([0, 3, ...Array(15).fill(0), 1, 2, 3]))),
    ],
    [
      'damaged',
      'with something between two segments',
      Buffer.concat([photo.subarray(0, frameAt), zip, photo.subarray(frameAt)]),
    ],
    ['damaged', 'as PNG with a wrong checksum', replaced(fromPng, 45, 1)],
    ['damaged', 'as PNG that is cut off', fromPng.subarray(0, -12)],
    ['damaged', 'as PNG with a critical chunk of its own', aPng({ before: [pngChunk('EVIL')] })],
    ['damaged', 'as PNG with data in two places', aPng({ between: [pngChunk('tEXt', Buffer.from('a\0b'))] })],
    ['damaged', 'as PNG with too few rows', aPng({ rows: Buffer.alloc(101 * 89) })],
    ['damaged', 'as PNG with one byte too many', aPng({ rows: Buffer.alloc(101 * 90 + 1) })],
    ['damaged', 'as PNG with a sixth filter', aPng({ rows: Buffer.alloc(101 * 90, 5) })],
    ['damaged', 'as PNG without the palette it needs', aPng({ colourType: 3 })],
    [
      'not-only-an-image',
      'as PNG that is animated',
      aPng({ before: [pngChunk('acTL', Buffer.alloc(8, 1))] }),
    ],
    [
      'not-only-an-image',
      'as PNG that hides bytes behind its data',
      aPng({ packed: Buffer.concat([deflateSync(Buffer.alloc(101 * 90)), zip]) }),
    ],
    ['not-only-an-image', "with the video of Samsung's cameras", Buffer.concat([photo, motion])],
    [
      'not-only-an-image',
      "with bytes between Samsung's notes",
      Buffer.concat([photo, gap.subarray(0, 24), zip, gap.subarray(24)]),
    ],
    ['not-only-an-image', 'with a second photo that it does not declare', Buffer.concat([photo, photo])],
  ])('as %s %s', (reason, _, bytes) => {
    expect(reasonOf(bytes)).toBe(reason);
    expect(imageRefusalTexts[reason]).toMatch(/\.$/);
  });

  it.each(Object.entries(otherFiles))('when %s follows the photo', (_, trailer) => {
    const declaring = withSegments(photo, jpegSegment(0xe2, Buffer.from('MPF\0')));
    for (const main of [photo, declaring, Buffer.concat([declaring, photo]), aPng()])
      expect(reasonOf(Buffer.concat([main, trailer]))).toBe('not-only-an-image');
  });

  it('within a second and within the memory that is allowed, when it is a bomb', () => {
    const folder = mkdtempSync(join(tmpdir(), 'bombs-'));
    try {
      for (const [name, bytes] of Object.entries(bombs()))
        writeFileSync(join(folder, name.replace(/\W/g, '-')), bytes);
      // In a process of its own, whose memory nothing else has taken before.
      const script = `
        import { readdirSync, readFileSync } from 'node:fs';
        import { readSelfie } from '#core/identity/images/read-selfie.ts';
        import { selfieLimits } from '#core/identity/images/selfie-image.ts';
        const files = readdirSync(${JSON.stringify(folder)}).map((name) => readFileSync(${JSON.stringify(folder)} + '/' + name));
        const before = process.resourceUsage().maxRSS;
        const results = files.map((bytes) => {
          const start = performance.now();
          const result = readSelfie(bytes, selfieLimits);
          return { outcome: result.reason ?? result.status, ms: performance.now() - start };
        });
        console.log(JSON.stringify({ results, growthMiB: (process.resourceUsage().maxRSS - before) / 1024 }));`;
      const run = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
      const { results, growthMiB } = JSON.parse(run.stdout || `{"failed":${JSON.stringify(run.stderr)}}`);
      const outcomes = results.map(({ outcome }: { outcome: string }) => outcome).sort();
      expect(outcomes).toEqual(['damaged', 'damaged', 'damaged', 'image', 'image', 'too-many-pixels']);
      expect(Math.max(...results.map(({ ms }: { ms: number }) => ms))).toBeLessThan(1_000);
      expect(growthMiB).toBeLessThan(96);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('or taken, never thrown at, whatever its bytes are; and what is taken is clean', async () => {
    const seeds = [
      withSegments(photo, ...phoneSegments(3)),
      Buffer.concat([photo, samsungTrailer([{ type: 1, name: 'A', data: Buffer.from('b') }])]),
      aPng({ before: [pngChunk('eXIf', aTiff([orientationEntry(8)]))] }),
      ...(await Promise.all(Object.values(kinds).map((make) => make()))),
    ];
    const position = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
    const edit = fc.record({ at: position, bytes: fc.uint8Array({ minLength: 1, maxLength: 3 }) });
    const mutated = fc
      .record({
        seed: fc.constantFrom(...seeds),
        // Headers decide most: half of the changes go there.
        edits: fc.array(
          fc.oneof(
            edit,
            edit.map(({ at, bytes }) => ({ at: at ** 4, bytes })),
          ),
          { maxLength: 6 },
        ),
        keep: fc.oneof({ weight: 4, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: position }),
        isResealed: fc.boolean(),
      })
      .map(({ seed, edits, keep, isResealed }) => {
        const out = Buffer.from(seed);
        for (const { at, bytes } of edits)
          out.set(bytes.subarray(0, out.length - Math.floor(at * out.length)), Math.floor(at * out.length));
        return (isResealed && out[0] === 0x89 ? resealed(out) : out).subarray(
          0,
          Math.ceil(keep * out.length),
        );
      });
    const heads = ['', 'ffd8ff', 'ffd8ffe1', '89504e470d0a1a0a0000000d49484452'];
    const random = fc
      .tuple(fc.constantFrom(...heads), fc.uint8Array({ maxLength: 400 }))
      .map(([head, tail]) => Buffer.concat([Buffer.from(head, 'hex'), tail]));
    const tally = { image: 0, refused: 0 };
    let slowestMs = 0;
    fc.assert(
      fc.property(fc.oneof(random, mutated, mutated), (bytes) => {
        const start = performance.now();
        const result = read(bytes);
        slowestMs = Math.max(slowestMs, performance.now() - start);
        tally[result.status] += 1;
        if (result.status === 'refused') return result.reason in imageRefusalTexts;
        const again = read(result.bytes);
        return (
          again.status === 'image' &&
          again.bytes.equals(result.bytes) &&
          again.orientation === result.orientation &&
          !result.bytes.includes(canary)
        );
      }),
      { numRuns: 3_000, seed: 20_261_122 },
    );
    expect(Math.min(tally.image, tally.refused)).toBeGreaterThan(200);
    expect(slowestMs).toBeLessThan(500);
  });
});

describe('the fingerprint of a photo', () => {
  const [key, other] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
  const clean = imageOf(photo).bytes;

  it('is the same for the same picture with other EXIF, and says nothing under another key', () => {
    const again = imageOf(withSegments(photo, ...phoneSegments(1))).bytes;
    expect(imageFingerprint(key, again)).toBe(imageFingerprint(key, clean));
    expect(imageFingerprint(key, clean)).toMatch(/^[\w-]{43}$/);
    expect(imageFingerprint(other, clean)).not.toBe(imageFingerprint(key, clean));
    expect(imageFingerprint(key, imageOf(aPhoto({ shade: 1 })).bytes)).not.toBe(imageFingerprint(key, clean));
  });
});

describe("a reviewer's view", () => {
  const lines = ['reviewer op-7f3', '2026-11-22T09:30:00Z', 'check c_019'];
  const longestSide = 640;
  const rawOf = async (bytes: Buffer) => {
    const { data, info } = await sharp(bytes).grayscale().raw().toBuffer({ resolveWithObject: true });
    return { data, width: info.width, height: info.height };
  };
  const viewOf = (image: SelfieImage, options: { lines?: string[]; blurred?: boolean } = {}) =>
    watermarkedView(image, { lines: [], blurred: false, longestSide, ...options });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('stands upright when stored with orientation %i', async (orientation) => {
    const bytes = withSegments(photo, exifSegment(aTiff([orientationEntry(orientation)])));
    const view = await rawOf(viewOf(imageOf(bytes)));
    const expected = await sharp(bytes)
      .autoOrient()
      .resize(view.width, view.height, { fit: 'fill', kernel: 'linear' })
      .toBuffer();
    expect(Math.max(view.width, view.height)).toBe(longestSide);
    expect(await differenceOf(viewOf(imageOf(bytes)), expected)).toBeLessThan(4);
  });

  it.each(Object.entries(kinds))('shows %s as it is', async (name, make) => {
    const bytes = await make();
    const expected = sharp(bytes).flatten({ background: '#fff' }).toColourspace('srgb');
    const view = viewOf(imageOf(bytes));
    // Without a profile print colours are converted plainly, by every reader in another way.
    expect(await differenceOf(view, await expected.resize(640, 512).toBuffer())).toBeLessThan(
      name.includes('print') ? 30 : 6,
    );
  });

  const differenceOf = async (one: Buffer, other: Buffer) => {
    const [a, b] = await Promise.all([rawOf(one), rawOf(other)]);
    expect([a.width, a.height]).toEqual([b.width, b.height]);
    return (
      a.data.reduce((sum, value, at) => sum + Math.abs(value - (b.data[at] as number)), 0) / a.data.length
    );
  };

  /** How much detail there is: the variance of the Laplacian. */
  const detailOf = async (bytes: Buffer) => {
    const { data, width, height } = await rawOf(bytes);
    const values: number[] = [];
    for (let y = 1; y < height - 1; y += 1)
      for (let x = 1; x < width - 1; x += 1) {
        const at = (by: number) => data[y * width + x + by] as number;
        values.push(4 * at(0) - at(1) - at(-1) - at(width) - at(-width));
      }
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  };

  /** Reads a row of text back from the pixels: of each cell, the character whose dots stand out most. */
  const textOf = async (view: Buffer, row: number) => {
    const { data, width } = await rawOf(view);
    const alphabet = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_:. '];
    const top = 13 + row * 40;
    let text = '';
    for (let left = 0; left + 12 <= width; left += 12) {
      const score = (character: string) => {
        const [lit, dark]: [number[], number[]] = [[], []];
        for (let y = 0; y < glyphHeight; y += 1)
          for (let x = 0; x < glyphWidth; x += 1) {
            const isLit = ((glyphOf(character)[y] as number) >> (glyphWidth - 1 - x)) & 1;
            (isLit ? lit : dark).push(data[(top + 2 * y) * width + left + 2 * x] as number);
          }
        const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
        // As if dots were of 180 and the rest of 60.
        return sum(lit.map((value) => value - 120)) + sum(dark.map((value) => 120 - value));
      };
      text += alphabet.reduce((best, one) => (score(one) > score(best) ? one : best));
    }
    return text;
  };

  it('carries who looks, when and at what in its pixels, from edge to edge', async () => {
    const dark = imageOf(await sharp(photo).linear(0.2).jpeg().toBuffer());
    const view = viewOf(dark, { lines });
    const whole = `${lines.join('   ')}   `.toUpperCase();
    const rows = await Promise.all([0, 1, 5, 11].map((row) => textOf(view, row)));
    rows.forEach((text, index) => {
      const from = ([0, 1, 5, 11][index] as number) * 11;
      expect(text).toBe(whole.repeat(5).slice(from, from + text.length));
    });
  });

  it('changes every part of a bright and of a dark photo', async () => {
    for (const shade of [0.2, 1]) {
      const image = imageOf(await sharp(photo).linear(shade).jpeg().toBuffer());
      const [marked, plain] = [await rawOf(viewOf(image, { lines })), await rawOf(viewOf(image))];
      for (let tile = 0; tile < 80; tile += 1) {
        const [left, top] = [(tile % 8) * 80, Math.floor(tile / 8) * 50];
        let changed = 0;
        for (let y = top; y < top + 50; y += 1)
          for (let x = left; x < left + 80; x += 1)
            if (Math.abs((marked.data[y * 640 + x] as number) - (plain.data[y * 640 + x] as number)) > 30)
              changed += 1;
        expect(changed).toBeGreaterThan(80);
      }
    }
  });

  it('is a dark field with the lines when the data turn out not to be a picture', async () => {
    const image = imageOf(photo);
    const scan = image.bytes.indexOf(Buffer.from('ffda', 'hex')) + 14;
    const noise = Buffer.from(image.bytes).fill(0xfe, scan, image.bytes.length - 2);
    const broken = [imageOf(noise), { ...image, width: 5_000, height: 5_000 }];
    for (const one of broken)
      expect(await textOf(viewOf(one, { lines }), 0)).toContain('THIS PICTURE CANNOT BE SHOWN');
  });

  describe.skipIf(!hasFaces)('of the labelled photos (../shared/faces, skipped without them)', () => {
    const faces = (folder: string) =>
      readdirSync(`${facesFolder}${folder}`).map(
        (name) => [name, readFileSync(`${facesFolder}${folder}${name}`)] as const,
      );

    it('leaves of a face, when blurred, less detail than a wall has', async () => {
      for (const [, bytes] of faces('people/').filter(([name]) => /^d0[12]_selfie/.test(name))) {
        const image = imageOf(bytes);
        expect(await detailOf(viewOf(image))).toBeGreaterThan(40);
        expect(await detailOf(viewOf(image, { blurred: true }))).toBeLessThan(3);
      }
    });

    it('comes after a check that takes and refuses the cases as it should', async () => {
      const refused = new Map<string, string>();
      for (const [name, bytes] of faces('cases/')) {
        const result = read(bytes);
        if (result.status === 'refused') refused.set(name, result.reason);
        else expect((await pixelsOf(result.bytes)).equals(await pixelsOf(bytes))).toBe(true);
      }
      expect(Object.fromEntries(refused)).toEqual({
        'broken_empty.jpg': 'empty',
        'broken_text.jpg': 'not-jpeg-or-png',
        'broken_truncated_d06.jpg': 'damaged',
        'format_webp_d06.webp': 'not-jpeg-or-png',
        'toosmall_60x60_d06.jpg': 'too-small',
      });
    });
  });
});
