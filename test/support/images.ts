import { crc32, deflateSync } from 'node:zlib';
import jpeg from 'jpeg-js';

/** In all that must not be left of a file. */
export const canary = 'CANARY-4711';

/** A picture with a gradient and grain, the same in every run. */
export const aPhoto = ({ width = 200, height = 160, shade = 0 } = {}): Buffer => {
  const data = Buffer.alloc(width * height * 4, 255);
  let state = 1;
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      const grain = state >>> 27;
      data.set(
        [(x * 200) / width + grain, (y * 200) / height + grain, 60 + grain + shade],
        (y * width + x) * 4,
      );
    }
  return jpeg.encode({ width, height, data }, 90).data;
};

export const jpegSegment = (code: number, body: Uint8Array): Buffer => {
  const head = Buffer.from([0xff, code, 0, 0]);
  head.writeUInt16BE(body.length + 2, 2);
  return Buffer.concat([head, body]);
};

/** The JPEG with segments after its first marker. */
export const withSegments = (photo: Buffer, ...segments: readonly Buffer[]): Buffer =>
  Buffer.concat([photo.subarray(0, 2), ...segments, photo.subarray(2)]);

type Entry = readonly [tag: number, type: number, count: number, value: number];

/** A block of EXIF, little-endian, from the entries of its first directory and the bytes after it. */
export const aTiff = (
  entries: readonly Entry[],
  rest: Uint8Array = Buffer.alloc(0),
  count = entries.length,
) => {
  const head = Buffer.alloc(14 + entries.length * 12);
  head.write('II*\0', 'latin1');
  head.writeUInt32LE(8, 4);
  head.writeUInt16LE(count, 8);
  entries.forEach(([tag, type, many, value], index) => {
    const at = 10 + index * 12;
    head.writeUInt16LE(tag, at);
    head.writeUInt16LE(type, at + 2);
    head.writeUInt32LE(many, at + 4);
    head.writeUInt32LE(value, at + 8);
  });
  return Buffer.concat([head, rest]);
};

export const exifSegment = (tiff: Uint8Array) =>
  jpegSegment(0xe1, Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), tiff]));

export const orientationEntry = (orientation: number): Entry => [0x0112, 3, 1, orientation];

/** What phones write about themselves, the place and the person, and a small copy of the photo. */
export const phoneSegments = (orientation: number): Buffer[] => {
  const saying = (code: number, head: string) =>
    jpegSegment(code, Buffer.from(`${head}\0${canary} serial 12345 GPS 52.5200N`, 'latin1'));
  const thumbnail = Buffer.concat([Buffer.from(canary), aPhoto({ width: 32, height: 24 })]);
  const places: Entry[] = [
    [0x010f, 2, 12, 60],
    orientationEntry(orientation),
    [0x8825, 4, 1, 60],
    [0xa431, 2, 12, 60],
  ];
  return [
    exifSegment(aTiff(places, thumbnail)),
    saying(0xe1, 'http://ns.adobe.com/xap/1.0/'),
    saying(0xe2, 'ICC_PROFILE'),
    saying(0xe2, 'MPF'),
    saying(0xed, 'Photoshop 3.0'),
    saying(0xe5, 'Vendor'),
    saying(0xfe, 'comment'),
  ];
};

/** What Samsung's cameras append. */
export const samsungTrailer = (
  blocks: readonly { type: number; name: string; data: Uint8Array }[],
): Buffer => {
  const written = blocks.map(({ type, name, data }) => {
    const head = Buffer.alloc(8);
    head.writeUInt16LE(type, 2);
    head.writeUInt32LE(name.length, 4);
    return Buffer.concat([head, Buffer.from(name), data]);
  });
  const directory = Buffer.alloc(12 + 12 * blocks.length);
  directory.write('SEFH');
  directory.writeUInt32LE(107, 4);
  directory.writeUInt32LE(blocks.length, 8);
  let back = written.reduce((sum, { length }) => sum + length, 0);
  written.forEach((block, index) => {
    directory.writeUInt16LE((blocks[index] as { type: number }).type, 12 + 12 * index + 2);
    directory.writeUInt32LE(back, 12 + 12 * index + 4);
    directory.writeUInt32LE(block.length, 12 + 12 * index + 8);
    back -= block.length;
  });
  const tail = Buffer.alloc(8);
  tail.writeUInt32LE(directory.length);
  tail.write('SEFT', 4);
  return Buffer.concat([...written, directory, tail]);
};

