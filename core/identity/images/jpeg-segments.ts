import { need } from '../../attestation/verdict.ts';

/** Codes of markers (ITU-T T.81 table B.1) that readers act on. */
export const markers = {
  baseline: 0xc0,
  extended: 0xc1,
  progressive: 0xc2,
  huffmanTables: 0xc4,
  start: 0xd8,
  end: 0xd9,
  scan: 0xda,
  quantisationTables: 0xdb,
  restartInterval: 0xdd,
  app0: 0xe0,
  app1: 0xe1,
  app2: 0xe2,
  app14: 0xee,
  app15: 0xef,
  comment: 0xfe,
} as const;

interface Component {
  id: number;
  across: number;
  down: number;
}

export interface Frame {
  progressive: boolean;
  width: number;
  height: number;
  components: readonly Component[];
}

/**
 * B.2.2. Eight bits, and grey, colour or print colours: what phones write and services read. A height of 0, which a
 * later marker would state, is read by none of them.
 */
export const readFrame = (code: number, body: Buffer): Frame => {
  need(body.length >= 6, 'damaged');
  const count = body[5] as number;
  need(body.length === 6 + 3 * count, 'damaged');
  need(body[0] === 8 && (count === 1 || count === 3 || count === 4), 'not-jpeg-or-png');
  const components = Array.from({ length: count }, (_, index) => {
    const [id, sampling, table] = body.subarray(6 + 3 * index) as unknown as [number, number, number];
    return { id, across: sampling >> 4, down: sampling & 15, table };
  });
  for (const { across, down, table } of components)
    need(across >= 1 && across <= 4 && down >= 1 && down <= 4 && table <= 3, 'damaged');
  need(new Set(components.map(({ id }) => id)).size === count, 'damaged');
  const [height, width] = [body.readUInt16BE(1), body.readUInt16BE(3)];
  need(width > 0 && height > 0, 'damaged');
  return { progressive: code === markers.progressive, width, height, components };
};

/**
 * The fewest bytes that the frame's data can take: a block costs at least one bit for its mean, and one for its end
 * unless it is progressive. Fewer mean that the header lies about the size, or that data are missing.
 */
export const fewestDataBytes = ({ progressive, width, height, components }: Frame): number => {
  const most = (side: 'across' | 'down') => Math.max(...components.map((component) => component[side]));
  const [mostAcross, mostDown] = [most('across'), most('down')];
  const blocks = components.reduce(
    (sum, { across, down }) =>
      sum +
      Math.ceil(Math.ceil((width * across) / mostAcross) / 8) *
        Math.ceil(Math.ceil((height * down) / mostDown) / 8),
    0,
  );
  return Math.floor((blocks * (progressive ? 1 : 2)) / 8);
};

/** B.2.4.1: nothing lies between the tables or after them. */
export const needQuantisationTables = (body: Buffer) => {
  let position = 0;
  while (position < body.length) {
    const initial = body[position] as number;
    need(initial >> 4 <= 1 && (initial & 15) <= 3, 'damaged');
    position += 1 + (initial >> 4 ? 128 : 64);
  }
  need(position === body.length && position > 0, 'damaged');
};

/** B.2.4.2. Codes of each length must fit among those that shorter ones left. */
export const needHuffmanTables = (body: Buffer) => {
  let position = 0;
  while (position < body.length) {
    const initial = body[position] as number;
    need(initial >> 4 <= 1 && (initial & 15) <= 3 && position + 17 <= body.length, 'damaged');
    let [room, values] = [1, 0];
    for (const count of body.subarray(position + 1, position + 17)) {
      room = room * 2 - count;
      values += count;
      need(room >= 0, 'damaged');
    }
    need(values >= 1 && values <= 256, 'damaged');
    position += 17 + values;
  }
  need(position === body.length && position > 0, 'damaged');
};

/** B.2.3: the components whose data follow. */
export const readScan = (body: Buffer, frame: Frame): readonly Component[] => {
  const count = body[0] ?? 0;
  need(count >= 1 && count <= 4 && body.length === 4 + 2 * count, 'damaged');
  const components = Array.from({ length: count }, (_, index) => {
    const component = frame.components.find(({ id }) => id === body[1 + 2 * index]);
    const tables = body[2 + 2 * index] as number;
    need(component && tables >> 4 <= 3 && (tables & 15) <= 3, 'damaged');
    return component;
  });
  need(new Set(components).size === count, 'damaged');
  // At most ten blocks lie in a unit of several components.
  const blocks = components.reduce((sum, { across, down }) => sum + across * down, 0);
  need(count === 1 || blocks <= 10, 'damaged');
  if (!frame.progressive) return components;
  // G.1.1.1.1: means come by themselves, and only they for several components at once.
  const [first, last] = [body[1 + 2 * count] as number, body[2 + 2 * count] as number];
  need(first <= last && last <= 63, 'damaged');
  need(first === 0 ? last === 0 : count === 1, 'damaged');
  return components;
};
