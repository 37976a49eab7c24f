import { crc32, inflateSync } from 'node:zlib';
import { need, refuse } from '../../attestation/verdict.ts';
import { exifWith, orientationOf } from './exif.ts';
import { needFilters, type PngHeader, readHeader, unpackedBytes } from './png-header.ts';
import { type ImageLimits, needSize, type SelfieImage } from './selfie-image.ts';

const signature = Buffer.from('89504e470d0a1a0a', 'hex');
/** A chunk of 8 KB makes 640 of 5 MB; each takes memory, and empty ones take no bytes. */
const mostChunks = 10_000;
/** Deflate packs at most 258 bytes into two bits. */
const mostPacked = 1_032;
/** Zlib looks for the end of its data once more when the room for them is full. */
const spareBytes = 1_024;

export const startsLikePng = (bytes: Buffer) => bytes.subarray(0, signature.length).equals(signature);

interface Chunk {
  type: string;
  data: Buffer;
}

const chunksOf = (bytes: Buffer): Chunk[] => {
  const chunks: Chunk[] = [];
  let position = signature.length;
  while (chunks.at(-1)?.type !== 'IEND') {
    need(position + 12 <= bytes.length && chunks.length < mostChunks, 'damaged');
    const end = position + 8 + bytes.readUInt32BE(position);
    need(end + 4 <= bytes.length, 'damaged');
    const type = bytes.toString('latin1', position + 4, position + 8);
    need(/^[a-zA-Z]{4}$/.test(type), 'damaged');
    need(crc32(bytes.subarray(position + 4, end)) === bytes.readUInt32BE(end), 'damaged');
    chunks.push({ type, data: bytes.subarray(position + 8, end) });
    position = end + 4;
  }
  // No phone appends anything to a PNG; zeros say nothing.
  for (const byte of bytes.subarray(position)) need(byte === 0, 'not-only-an-image');
  return chunks;
};

const chunk = (type: string, data: Buffer): Buffer => {
  const out = Buffer.alloc(data.length + 12);
  out.writeUInt32BE(data.length);
  out.write(type, 4, 'latin1');
  data.copy(out, 8);
  out.writeUInt32BE(crc32(out.subarray(4, 8 + data.length)), 8 + data.length);
  return out;
};

/** At most one of a type, and only before the data. */
const only = (chunks: readonly Chunk[], type: string): Buffer | undefined => {
  const indices = chunks.flatMap((chunk, index) => (chunk.type === type ? [index] : []));
  need(indices.length <= 1, 'damaged');
  need((indices[0] ?? -1) < chunks.findIndex((chunk) => chunk.type === 'IDAT'), 'damaged');
  return indices[0] === undefined ? undefined : chunks[indices[0]]?.data;
};

const needPalette = ({ colourType, depth }: PngHeader, palette: Buffer | undefined) => {
  need(colourType !== 3 || palette, 'damaged');
  if (!palette) return;
  need(colourType !== 0 && colourType !== 4, 'damaged');
  const most = colourType === 3 ? 2 ** depth : 256;
  need(palette.length > 0 && palette.length % 3 === 0 && palette.length <= 3 * most, 'damaged');
};

const needTransparency = (
  { colourType }: PngHeader,
  transparency: Buffer | undefined,
  palette: Buffer | undefined,
) => {
  if (!transparency) return;
  const lengths: Record<number, boolean> = {
    0: transparency.length === 2,
    2: transparency.length === 6,
    3: transparency.length > 0 && transparency.length * 3 <= (palette?.length ?? 0),
  };
  need(lengths[colourType], 'damaged');
};

/** Unpacks with the room that the header claims and no more, to see that the data are whole and nothing but pixels. */
const needPixels = (header: PngHeader, packed: Buffer, limits: ImageLimits) => {
  const expected = unpackedBytes(header);
  need(expected <= limits.mostUnpackedBytes, 'too-many-pixels');
  need(packed.length * mostPacked >= expected, 'damaged');
  let unpacked: { buffer: Buffer; engine: { bytesWritten: number } };
  try {
    // In one piece: pieces would be joined, which takes the memory twice.
    unpacked = inflateSync(packed, {
      chunkSize: expected + spareBytes,
      maxOutputLength: expected + spareBytes - 1,
      info: true,
    }) as unknown as typeof unpacked;
  } catch {
    return refuse('damaged');
  }
  need(unpacked.buffer.length === expected, 'damaged');
  need(unpacked.engine.bytesWritten === packed.length, 'not-only-an-image');
  needFilters(header, unpacked.buffer);
};

/**
 * A PNG (third edition) written anew: header, palette, transparency, data, and the orientation when it is not upright.
 * Readers may pass over any other chunk that is not critical, and so text, times, profiles and EXIF go. An animation is
 * several pictures, of which a person and a service might look at different ones.
 */
export const readPng = (bytes: Buffer, limits: ImageLimits): SelfieImage => {
  // The header alone decides whether the rest is looked at.
  need(bytes.length >= 33 && bytes.toString('latin1', 12, 16) === 'IHDR', 'damaged');
  need(bytes.readUInt32BE(8) === 13, 'damaged');
  const header = readHeader(bytes.subarray(16, 29));
  needSize(header.width, header.height, limits);

  const chunks = chunksOf(bytes);
  const types = chunks.map(({ type }) => type);
  need(!types.some((type) => ['acTL', 'fcTL', 'fdAT'].includes(type)), 'not-only-an-image');
  // A capital first letter says that no reader may pass over it.
  const critical = types.filter((type) => /^[A-Z]/.test(type));
  need(
    critical.every((type) => ['IHDR', 'PLTE', 'IDAT', 'IEND'].includes(type)),
    'damaged',
  );
  need(critical.lastIndexOf('IHDR') === 0 && chunks.at(-1)?.data.length === 0, 'damaged');
  const [first, last] = [types.indexOf('IDAT'), types.lastIndexOf('IDAT')];
  need(first > 0 && types.slice(first, last + 1).every((type) => type === 'IDAT'), 'damaged');

  const palette = only(chunks, 'PLTE');
  needPalette(header, palette);
  const transparency = only(chunks, 'tRNS');
  needTransparency(header, transparency, palette);
  const packed = Buffer.concat(chunks.slice(first, last + 1).map(({ data }) => data));
  needPixels(header, packed, limits);

  const orientation = orientationOf(chunks.find(({ type }) => type === 'eXIf')?.data ?? Buffer.alloc(0));
  const clean = Buffer.concat([
    signature,
    chunk('IHDR', bytes.subarray(16, 29)),
    ...(palette ? [chunk('PLTE', palette)] : []),
    ...(transparency ? [chunk('tRNS', transparency)] : []),
    ...(orientation === 1 ? [] : [chunk('eXIf', exifWith(orientation))]),
    chunk('IDAT', packed),
    chunk('IEND', Buffer.alloc(0)),
  ]);
  const { width, height } = header;
  return { status: 'image', type: 'image/png', width, height, orientation, bytes: clean };
};
