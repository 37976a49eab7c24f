import { need } from '../../attestation/verdict.ts';

/** Samples of a pixel by type of colour, and the depths it may have (PNG, third edition, table 12). */
const colourTypes: Record<number, { samples: number; depths: readonly number[] }> = {
  0: { samples: 1, depths: [1, 2, 4, 8, 16] },
  2: { samples: 3, depths: [8, 16] },
  3: { samples: 1, depths: [1, 2, 4, 8] },
  4: { samples: 2, depths: [8, 16] },
  6: { samples: 4, depths: [8, 16] },
};

/** Passes of Adam7: first column and row, steps. */
const adam7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;
const inOnePass = [[0, 0, 1, 1]] as const;

export interface PngHeader {
  width: number;
  height: number;
  colourType: number;
  bitsPerPixel: number;
  depth: number;
  interlaced: boolean;
}

export const readHeader = (data: Buffer): PngHeader => {
  need(data.length === 13, 'damaged');
  const [width, height] = [data.readUInt32BE(0), data.readUInt32BE(4)];
  const [depth, colourType, compression, filter, interlace] = data.subarray(8) as unknown as number[];
  const type = colourTypes[colourType as number];
  need(type, 'damaged');
  need(type.depths.includes(depth as number), 'damaged');
  need(width > 0 && height > 0 && compression === 0 && filter === 0 && (interlace as number) <= 1, 'damaged');
  return {
    width,
    height,
    colourType: colourType as number,
    bitsPerPixel: type.samples * (depth as number),
    depth: depth as number,
    interlaced: interlace === 1,
  };
};

/** Rows as they are packed, pass by pass: how many, and of how many bytes, with the byte of their filter in front. */
const passesOf = ({ width, height, bitsPerPixel, interlaced }: PngHeader) =>
  (interlaced ? adam7 : inOnePass)
    .map(([x, y, right, down]) => ({
      columns: Math.max(0, Math.ceil((width - x) / right)),
      rows: Math.max(0, Math.ceil((height - y) / down)),
    }))
    .filter(({ columns, rows }) => columns > 0 && rows > 0)
    .map(({ columns, rows }) => ({ rows, rowBytes: 1 + Math.ceil((columns * bitsPerPixel) / 8) }));

/** How many bytes the data must unpack to. */
export const unpackedBytes = (header: PngHeader): number =>
  passesOf(header).reduce((sum, { rows, rowBytes }) => sum + rows * rowBytes, 0);

/** Every row begins with one of the five filters. */
export const needFilters = (header: PngHeader, unpacked: Buffer) => {
  let position = 0;
  for (const { rows, rowBytes } of passesOf(header))
    for (let row = 0; row < rows; row += 1) {
      need((unpacked[position] as number) <= 4, 'damaged');
      position += rowBytes;
    }
};
