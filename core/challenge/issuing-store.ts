import { GetItemCommand, PutItemCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import type { HoldPolicy } from '#contract/risk-policy.ts';
import type { Block } from '#core/offers/block.ts';
import { toBlock } from '#core/offers/blocks-store.ts';
import { challengeHoldUpdate } from '#core/offers/holds.ts';
import { type Database, type WriteFailure, writeFailure } from '#core/shared/dynamodb-store.ts';
import { limitUpdate } from '#core/shared/limit.ts';
import type { Challenge } from './challenge.ts';
import { challengeItem, toChallenge } from './challenge-item.ts';
import { holdLimits } from './hold-limits.ts';
import { clearanceKey } from './keys.ts';
import type { Clearance } from './risk/decide.ts';

export type IssueAnswer =
  | { status: 'issued' }
  /** This challenge exists: as it is. */
  | { status: 'exists'; challenge: Challenge }
  /** No hold can be had: the budget of the driver, of the phone or of the block is used up. */
  | { status: 'no-hold' }
  /** The block is not open, or kept for another: as it is. */
  | { status: 'not-open'; block: Block | undefined }
  | Exclude<WriteFailure, { status: 'refused' }>;

/** What the function that takes claims does with challenges: it only makes them. */
export interface IssuingStore {
  /** What the driver's passes on this phone cover, as far as they still count. */
  readClearances(driverId: string, deviceId: string | undefined, now: number): Promise<Clearance[]>;
  /** One transaction: the challenge is there, the block is kept, and both are counted. */
  issueHolding(challenge: Challenge & { heldUntil: number }): Promise<IssueAnswer>;
  /** One conditional write: the challenge alone. */
  issue(challenge: Challenge): Promise<IssueAnswer>;
}

const isRoomLeft = (block: Block, { driverId, version, issuedAt }: Challenge): boolean =>
  block.state === 'open' &&
  block.version === version &&
  (block.holder === undefined || block.holder === driverId || (block.heldUntil ?? 0) < issuedAt);

export const issuingStore = (
  database: Database,
  { challenges, offers }: { challenges: string; offers: string },
  policy: HoldPolicy,
): IssuingStore => {
  const putNew = (challenge: Challenge) => ({
    TableName: challenges,
    Item: challengeItem(challenge),
    ConditionExpression: 'attribute_not_exists(pk)',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
  });
  return {
    readClearances: async (driverId, deviceId, now) => {
      const Key = clearanceKey(driverId, deviceId);
      const { Item } = await database.send(
        new GetItemCommand({ TableName: challenges, Key, ConsistentRead: true }),
      );
      return (JSON.parse(Item?.d?.S ?? '[]') as Clearance[]).filter(({ until }) => until > now);
    },
    issueHolding: async (challenge) => {
      const { issuedAt: at, heldUntil: until } = challenge;
      const budgetMs = policy.perBlockSeconds * 1_000;
      try {
        await database.send(
          new TransactWriteItemsCommand({
            TransactItems: [
              { Put: putNew(challenge) },
              { Update: challengeHoldUpdate(offers, { ...challenge, at }, { until, budgetMs }) },
              ...holdLimits(challenge, policy).map(({ limit, subject }) => ({
                Update: limitUpdate(challenges, limit, subject, at),
              })),
            ],
          }),
        );
        return { status: 'issued' };
      } catch (error) {
        const failure = writeFailure(error);
        if (failure.status !== 'refused') return failure;
        const [existing, block] = failure.reasons;
        if (existing?.Code === 'ConditionalCheckFailed' && existing.Item)
          return { status: 'exists', challenge: toChallenge(existing.Item) };
        if (block?.Code !== 'ConditionalCheckFailed') return { status: 'no-hold' };
        const asItIs = block.Item && toBlock(block.Item);
        return asItIs && isRoomLeft(asItIs, challenge)
          ? { status: 'no-hold' }
          : { status: 'not-open', block: asItIs };
      }
    },
    issue: async (challenge) => {
      try {
        await database.send(new PutItemCommand(putNew(challenge)));
        return { status: 'issued' };
      } catch (error) {
        const failure = writeFailure(error);
        if (failure.status !== 'refused') return failure;
        const item = failure.reasons[0]?.Item;
        return item ? { status: 'exists', challenge: toChallenge(item) } : { status: 'busy' };
      }
    },
  };
};
