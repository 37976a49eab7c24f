import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { Platform } from '#contract/primitives.ts';
import { type Database, writeFailure } from '#core/shared/dynamodb-store.ts';
import { challengeKey } from './keys.ts';

/** G4: bound to an account, a platform and a purpose; good once. */
export interface DeviceChallenge {
  challengeId: string;
  challenge: string;
  accountId: string;
  platform: Platform;
  purpose: 'enrol';
  /** Milliseconds since the epoch; compared here, since DynamoDB deletes late. */
  expiresAt: number;
}

export interface ChallengesStore {
  issue(challenge: DeviceChallenge): Promise<void>;
  /** One conditional write: gives the challenge to the first who asks, and to nobody after. */
  consume(
    wanted: Pick<DeviceChallenge, 'challengeId' | 'accountId' | 'platform' | 'purpose'>,
    now: number,
  ): Promise<{ status: 'consumed'; challenge: string } | { status: 'invalid' } | { status: 'unknown' }>;
}

export const challengesStore = (database: Database, TableName: string): ChallengesStore => ({
  issue: async ({ challengeId, challenge, accountId, platform, purpose, expiresAt }) => {
    await database.send(
      new PutItemCommand({
        TableName,
        Item: {
          ...challengeKey(challengeId),
          ch: { S: challenge },
          ow: { S: accountId },
          pf: { S: platform },
          pu: { S: purpose },
          ex: { N: String(expiresAt) },
          ttl: { N: String(Math.ceil(expiresAt / 1_000)) },
        },
        ConditionExpression: 'attribute_not_exists(pk)',
      }),
    );
  },
  consume: async ({ challengeId, accountId, platform, purpose }, now) => {
    try {
      const { Attributes } = await database.send(
        new DeleteItemCommand({
          TableName,
          Key: challengeKey(challengeId),
          ConditionExpression: 'ow = :account AND pf = :platform AND pu = :purpose AND ex > :now',
          ExpressionAttributeValues: {
            ':account': { S: accountId },
            ':platform': { S: platform },
            ':purpose': { S: purpose },
            ':now': { N: String(now) },
          },
          ReturnValues: 'ALL_OLD',
        }),
      );
      return { status: 'consumed', challenge: Attributes.ch.S };
    } catch (error) {
      // Without an answer it may be gone: the phone asks for another.
      return { status: writeFailure(error).status === 'refused' ? 'invalid' : 'unknown' };
    }
  },
});
