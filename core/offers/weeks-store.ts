import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { Database } from '#core/shared/dynamodb-store.ts';
import type { WeekShare } from './calendar.ts';
import { weekKey } from './claims-store.ts';

export interface WeeksStore {
  /** Whether the driver could claim a block with these shares now. The claim decides for itself. */
  hasRoom(driverId: string, shares: readonly WeekShare[], maxWeeklyMinutes: number): Promise<boolean>;
}

export const weeksStore = (database: Database, TableName: string): WeeksStore => ({
  hasRoom: async (driverId, shares, maxWeeklyMinutes) => {
    const fits = await Promise.all(
      shares.map(async ({ week, slots, minutes }) => {
        const { Item } = await database.send(
          new GetItemCommand({ TableName, Key: weekKey(driverId, week), ConsistentRead: true }),
        );
        const taken = new Set<number>((Item?.sl?.NS ?? []).map(Number));
        return (
          Number(Item?.mn?.N ?? 0) + minutes <= maxWeeklyMinutes && !slots.some((slot) => taken.has(slot))
        );
      }),
    );
    return fits.every(Boolean);
  },
});
