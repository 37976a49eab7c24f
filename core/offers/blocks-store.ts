import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { OfferMode } from '#contract/primitives.ts';
import type { Database, Item } from '#core/shared/dynamodb-store.ts';
import type { Block, BlockFacts, BlockState } from './block.ts';

/**
 * The block item. Attribute names are short because a claim must fit one write unit (1 KB) per item:
 * st state, ver version, ow owner, ca claimed at, dv claimed on, ci checked in at, h holder, hx held until,
 * rb released by, s0/s1 start and end, op opening, stn station, dr drop, am/cu pay, md mode,
 * di/cl/cm draw with its close and commitment, pa passes.
 */
export const blockKey = (blockId: string): Item => ({ pk: { S: `B#${blockId}` }, sk: { S: 'B' } });

export const blockItem = (block: BlockFacts, version: number, state: BlockState, ttl: number): Item => ({
  ...blockKey(block.blockId),
  st: { S: state },
  ver: { N: String(version) },
  stn: { S: block.stationId },
  dr: { S: block.dropId },
  s0: { N: String(block.startsAt) },
  s1: { N: String(block.endsAt) },
  op: { N: String(block.opensAt) },
  am: { N: String(block.amount) },
  cu: { S: block.currency },
  md: { S: block.mode },
  ...(block.drawId !== undefined && { di: { S: block.drawId } }),
  ...(block.closesAt !== undefined && { cl: { N: String(block.closesAt) } }),
  ...(block.commitment !== undefined && { cm: { S: block.commitment } }),
  ttl: { N: String(ttl) },
});

export const toBlock = (item: Item): Block => ({
  blockId: (item.pk?.S ?? '').slice(2),
  state: item.st?.S as BlockState,
  version: Number(item.ver?.N),
  stationId: item.stn?.S ?? '',
  dropId: item.dr?.S ?? '',
  startsAt: Number(item.s0?.N),
  endsAt: Number(item.s1?.N),
  opensAt: Number(item.op?.N),
  amount: Number(item.am?.N),
  currency: item.cu?.S ?? '',
  mode: item.md?.S as OfferMode,
  ...(item.di?.S !== undefined && { drawId: item.di.S }),
  ...(item.cl?.N !== undefined && { closesAt: Number(item.cl.N) }),
  ...(item.cm?.S !== undefined && { commitment: item.cm.S }),
  ...(item.pa?.N !== undefined && { passes: Number(item.pa.N) }),
  ...(item.ow?.S !== undefined && { owner: item.ow.S }),
  ...(item.dv?.S !== undefined && { claimedOn: item.dv.S }),
  ...(item.ci?.N !== undefined && { checkedInAt: Number(item.ci.N) }),
  ...(item.h?.S !== undefined && { holder: item.h.S, heldUntil: Number(item.hx?.N) }),
  ...(item.rb?.S !== undefined && { releasedBy: item.rb.S }),
});

/** Strongly consistent: what a claim or release whose answer got lost is decided by. */
export const readBlock = async (
  database: Database,
  table: string,
  blockId: string,
): Promise<Block | undefined> => {
  const { Item } = await database.send(
    new GetItemCommand({ TableName: table, Key: blockKey(blockId), ConsistentRead: true }),
  );
  return Item && toBlock(Item);
};
