import type { RotationStore } from './rotation-store.ts';

export interface LeaveRotationsDeps {
  rotation: Pick<RotationStore, 'stationsOf' | 'leave'>;
}

/** Whoever has no account any more is asked for nothing, and stands in no order. Doing it again is harmless. */
export const leaveRotations = async ({ rotation }: LeaveRotationsDeps, driverId: string): Promise<number> => {
  const stations = await rotation.stationsOf(driverId);
  for (const stationId of stations)
    if ((await rotation.leave(stationId, driverId)) !== 'left')
      throw new Error('others write this rotation all the time');
  return stations.length;
};
