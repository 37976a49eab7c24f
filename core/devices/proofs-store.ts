import { createHash } from 'node:crypto';
import { PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { proofLifetime } from '#core/attestation/dpop.ts';
import { playTokenLifetime } from '#core/attestation/play-integrity.ts';
import { type Database, writeFailure } from '#core/shared/dynamodb-store.ts';
import { counterKey } from './keys.ts';

/** `unknown`: no answer; nothing may be done on the strength of the proof. */
export type Use = 'first' | 'used' | 'unknown';

export interface ProofsStore {
  /** DP8: one conditional write. A try of the same request again is no second use. */
  useProof(proof: { jkt: string; jti: string }, requestId: string, now: number): Promise<Use>;
  /** AS4: one conditional write moves the counter of an App Attest key up. */
  advanceCounter(
    phone: { accountId: string; deviceId: string },
    counter: number,
    requestId: string,
  ): Promise<Use>;
}

/**
 * Longer than anything that is good once here may be accepted: a proof for 65 seconds, a Play Integrity token for 130.
 * The minute is for clocks of functions that differ.
 */
const keptSeconds = Math.max(proofLifetime, playTokenLifetime) + 60;

export const proofsStore = (database: Database, table: string): ProofsStore => {
  const use = async (command: unknown): Promise<Use> => {
    try {
      await database.send(command);
      return 'first';
    } catch (error) {
      return writeFailure(error).status === 'refused' ? 'used' : 'unknown';
    }
  };
  return {
    useProof: ({ jkt, jti }, requestId, now) =>
      use(
        new PutItemCommand({
          TableName: table,
          Item: {
            pk: { S: `P#${createHash('sha256').update(`${jkt}#${jti}`).digest('base64url')}` },
            sk: { S: 'P' },
            rq: { S: requestId },
            ttl: { N: String(Math.floor(now / 1_000) + keptSeconds) },
          },
          ConditionExpression: 'attribute_not_exists(pk) OR rq = :request',
          ExpressionAttributeValues: { ':request': { S: requestId } },
        }),
      ),
    advanceCounter: ({ accountId, deviceId }, counter, requestId) =>
      use(
        new UpdateItemCommand({
          TableName: table,
          Key: counterKey(accountId, deviceId),
          // AS7: a phone that is not enrolled any more has no counter.
          ConditionExpression:
            'attribute_exists(pk) AND (ct < :counter OR (ct = :counter AND rq = :request))',
          UpdateExpression: 'SET ct = :counter, rq = :request',
          ExpressionAttributeValues: { ':counter': { N: String(counter) }, ':request': { S: requestId } },
        }),
      ),
  };
};
