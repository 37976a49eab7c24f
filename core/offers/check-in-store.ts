import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { type Database, type WriteFailure, writeFailure } from '#core/shared/dynamodb-store.ts';
import { type Block, blockTransitions } from './block.ts';
import { blockKey, readBlock } from './blocks-store.ts';

export interface CheckInStore {
  read(blockId: string): Promise<Block | undefined>;
  /** One conditional write: the block as it was read, with this owner in this version, is checked in. */
  commit(block: Block, at: number): Promise<{ status: 'done' } | WriteFailure>;
}

export const checkInStore = (database: Database, TableName: string): CheckInStore => ({
  read: (blockId) => readBlock(database, TableName, blockId),
  commit: async ({ blockId, version, owner = '' }, at) => {
    const { from, to } = blockTransitions.checkIn;
    try {
      await database.send(
        new UpdateItemCommand({
          TableName,
          Key: blockKey(blockId),
          ConditionExpression: 'st = :from AND ver = :ver AND ow = :driver',
          UpdateExpression: 'SET st = :to, ci = :at',
          ExpressionAttributeValues: {
            ':from': { S: from },
            ':to': { S: to },
            ':ver': { N: String(version) },
            ':driver': { S: owner },
            ':at': { N: String(at) },
          },
        }),
      );
      return { status: 'done' };
    } catch (error) {
      return writeFailure(error);
    }
  },
});
