import { PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { type Database, writeFailure } from '#core/shared/dynamodb-store.ts';
import { secondsOf, sessionKey } from './keys.ts';

/** A session of the liveness component, bound to the driver and phone that opened it. */
export interface MovementSession {
  driverId: string;
  sessionId: string;
  deviceId?: string;
  /** With a check: its id. Left out: for a reference. */
  checkId?: string;
  /** Of the consent that it was opened under. */
  epoch: number;
  expiresAt: number;
}

export interface SessionsStore {
  create(session: MovementSession): Promise<void>;
  /** Marks it as used and gives it; nothing when it is over, used, or of another phone. */
  use(
    driverId: string,
    sessionId: string,
    deviceId: string | undefined,
    now: number,
  ): Promise<MovementSession | undefined>;
  /** It was not finished: it may be used again. */
  giveBack(session: MovementSession): Promise<void>;
}

export const sessionsStore = (database: Database, TableName: string): SessionsStore => ({
  create: async ({ driverId, sessionId, deviceId, checkId, epoch, expiresAt }) => {
    await database.send(
      new PutItemCommand({
        TableName,
        Item: {
          ...sessionKey(driverId, sessionId),
          dv: { S: deviceId ?? '' },
          ...(checkId && { ck: { S: checkId } }),
          ep: { N: String(epoch) },
          ex: { N: String(expiresAt) },
          ttl: { N: String(secondsOf(expiresAt) + 86_400) },
        },
      }),
    );
  },
  use: async (driverId, sessionId, deviceId, now) => {
    try {
      const { Attributes } = await database.send(
        new UpdateItemCommand({
          TableName,
          Key: sessionKey(driverId, sessionId),
          ConditionExpression: 'attribute_not_exists(us) AND ex > :now AND dv = :dv',
          UpdateExpression: 'SET us = :now',
          ExpressionAttributeValues: { ':now': { N: String(now) }, ':dv': { S: deviceId ?? '' } },
          ReturnValues: 'ALL_NEW',
        }),
      );
      return {
        driverId,
        sessionId,
        ...(deviceId && { deviceId }),
        ...(Attributes?.ck?.S && { checkId: Attributes.ck.S }),
        epoch: Number(Attributes?.ep?.N),
        expiresAt: Number(Attributes?.ex?.N),
      };
    } catch (error) {
      if (writeFailure(error).status === 'refused') return undefined;
      throw error;
    }
  },
  giveBack: async ({ driverId, sessionId }) => {
    await database.send(
      new UpdateItemCommand({
        TableName,
        Key: sessionKey(driverId, sessionId),
        UpdateExpression: 'REMOVE us',
        ConditionExpression: 'attribute_exists(pk)',
      }),
    );
  },
});
