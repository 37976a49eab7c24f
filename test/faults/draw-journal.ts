import { BatchGetItemCommand } from '@aws-sdk/client-dynamodb';
import type { Entry } from '#core/draws/draw.ts';
import { drawKey, entryKey, toEntry } from '#core/draws/entries-store.ts';
import type { Block } from '#core/offers/block.ts';
import { blockKey, toBlock } from '#core/offers/blocks-store.ts';
import type { Database, Item } from '#core/shared/dynamodb-store.ts';

/** All that a draw is about, as it is stored at one moment. */
export interface Picture {
  draw: Item;
  blocks: ReadonlyMap<string, Block>;
  /** By driver. */
  entries: ReadonlyMap<string, Entry>;
}

/** What one write did to the entry of a driver. */
export interface EntryEffect {
  driverId: string;
  to: Entry['state'];
}

interface Subject {
  drawId: string;
  /** Of the draw. */
  blockIds: readonly string[];
  otherBlockIds: readonly string[];
  driverIds: readonly string[];
}

export const takePicture = async (
  database: Database,
  table: string,
  { drawId, blockIds, otherBlockIds, driverIds }: Subject,
): Promise<Picture> => {
  const Keys = [
    drawKey(drawId),
    ...[...blockIds, ...otherBlockIds].map(blockKey),
    ...driverIds.map((driverId) => entryKey(drawId, driverId)),
  ];
  const answer = await database.send(
    new BatchGetItemCommand({ RequestItems: { [table]: { Keys, ConsistentRead: true } } }),
  );
  const items: Item[] = answer.Responses[table];
  const of = (prefix: string) => items.filter(({ pk }) => pk?.S?.startsWith(prefix));
  return {
    draw: of('P#')[0] ?? {},
    blocks: new Map(of('B#').map((item) => [toBlock(item).blockId, toBlock(item)])),
    entries: new Map(of('E#').map((item) => [item.sk?.S ?? '', toEntry(drawId, item)])),
  };
};

/** What really happened to a draw: looked at after each write that the engine carried out. */
export interface DrawJournal {
  asItIs(): Picture;
  /** Why no write may ever have led here, and what it did to entries. */
  note(after: Picture): { wrongs: string[]; effects: EntryEffect[] };
  /** Whether the driver ever had a block of the draw. */
  hadBlock(driverId: string, blockId: string): boolean;
}

const order = ['open', 'sealed', 'drawn'];
/** What never changes once it is there. */
const fixedOfDraw = ['d', 'se', 'sa', 'rd', 'rn', 'rc', 'rk', 'da', 'bs', 'pc', 'pn', 'fi'];
const firstVersion = 1;

const spelled = ({ state, version, owner }: Block) =>
  `${state} in version ${version} of ${owner ?? 'nobody'}`;

const isMove = (before: Block, after: Block): boolean => {
  const isSame = after.version === before.version;
  const isNext = after.version === before.version + 1;
  if (before.state === 'open') {
    if (after.state === 'taken') return isSame && after.owner !== undefined;
    return after.state === 'waiting' ? isNext && after.owner === undefined : false;
  }
  if (before.state === 'taken') return after.state === 'waiting' && isNext && after.owner === undefined;
  return before.state === 'waiting' && after.state === 'open' && isSame;
};

const wrongsOfBlock = (before: Block, after: Block): string[] => {
  const isAsBefore =
    before.state === after.state && before.version === after.version && before.owner === after.owner;
  return isAsBefore || isMove(before, after)
    ? []
    : [`${after.blockId} went from ${spelled(before)} to ${spelled(after)}`];
};

const wrongsOfDraw = (before: Item, after: Item): string[] => [
  ...fixedOfDraw
    .filter((name) => before[name] && JSON.stringify(before[name]) !== JSON.stringify(after[name]))
    .map((name) => `the draw's ${name} changed after it was fixed`),
  ...(order.indexOf(after.st?.S ?? '') < order.indexOf(before.st?.S ?? '') ? ['the draw went back'] : []),
];

/** What an entry says it has won is its driver's, or was, or is kept. */
const wrongsOfEntry = (before: Entry | undefined, after: Entry): string[] => {
  const { driverId, won, state, refusals } = after;
  if (before?.won !== undefined)
    return won === before.won && state === before.state
      ? []
      : [`${driverId}'s entry changed after it had won`];
  const wrongs: string[] = [];
  if (won !== undefined && state !== 'in') wrongs.push(`${driverId} won with an entry that had left`);
  if (won !== undefined && refusals[won] !== undefined)
    wrongs.push(`${driverId} won ${won}, which it was refused`);
  for (const [blockId, reason] of Object.entries(before?.refusals ?? {}))
    if (refusals[blockId] !== reason) wrongs.push(`${driverId} is told another reason against ${blockId}`);
  return wrongs;
};

const wrongsOfWins = ({ draw, blocks, entries }: Picture, blockIds: readonly string[]): string[] => {
  const wrongs: string[] = [];
  const ofDraw = blockIds.flatMap((blockId) => blocks.get(blockId) ?? []);
  for (const { blockId, version, owner } of ofDraw) {
    const winner = [...entries.values()].filter(({ won }) => won === blockId);
    if (winner.length > 1) wrongs.push(`${winner.map(({ driverId }) => driverId)} won ${blockId}`);
    if (version !== firstVersion) continue;
    if (owner !== undefined && entries.get(owner)?.won !== blockId)
      wrongs.push(`${owner} owns ${blockId}, which the entry has not won`);
    const [first] = winner;
    const { holder } = blocks.get(blockId) ?? {};
    if (first && owner !== first.driverId && holder !== first.driverId)
      wrongs.push(`${first.driverId} won ${blockId}, which is ${owner ?? holder ?? 'nobody'}'s`);
  }
  const isDecided = [...entries.values()].some(
    ({ won, refusals }) => won !== undefined || Object.keys(refusals).length > 0,
  );
  if (isDecided && draw.rd === undefined) wrongs.push('something was decided before the roll was published');
  return wrongs;
};

export const drawJournal = (first: Picture, blockIds: readonly string[]): DrawJournal => {
  let picture = first;
  const had = new Set<string>();
  return {
    asItIs: () => picture,
    hadBlock: (driverId, blockId) => had.has(`${driverId}>${blockId}`),
    note: (after) => {
      const before = picture;
      picture = after;
      const wrongs = [...wrongsOfDraw(before.draw, after.draw), ...wrongsOfWins(after, blockIds)];
      for (const block of after.blocks.values()) {
        wrongs.push(...wrongsOfBlock(before.blocks.get(block.blockId) ?? block, block));
        if (block.owner) had.add(`${block.owner}>${block.blockId}`);
      }
      const effects: EntryEffect[] = [];
      for (const entry of after.entries.values()) {
        const { driverId, state, choices } = entry;
        const earlier = before.entries.get(driverId);
        wrongs.push(...wrongsOfEntry(earlier, entry));
        if (earlier?.state !== state || String(earlier.choices) !== String(choices))
          effects.push({ driverId, to: state });
      }
      return { wrongs, effects };
    },
  };
};
