import { crc32, deflateSync } from 'node:zlib';

const signature = Buffer.from('89504e470d0a1a0a', 'hex');

const chunk = (type: string, data: Uint8Array): Buffer => {
  const body = Buffer.concat([Buffer.from(type), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
};

/** Rows with the byte of their filter in front, which stays 0: nothing predicts noise. */
export const rowLength = (width: number): number => width + 1;

/**
 * A PNG of indices into a palette: four chunks and nothing else. By zlib itself: encoders in JavaScript take many
 * times as long as the whole task may.
 */
export const pngOf = (
  rows: Uint8Array,
  { width, height, palette, level }: { width: number; height: number; palette: Uint8Array; level: number },
): Buffer => {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width);
  header.writeUInt32BE(height, 4);
  // 8 bits for a pixel, by palette.
  header.set([8, 3], 8);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('PLTE', palette),
    chunk('IDAT', deflateSync(rows, { level, memLevel: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
};
