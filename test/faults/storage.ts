import { BatchGetItemCommand } from '@aws-sdk/client-dynamodb';
import type { Block } from '#core/offers/block.ts';
import { blockKey, toBlock } from '#core/offers/blocks-store.ts';
import { weekShares } from '#core/offers/calendar.ts';
import type { Database, Item } from '#core/shared/dynamodb-store.ts';
import type { Journal } from './journal.ts';

interface Asked {
  database: Database;
  table: string;
  journal: Pick<Journal, 'block'>;
  blocks: readonly { blockId: string; startsAt: number; endsAt: number }[];
  drivers: readonly { driverId: string }[];
  maxWeeklyMinutes: number;
}

const weekItemKey = (driverId: string, week: string): Item => ({
  pk: { S: `D#${driverId}` },
  sk: { S: `W#${week}` },
});
const sorted = (values: Iterable<string | number>) => [...values].map(String).sort().join();

/** What the stored items themselves say against the claims: overlaps, calendars that differ, lost hours. */
export const contradictions = async ({
  database,
  table,
  journal,
  blocks,
  drivers,
  maxWeeklyMinutes,
}: Asked) => {
  const weeks = [
    ...new Set(
      blocks.flatMap(({ startsAt, endsAt }) => weekShares(startsAt, endsAt)).map(({ week }) => week),
    ),
  ];
  const Keys = [
    ...blocks.map(({ blockId }) => blockKey(blockId)),
    ...drivers.flatMap(({ driverId }) => weeks.map((week) => weekItemKey(driverId, week))),
  ];
  const answer = await database.send(
    new BatchGetItemCommand({ RequestItems: { [table]: { Keys, ConsistentRead: true } } }),
  );
  const items: Item[] = answer.Responses[table];
  const stored = items.filter(({ pk }) => pk?.S?.startsWith('B#')).map(toBlock);
  const found: string[] = [];
  if (stored.length !== blocks.length) found.push(`${stored.length} of ${blocks.length} blocks are stored`);
  for (const block of stored) {
    const noted = journal.block(block.blockId);
    if (block.version !== noted.version || block.owner !== noted.owner || block.state !== noted.state) {
      found.push(`${block.blockId} is not as its last write left it`);
    }
    if ((block.state === 'taken') !== (block.owner !== undefined)) {
      found.push(`${block.blockId} is ${block.state} with the owner ${block.owner}`);
    }
  }
  for (const { driverId } of drivers) {
    const owned = stored.filter(({ owner }) => owner === driverId);
    for (const [index, one] of owned.entries()) {
      for (const other of owned.slice(index + 1)) {
        if (one.startsAt < other.endsAt && other.startsAt < one.endsAt) {
          found.push(`${driverId} owns ${one.blockId} and ${other.blockId}, which overlap`);
        }
      }
    }
    for (const week of weeks)
      found.push(...weekContradictions(driverId, week, owned, items, maxWeeklyMinutes));
  }
  return found;
};

const weekContradictions = (
  driverId: string,
  week: string,
  owned: readonly Block[],
  items: readonly Item[],
  maxWeeklyMinutes: number,
) => {
  const found: string[] = [];
  const differ = (what: string, is: string, due: string) => {
    if (is !== due) found.push(`${driverId} in week ${week} has ${what} [${is}], owned blocks give [${due}]`);
  };
  const item = items.find(({ pk, sk }) => pk?.S === `D#${driverId}` && sk?.S === `W#${week}`);
  const shares = owned.flatMap(({ blockId, startsAt, endsAt }) =>
    weekShares(startsAt, endsAt)
      .filter((share) => share.week === week)
      .map((share) => ({ ...share, blockId })),
  );
  const minutes = shares.reduce((sum, share) => sum + share.minutes, 0);
  differ('slots', sorted(item?.sl?.NS ?? []), sorted(shares.flatMap(({ slots }) => slots)));
  differ('blocks', sorted(item?.bl?.SS ?? []), sorted(shares.map(({ blockId }) => blockId)));
  differ('minutes', item?.mn?.N ?? '0', String(minutes));
  if (minutes > maxWeeklyMinutes) found.push(`${driverId} works ${minutes} minutes in week ${week}`);
  return found;
};