/** Files that are another kind as well when they stand after a picture. */
export const otherFiles: Record<string, Buffer> = {
  'a ZIP archive': Buffer.concat([Buffer.from('504b0506', 'hex'), Buffer.alloc(18)]),
  'a web page': Buffer.from('<script>alert(1)</script>'),
  'a PDF': Buffer.from('%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer <<>>\n%%EOF'),
  'the video of a motion photo': Buffer.concat([
    Buffer.from('00000018', 'hex'),
    Buffer.from('ftypmp42'),
    Buffer.alloc(500, 7),
  ]),
  'one byte': Buffer.from('x'),
};

export const pngChunk = (type: string, data: Uint8Array = Buffer.alloc(0)): Buffer => {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
};

interface PngParts {
  width: number;
  height: number;
  colourType: number;
  /** What the data unpack to. */
  rows: Uint8Array;
  packed: Uint8Array;
  before: readonly Buffer[];
  between: readonly Buffer[];
  after: readonly Buffer[];
}

/** A grey PNG of 8 bits, unless parts say otherwise; its data in two chunks. */
export const aPng = (parts: Partial<PngParts> = {}): Buffer => {
  const { width = 100, height = 90, colourType = 0, before = [], between = [], after = [] } = parts;
  const rows = () => Buffer.alloc((width + 1) * height, 0).map((_, at) => (at % (width + 1) ? at % 251 : 0));
  const packed = parts.packed ?? deflateSync(parts.rows ?? rows());
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width);
  header.writeUInt32BE(height, 4);
  header.set([8, colourType], 8);
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    pngChunk('IHDR', header),
    ...before,
    pngChunk('IDAT', packed.subarray(0, 10)),
    ...between,
    pngChunk('IDAT', packed.subarray(10)),
    ...after,
    pngChunk('IEND'),
  ]);
};

/** The PNG with checksums that are right again after its bytes were changed, as far as its chunks can be followed. */
export const resealed = (png: Buffer): Buffer => {
  const out = Buffer.from(png);
  for (let at = 8; at + 12 <= out.length; ) {
    const end = at + 8 + out.readUInt32BE(at);
    if (end + 4 > out.length) break;
    out.writeUInt32BE(crc32(out.subarray(at + 4, end)), end);
    at = end + 4;
  }
  return out;
};

/** Small files that ask for memory: by their header, by their data, by their directories. */
export const bombs = (): Record<string, Buffer> => ({
  'a PNG of 40,000 x 40,000': aPng({ width: 40_000, height: 40_000, packed: deflateSync(Buffer.alloc(1e6)) }),
  'a PNG whose data unpack to 600 MB': aPng({ packed: deflateSync(Buffer.alloc(600_000_000), { level: 1 }) }),
  'a PNG that unpacks to all that is allowed': aPng({
    width: 4_000,
    height: 4_000,
    colourType: 6,
    packed: deflateSync(Buffer.alloc(16_001 * 4_000)),
  }),
  'a PNG of 400,000 empty chunks': aPng({ between: Array.from({ length: 400_000 }, () => pngChunk('IDAT')) }),
  'a JPEG of 800,000 empty tables': withSegments(
    aPhoto(),
    Buffer.concat(Array.from({ length: 800_000 }, () => jpegSegment(0xdd, Buffer.alloc(2)))),
  ),
  'a JPEG of 79 EXIF blocks whose directories point at themselves': withSegments(
    aPhoto(),
    ...Array.from({ length: 79 }, () =>
      exifSegment(
        aTiff(
          Array.from({ length: 5_000 }, (): Entry => [0x8769, 4, 1, 8]),
          Buffer.alloc(5_000),
          65_535,
        ),
      ),
    ),
  ),
});
