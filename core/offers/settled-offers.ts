/**
 * Remembers which versions of a block are decided. That a version is taken is final (a release makes a
 * new one), so an entry is never stale and a repeated claim of a lost block costs no call at all.
 * The owner is let through: a retry must reach the database to be told of the success.
 */
export interface SettledOffers {
  lostBy(driverId: string, blockId: string, version: number): SettledAnswer | undefined;
  settle(blockId: string, version: number, answer: SettledAnswer): void;
}

export interface SettledAnswer {
  code: 'block-taken' | 'offer-expired';
  owner?: string;
}

/** 10,000 blocks are about 2 MB: several days of a large station in one warm function. */
const capacity = 10_000;

export const settledOffers = (limit = capacity): SettledOffers => {
  const answers = new Map<string, SettledAnswer & { version: number }>();
  return {
    lostBy: (driverId, blockId, version) => {
      const known = answers.get(blockId);
      if (!known || known.version < version) return undefined;
      if (known.version > version) return known.owner === driverId ? undefined : { code: 'offer-expired' };
      return known.owner === driverId ? undefined : known;
    },
    settle: (blockId, version, answer) => {
      const known = answers.get(blockId);
      if (known && known.version > version) return;
      answers.delete(blockId);
      answers.set(blockId, { ...answer, version });
      if (answers.size > limit) answers.delete(answers.keys().next().value as string);
    },
  };
};
