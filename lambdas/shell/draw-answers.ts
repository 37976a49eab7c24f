import type { PublishedDraw } from '#contract/draw-record.ts';
import type * as contract from '#contract/draws.ts';
import type { AnswerOf } from '#contract/route.ts';
import type { DrawsStore } from '#core/draws/draws-store.ts';
import { type ReservedOffersDeps, reservedOffers } from '#core/draws/reserved-offers.ts';
import type { RotationStore } from '#core/draws/rotation-store.ts';
import { toOffer } from '#core/offers/list-offers.ts';
import type { KeyGenerations } from '#core/shared/key-generations.ts';
import { remembered } from '#core/shared/remembered.ts';
import type { Refusal } from './refusal.ts';

/** A draw that is over does not change. */
const forADay = { 'cache-control': 'public, max-age=86400, immutable' };

/** Whoever asks, and anybody may, is answered from memory. */
const records = remembered<PublishedDraw>(5);

export const lastingRecord = async (
  draws: Pick<DrawsStore, 'read' | 'record'>,
  drawId: string,
): Promise<AnswerOf<typeof contract.getDrawRecord> | Refusal> => {
  const published = records.get(drawId) ?? (await draws.record(drawId));
  if (!published) return { problem: (await draws.read(drawId)) ? 'draw-open' : 'unknown-draw' };
  records.set(drawId, published);
  return { status: 200, body: published, headers: forADay };
};

export const offersKept = async (
  deps: ReservedOffersDeps & { keys: () => Promise<KeyGenerations> },
  driverId: string,
): Promise<AnswerOf<typeof contract.listReservedOffers>> => {
  const [blocks, keys] = await Promise.all([reservedOffers(deps, driverId), deps.keys()]);
  return { status: 200, body: { offers: blocks.map((block) => toOffer(block, keys)) } };
};

export interface RotationDeps {
  rotation: RotationStore;
  stations: ReadonlySet<string>;
  /** How long a reserved block is kept for whom it is offered to. */
  minutes: number;
  now: () => number;
}

type Member = { stationId: string; driverId: string };

export const rotationShown = async (
  { rotation, stations, minutes }: RotationDeps,
  { stationId, driverId }: Member,
): Promise<AnswerOf<typeof contract.getRotation> | Refusal> =>
  stations.has(stationId)
    ? { status: 200, body: { stationId, ...(await rotation.place(stationId, driverId)), minutes } }
    : { problem: 'unknown-station' };

export const rotationJoined = async (
  deps: RotationDeps,
  member: Member,
): Promise<AnswerOf<typeof contract.joinRotation> | Refusal> => {
  const { stationId, driverId } = member;
  const isKnown = deps.stations.has(stationId);
  const joined = isKnown ? await deps.rotation.join(stationId, driverId, deps.now()) : undefined;
  return joined === 'try-again' ? { problem: 'try-again' } : rotationShown(deps, member);
};

export const rotationLeft = async (
  { rotation, stations }: RotationDeps,
  { stationId, driverId }: Member,
): Promise<AnswerOf<typeof contract.leaveRotation> | Refusal> => {
  if (!stations.has(stationId)) return { problem: 'unknown-station' };
  const left = await rotation.leave(stationId, driverId);
  return left === 'left' ? { status: 204, body: null } : { problem: 'try-again' };
};

export const memberOf = (
  { accountId: driverId }: { accountId: string },
  { stationId }: { stationId: string },
): Member => ({ driverId, stationId });
