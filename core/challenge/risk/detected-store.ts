import { DeleteItemCommand, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { type Database, type Item, partitionQuery } from '#core/shared/dynamodb-store.ts';
import { detectedKey, detectedPartition } from '../keys.ts';

/** Points by driver, from what the detector said of their accounts. */
export type DetectedAccounts = ReadonlyMap<string, number>;

/** Who stands out most comes first; a page of about 150 KB. */
const mostDetected = 2_000;

/** What is over by its time is not read any more, whenever it is deleted. */
export const readDetected = async (
  database: Database,
  table: string,
  now: number,
): Promise<DetectedAccounts> => {
  const { Items = [] }: { Items?: Item[] } = await database.send(
    new QueryCommand({ ...partitionQuery(table, detectedPartition), Limit: mostDetected }),
  );
  const points = new Map<string, number>();
  for (const { sk, un } of Items) {
    const [given, driverId = ''] = sk?.S?.split('#') ?? [];
    // The first of a driver has most points.
    if (Number(un?.N) > now && !points.has(driverId)) points.set(driverId, 9 - Number(given));
  }
  return points;
};

/** Behind the name: a case has a row of its own, so that neither it nor the detector ends what the other began. */
export type FrictionSource = '#case';

/** Friction in the account's claims until then: 2 points ask for silent work beside any other sign, 3 alone. */
export const putDetected = async (
  database: Database,
  TableName: string,
  driverId: string,
  { points, until, by }: { points: 2 | 3; until: number; by?: FrictionSource },
): Promise<void> => {
  await database.send(
    new PutItemCommand({
      TableName,
      Item: {
        ...detectedKey(driverId, points, by),
        un: { N: String(until) },
        ttl: { N: String(Math.ceil(until / 1_000)) },
      },
    }),
  );
};

/** A person said otherwise. */
export const deleteDetected = async (
  database: Database,
  TableName: string,
  driverId: string,
  by?: FrictionSource,
): Promise<void> => {
  for (const points of [2, 3])
    await database.send(new DeleteItemCommand({ TableName, Key: detectedKey(driverId, points, by) }));
};
