import type { CheckInPolicy, StationPosition } from '#contract/identity-policy.ts';
import { answeredOrUnread } from '#core/shared/dynamodb-store.ts';
import { maxTries, pause, type Surroundings } from '#core/shared/tries.ts';
import type { Block } from './block.ts';
import type { CheckInStore } from './check-in-store.ts';

/** Says whether who drives has to be seen first; `Due` is what the driver is told then. */
export type GuardCheckIn<Due> = (
  who: { driverId: string; deviceId?: string },
  block: { blockId: string; version: number; stationId: string },
) => Promise<{ status: 'go' } | { status: 'asked'; check: Due } | { status: 'refused'; code: 'try-again' }>;

export interface CheckInDeps<Due> extends Surroundings {
  store: CheckInStore;
  guard: GuardCheckIn<Due>;
  policy: CheckInPolicy;
  /** Of the stations that have one. */
  positions: Readonly<Record<string, StationPosition>>;
}

export interface Position {
  latitude: number;
  longitude: number;
  accuracyMeters?: number | undefined;
}

export type CheckInOutcome<Due> = { block?: Pick<Block, 'blockId' | 'version' | 'stationId'> } & (
  | { status: 'checked-in' | 'repeated'; blockId: string; at: number }
  | { status: 'asked'; check: Due }
  | { status: 'refused'; code: 'too-early'; opensAt: number }
  | {
      status: 'refused';
      code: 'not-yours' | 'check-in-over' | 'wrong-device' | 'not-at-station' | 'try-again';
    }
);

const earthRadiusMeters = 6_371_000;
const radians = (degrees: number) => (degrees * Math.PI) / 180;

/** On a sphere, by the haversine formula: within half a percent, which is nothing beside what phones are off by. */
export const metersBetween = (a: Position, b: Position): number => {
  const [latitude, longitude] = [radians(b.latitude - a.latitude), radians(b.longitude - a.longitude)];
  const chord =
    Math.sin(latitude / 2) ** 2 +
    Math.cos(radians(a.latitude)) * Math.cos(radians(b.latitude)) * Math.sin(longitude / 2) ** 2;
  return 2 * earthRadiusMeters * Math.asin(Math.min(1, Math.sqrt(chord)));
};

/** A phone may be off by as much as it says, up to this. */
const mostAccuracyMeters = 2_000;

const isAway = (station: StationPosition | undefined, position: Position | undefined) =>
  station !== undefined &&
  position !== undefined &&
  metersBetween(station, position) >
    station.radiusMeters + Math.min(position.accuracyMeters ?? 0, mostAccuracyMeters);

/**
 * Checks a driver in for a claimed block: in its time, at its station as far as a position was given, on the phone that
 * claimed it, and after who drives was seen where that was asked for. Nothing here takes a block away; the same request
 * again is harmless.
 */
export const checkIn = async <Due>(
  deps: CheckInDeps<Due>,
  {
    driverId,
    deviceId,
    blockId,
    position,
  }: {
    driverId: string;
    deviceId?: string;
    blockId: string;
    position?: Position | undefined;
  },
): Promise<CheckInOutcome<Due>> => {
  const now = deps.now();
  for (let attempt = 1; attempt <= maxTries; attempt += 1) {
    const block = await answeredOrUnread(deps.store.read(blockId));
    if (block === 'unread') break;
    if (!block || block.owner !== driverId) return { status: 'refused', code: 'not-yours' };
    const of = { block };
    if (block.checkedInAt !== undefined) return { ...of, status: 'repeated', blockId, at: block.checkedInAt };
    const opensAt = block.startsAt - deps.policy.opensMinutesBefore * 60_000;
    if (now < opensAt) return { ...of, status: 'refused', code: 'too-early', opensAt };
    if (now > block.startsAt + deps.policy.closesMinutesAfter * 60_000)
      return { ...of, status: 'refused', code: 'check-in-over' };
    if (block.claimedOn !== undefined && block.claimedOn !== deviceId)
      return { ...of, status: 'refused', code: 'wrong-device' };
    if (isAway(deps.positions[block.stationId], position))
      return { ...of, status: 'refused', code: 'not-at-station' };
    const answer = await deps.guard({ driverId, ...(deviceId && { deviceId }) }, block);
    if (answer.status !== 'go') return { ...of, ...answer };
    const written = await deps.store.commit(block, now);
    if (written.status === 'done') return { ...of, status: 'checked-in', blockId, at: now };
    if (attempt < maxTries) await pause(deps);
  }
  return { status: 'refused', code: 'try-again' };
};
