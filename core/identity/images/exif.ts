const orientationTag = 0x0112;
const short = 3;
/** Phones write about twenty into the first directory. */
const mostEntries = 64;
const entryLength = 12;
const upright = 1;

/**
 * The orientation that a block of EXIF (TIFF 6.0) states in its first directory. No other directory is followed, and
 * whatever is out of place means upright: a photo is not refused for what is dropped anyway.
 */
export const orientationOf = (tiff: Buffer): number => {
  if (tiff.length < 8) return upright;
  const order = tiff.toString('latin1', 0, 4);
  if (order !== 'II*\0' && order !== 'MM\0*') return upright;
  const little = order.startsWith('I');
  const u16 = (at: number) => (little ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at));
  const u32 = (at: number) => (little ? tiff.readUInt32LE(at) : tiff.readUInt32BE(at));
  const directory = u32(4);
  if (directory < 8 || directory + 2 > tiff.length) return upright;
  const entries = Math.min(u16(directory), mostEntries);
  for (let index = 0; index < entries; index += 1) {
    const entry = directory + 2 + index * entryLength;
    if (entry + entryLength > tiff.length) return upright;
    if (u16(entry) !== orientationTag) continue;
    const value = u16(entry + 8);
    const isValid = u16(entry + 2) === short && u32(entry + 4) === 1 && value >= 1 && value <= 8;
    return isValid ? value : upright;
  }
  return upright;
};

/** A block of EXIF with one directory, of one entry. */
export const exifWith = (orientation: number): Buffer => {
  const tiff = Buffer.alloc(26);
  tiff.write('MM\0*', 'latin1');
  tiff.writeUInt32BE(8, 4);
  tiff.writeUInt16BE(1, 8);
  tiff.writeUInt16BE(orientationTag, 10);
  tiff.writeUInt16BE(short, 12);
  tiff.writeUInt32BE(1, 14);
  tiff.writeUInt16BE(orientation, 18);
  return tiff;
};
