import {
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { type Block, blockTransitions } from '#core/offers/block.ts';
import { blockKey, toBlock } from '#core/offers/blocks-store.ts';
import { type Database, type WriteFailure, writeFailure } from '#core/shared/dynamodb-store.ts';
import { announcement } from './announcement-store.ts';
import type { Draw, DrawSecret } from './draw.ts';
import { putDue } from './due-store.ts';

type Waiting = Pick<Block, 'blockId' | 'version'>;

export type OfferAnswer =
  | { status: 'done' }
  /** Not all of them wait in these versions: as they are, in the order given, where they are not. */
  | { status: 'refused'; blocks: (Block | undefined)[] }
  | Exclude<WriteFailure, { status: 'refused' }>;

/** Waiting blocks are offered again, and offered blocks that nobody took wait again. */
export interface OfferingStore {
  /**
   * One transaction: the draw is announced, and its blocks are open in it. At most 90 blocks. `drawsInVain`: how many of
   * theirs came before.
   */
  openInDraw(draw: Draw, secret: DrawSecret, expiresAt: number, drawsInVain?: number): Promise<OfferAnswer>;
  /**
   * One transaction: the block is kept for one driver until a time, at which it is looked at again. `alongside`: what is
   * written with it, or none of it is.
   */
  reserve(
    block: Waiting,
    to: { driverId: string; until: number; at: number },
    alongside?: readonly TransactWriteItem[],
  ): Promise<OfferAnswer>;
  /**
   * One conditional write: an open block waits in its next version, one more time offered in vain. `holder`: only while
   * it is still kept for this driver, whose time is over. A block that is kept for somebody otherwise is `refused`.
   */
  pass(block: Waiting, at: number, holder?: string): Promise<OfferAnswer>;
}

export const offeringStore = (database: Database, TableName: string): OfferingStore => {
  const offer = (
    { blockId, version }: Waiting,
    sets: string,
    values: Record<string, { S: string } | { N: string }>,
  ) => ({
    Update: {
      TableName,
      Key: blockKey(blockId),
      ConditionExpression: 'st = :from AND ver = :ver',
      UpdateExpression: `SET st = :to, ${sets}`,
      ExpressionAttributeValues: {
        ':from': { S: blockTransitions.offer.from },
        ':to': { S: blockTransitions.offer.to },
        ':ver': { N: String(version) },
        ...values,
      },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
    },
  });
  const answered = async (command: unknown): Promise<OfferAnswer> => {
    try {
      await database.send(command);
      return { status: 'done' };
    } catch (error) {
      const failure = writeFailure(error);
      if (failure.status !== 'refused') return failure;
      const blocks = failure.reasons.map(({ Code, Item }) =>
        Code === 'ConditionalCheckFailed' && Item ? toBlock(Item) : undefined,
      );
      return { status: 'refused', blocks };
    }
  };
  return {
    openInDraw: (draw, secret, expiresAt, drawsInVain = 0) =>
      answered(
        new TransactWriteItemsCommand({
          TransactItems: [
            ...draw.blocks.map((block) =>
              offer(
                block,
                'md = :draw, op = :opens, di = :id, cl = :closes, cm = :commitment, pa = :vain REMOVE h, hx',
                {
                  ':draw': { S: 'draw' },
                  ':opens': { N: String(draw.opensAt) },
                  ':id': { S: draw.drawId },
                  ':closes': { N: String(draw.closesAt) },
                  ':commitment': { S: draw.commitment },
                  ':vain': { N: String(drawsInVain) },
                },
              ),
            ),
            ...announcement(TableName, draw, secret, expiresAt),
          ],
        }),
      ),
    reserve: (block, { driverId, until, at }, alongside = []) =>
      answered(
        new TransactWriteItemsCommand({
          TransactItems: [
            offer(block, 'md = :reserved, op = :opens, cl = :until, h = :driver, hx = :until', {
              ':reserved': { S: 'reserved' },
              ':opens': { N: String(at) },
              ':until': { N: String(until) },
              ':driver': { S: driverId },
            }),
            putDue(TableName, { at: until, kind: 'offer', id: block.blockId }),
            ...alongside,
          ],
        }),
      ),
    pass: ({ blockId, version }, at, holder) =>
      answered(
        new UpdateItemCommand({
          TableName,
          Key: blockKey(blockId),
          ConditionExpression: `st = :from AND ver = :ver AND ${
            holder === undefined ? '(attribute_not_exists(h) OR hx < :at)' : 'h = :holder AND hx <= :at'
          }`,
          UpdateExpression: 'SET st = :to, ver = :next ADD pa :one REMOVE h, hx, hs, di, cl, cm',
          ExpressionAttributeValues: {
            ':from': { S: blockTransitions.pass.from },
            ':to': { S: blockTransitions.pass.to },
            ':ver': { N: String(version) },
            ':next': { N: String(version + 1) },
            ':one': { N: '1' },
            ':at': { N: String(at) },
            ...(holder !== undefined && { ':holder': { S: holder } }),
          },
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      ),
  };
};
