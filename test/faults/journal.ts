import type { Block } from '#core/offers/block.ts';
import { weekShares } from '#core/offers/calendar.ts';

/** A change of owner that the engine carried out. */
export interface Effect {
  kind: 'claim' | 'release';
  driverId: string;
  version: number;
}

/** What really happened to the blocks: read back from the engine after each write that it carried out. */
export interface Journal {
  block(blockId: string): Block;
  /** Notes the block as it now is. Answers the move, or says why no write may ever have made it. */
  note(block: Block, now: number): Effect | string | undefined;
  /** The block that waited is open as it now is: not by a claim or a release. */
  offered(block: Block): void;
  /** Who got this version, still owned or not. */
  ownerOf(blockId: string, version: number): string | undefined;
  hasReleased(driverId: string, blockId: string): boolean;
  /** What stands between a driver and a block at this moment. */
  obstacles(driverId: string, block: Block): { overlap: boolean; hours: boolean };
}

const wholeOf = ({ state, version, owner }: Block) =>
  `${state} in version ${version} of ${owner ?? 'nobody'}`;

export const journal = (published: readonly Block[], maxWeeklyMinutes: number): Journal => {
  const blocks = new Map(published.map((block) => [block.blockId, block]));
  const owners = new Map<string, string>();
  const releases = new Set<string>();
  const known = (blockId: string) => {
    const block = blocks.get(blockId);
    if (!block) throw new Error(`block ${blockId} was never published`);
    return block;
  };
  const calendarOf = (driverId: string, except: string) =>
    [...blocks.values()]
      .filter(({ owner, blockId }) => owner === driverId && blockId !== except)
      .flatMap(({ startsAt, endsAt }) => weekShares(startsAt, endsAt));

  return {
    block: known,
    ownerOf: (blockId, version) => owners.get(`${blockId}@${version}`),
    hasReleased: (driverId, blockId) => releases.has(`${blockId}>${driverId}`),
    note: (after, now) => {
      const before = known(after.blockId);
      blocks.set(after.blockId, after);
      const { state, version, owner } = after;
      if (state === before.state && version === before.version && owner === before.owner) return undefined;
      const move = `moved from ${wholeOf(before)} to ${wholeOf(after)}`;
      if (before.state === 'open' && state === 'taken' && owner && version === before.version) {
        owners.set(`${after.blockId}@${version}`, owner);
        if (before.holder && before.holder !== owner && (before.heldUntil ?? 0) > now) {
          return `${move} while it was held for ${before.holder}`;
        }
        return { kind: 'claim', driverId: owner, version };
      }
      if (before.owner && state === 'waiting' && !owner && version === before.version + 1) {
        releases.add(`${after.blockId}>${before.owner}`);
        return { kind: 'release', driverId: before.owner, version: before.version };
      }
      return move;
    },
    offered: (block) => {
      blocks.set(block.blockId, block);
    },
    obstacles: (driverId, { blockId, startsAt, endsAt }) => {
      const taken = calendarOf(driverId, blockId);
      const wanted = weekShares(startsAt, endsAt);
      const meets = wanted.map(({ week, slots, minutes }) => {
        const same = taken.filter((share) => share.week === week);
        return {
          overlap: same.some((share) => share.slots.some((slot) => slots.includes(slot))),
          hours: same.reduce((sum, share) => sum + share.minutes, minutes) > maxWeeklyMinutes,
        };
      });
      return { overlap: meets.some(({ overlap }) => overlap), hours: meets.some(({ hours }) => hours) };
    },
  };
};
