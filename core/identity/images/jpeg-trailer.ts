import { need } from '../../attestation/verdict.ts';
import { startsLikeJpeg, walkJpeg } from './walk-jpeg.ts';

/** Phones append a gain map, a depth map, a preview. */
const mostMorePictures = 8;
/** A few hundred bytes from a camera; a video takes megabytes. */
const mostSamsungBytes = 64 * 1024;
const mostSamsungBlocks = 64;

const afterZeros = (bytes: Buffer, from: number): number => {
  let position = from;
  while (bytes[position] === 0) position += 1;
  return position;
};

/**
 * What Samsung's cameras append, as ExifTool describes it: blocks (two zero bytes, a type, a name with its length, data),
 * a directory `SEFH` of them with offsets backwards from itself, its length, `SEFT`. The blocks cover every byte, so
 * that nothing else lies between them.
 */
const isSamsungTrailer = (bytes: Buffer): boolean => {
  if (bytes.length < 20 || bytes.length > mostSamsungBytes) return false;
  if (bytes.toString('latin1', bytes.length - 4) !== 'SEFT') return false;
  const directory = bytes.length - 8 - bytes.readUInt32LE(bytes.length - 8);
  if (directory < 0 || directory + 20 > bytes.length) return false;
  if (bytes.toString('latin1', directory, directory + 4) !== 'SEFH') return false;
  const count = bytes.readUInt32LE(directory + 8);
  if (count < 1 || count > mostSamsungBlocks || directory + 12 + 12 * count + 8 !== bytes.length)
    return false;
  const blocks = Array.from({ length: count }, (_, index) => {
    const entry = directory + 12 + 12 * index;
    const start = directory - bytes.readUInt32LE(entry + 4);
    return { type: bytes.readUInt16LE(entry + 2), start, end: start + bytes.readUInt32LE(entry + 8) };
  }).sort((one, other) => one.start - other.start);
  let position = blocks[0]?.start ?? -1;
  if (position < 0 || afterZeros(bytes, 0) < position) return false;
  for (const { type, start, end } of blocks) {
    if (start !== position || end < start + 8 || end > directory) return false;
    if (bytes.readUInt16LE(start) !== 0 || bytes.readUInt16LE(start + 2) !== type) return false;
    const nameEnd = start + 8 + bytes.readUInt32LE(start + 4);
    if (nameEnd > end || !/^\w{1,64}$/.test(bytes.toString('latin1', start + 8, nameEnd))) return false;
    position = end;
  }
  return position === directory;
};

/**
 * What may follow the end of a photo, although it is cut off and never kept: what most phones write without being
 * asked. Zeros; whole pictures when the photo declares them (CIPA DC-007, Multi-Picture Format: gain maps of HDR
 * photos); the notes of Samsung's cameras. Everything else makes it a file of two kinds: archives, pages, programs, and
 * the video of a motion photo, whose driver can turn it off.
 */
export const needHarmlessTrailer = (bytes: Buffer, end: number, declaresMore: boolean) => {
  let position = end;
  for (let count = 0; declaresMore && count < mostMorePictures; count += 1) {
    const next = afterZeros(bytes, position);
    if (!startsLikeJpeg(bytes, next)) break;
    position = walkJpeg(bytes, next).end;
  }
  need(
    afterZeros(bytes, position) === bytes.length || isSamsungTrailer(bytes.subarray(position)),
    'not-only-an-image',
  );
};
