import type { CheckInPolicy, StationPosition } from '#contract/identity-policy.ts';
import { answeredOrUnread } from '#core/shared/dynamodb-store.ts';
import { maxTries, pause, type Surroundings } from '#core/shared/tries.ts';
import type { Block } from './block.ts';
import type { CheckInStore } from './check-in-store.ts';
import { metersBetween } from './distance.ts';

type BlockOfCheckIn = Pick<Block, 'blockId' | 'version' | 'stationId'>;

/**
 * Says whether who drives has to be seen first; `Due` is what the driver is told then. With `until`, only what was asked
 * for until then counts: `never` says that nothing was.
 */
export type GuardCheckIn<Due> = (
  who: { driverId: string; deviceId?: string },
  block: BlockOfCheckIn,
  until?: number,
) => Promise<
  { status: 'go' | 'never' } | { status: 'asked'; check: Due } | { status: 'refused'; code: 'try-again' }
>;

/** Spends a code that the staff gave this driver, for this block; again for the same block is no second use. */
export type SpendStaffCode = (
  code: string,
  who: { driverId: string },
  block: BlockOfCheckIn,
  now: number,
) => Promise<'spent' | 'invalid' | { retryAfterSeconds: number }>;

export interface CheckInDeps<Due> extends Surroundings {
  store: CheckInStore;
  guard: GuardCheckIn<Due>;
  spendStaffCode: SpendStaffCode;
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
  | { status: 'refused'; code: 'slow-down'; retryAfterSeconds: number }
  | {
      status: 'refused';
      code:
        | 'not-yours'
        | 'check-in-over'
        | 'wrong-device'
        | 'not-at-station'
        | 'staff-code-invalid'
        | 'try-again';
    }
);

/** A phone may be off by as much as it says, up to this. */
export const mostAccuracyMeters = 2_000;

const isAway = (station: StationPosition | undefined, position: Position | undefined) =>
  station !== undefined &&
  position !== undefined &&
  metersBetween(station, position) >
    station.radiusMeters + Math.min(position.accuracyMeters ?? 0, mostAccuracyMeters);

interface Arrival {
  driverId: string;
  deviceId?: string;
  blockId: string;
  position?: Position | undefined;
  /** Of the staff of the station, who have seen the driver and a document. */
  staffCode?: string | undefined;
}

/** Whether the driver may check in now; nothing, if so. The staff's word goes before what a phone says or lacks. */
const refusalOf = async <Due>(
  deps: CheckInDeps<Due>,
  block: Block,
  { driverId, deviceId, position, staffCode }: Arrival,
  now: number,
): Promise<Exclude<CheckInOutcome<Due>, { status: 'checked-in' | 'repeated' }> | undefined> => {
  const of = { block };
  const opensAt = block.startsAt - deps.policy.opensMinutesBefore * 60_000;
  const closesAt = block.startsAt + deps.policy.closesMinutesAfter * 60_000;
  if (now < opensAt) return { ...of, status: 'refused', code: 'too-early', opensAt };
  const isLate = now > closesAt;
  if (now > block.endsAt) return { ...of, status: 'refused', code: 'check-in-over' };
  if (staffCode !== undefined) {
    if (isLate) return { ...of, status: 'refused', code: 'check-in-over' };
    const spent = await deps.spendStaffCode(staffCode, { driverId }, block, now);
    if (typeof spent === 'object') return { ...of, status: 'refused', code: 'slow-down', ...spent };
    return spent === 'spent' ? undefined : { ...of, status: 'refused', code: 'staff-code-invalid' };
  }
  if (block.claimedOn !== undefined && block.claimedOn !== deviceId)
    return { ...of, status: 'refused', code: 'wrong-device' };
  if (isAway(deps.positions[block.stationId], position))
    return { ...of, status: 'refused', code: 'not-at-station' };
  const who = { driverId, ...(deviceId && { deviceId }) };
  // Who came in time and was asked may take the time that it takes: a slow way must not cost the block.
  const answer = await deps.guard(who, block, isLate ? closesAt : undefined);
  if (answer.status === 'never') return { ...of, status: 'refused', code: 'check-in-over' };
  return answer.status === 'go'
    ? undefined
    : { ...of, ...(answer as Exclude<typeof answer, { status: 'go' | 'never' }>) };
};

/**
 * Checks a driver in for a claimed block: in its time, at its station as far as a position was given, on the phone that
 * claimed it, and after who drives was seen where that was asked for; or by the staff's word for all of these but the
 * time. Nothing here takes a block away; the same request again is harmless.
 */
export const checkIn = async <Due>(
  deps: CheckInDeps<Due>,
  arrival: Arrival,
): Promise<CheckInOutcome<Due>> => {
  const now = deps.now();
  const { driverId, blockId } = arrival;
  for (let attempt = 1; attempt <= maxTries; attempt += 1) {
    const block = await answeredOrUnread(deps.store.read(blockId));
    if (block === 'unread') break;
    if (!block || block.owner !== driverId) return { status: 'refused', code: 'not-yours' };
    if (block.checkedInAt !== undefined) return { block, status: 'repeated', blockId, at: block.checkedInAt };
    const refusal = await refusalOf(deps, block, arrival, now);
    if (refusal) return refusal;
    const written = await deps.store.commit(block, now);
    if (written.status === 'done') return { block, status: 'checked-in', blockId, at: now };
    if (attempt < maxTries) await pause(deps);
  }
  return { status: 'refused', code: 'try-again' };
};
