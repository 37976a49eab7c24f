import type { BlockFacts } from '#core/offers/block.ts';
import { signOffer } from '#core/offers/offer-token.ts';
import { publishingStore } from '#core/offers/publishing-store.ts';
import { aBlock as aTestBlock, someKeys } from '#test/support/builders.ts';
import type { Engine } from './engine.ts';

const twoHours = 2 * 3_600_000;
const week = 7 * 24 * 3_600_000;

/** As the stages set them: they shape the conditions and the items. */
export const maxWeeklyMinutes = 2_400;
export const recordRetentionDays = 400;

/** Monday 00:00 UTC, one to two weeks ahead, so that no block has begun and none crosses the end of its week. */
const monday = (() => {
  const firstOfEpoch = 4 * 24 * 3_600_000;
  return Math.floor((Date.now() - firstOfEpoch) / week) * week + firstOfEpoch + 2 * week;
})();

/** Start of the n-th of the blocks that fit one driver's week without an overlap. */
export const startOf = (index: number, length = twoHours): number => monday + index * length;
/** So many blocks of two hours make a full week. */
export const blocksPerWeek = 20;

export const aBlock = (facts: Partial<BlockFacts> = {}): BlockFacts =>
  aTestBlock({ startsAt: monday, ...facts });

/** As the identity provider names accounts: 36 characters, which count towards the size of items. */
export const aDriver = (number: number): string =>
  `bec00000-0000-4000-8000-${String(number).padStart(12, '0')}`;

/** Version of a block that was never released. */
export const version = 1;
export const offerTokenOf = (block: BlockFacts): string => signOffer(someKeys, { ...block, version });

/** As many as DynamoDB takes in one transaction. */
const publishedAtOnce = 100;

export const publish = async (
  { client, offersTable }: Engine,
  blocks: readonly BlockFacts[],
): Promise<void> => {
  const store = publishingStore(client, offersTable, recordRetentionDays);
  for (let from = 0; from < blocks.length; from += publishedAtOnce) {
    const written = await store.writeBlocks(blocks.slice(from, from + publishedAtOnce));
    if (written !== 'written') throw new Error('the blocks of the benchmark could not be published');
  }
};
