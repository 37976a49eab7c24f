import type { Offer } from '#contract/offers.ts';
import type { Board } from '../family.ts';

/** What one account posts, every other reads once. */
export const openBoard = (): (() => Board) => {
  const posted: Offer[] = [];
  let news = Promise.withResolvers<void>();
  return () => {
    let read = 0;
    return {
      post: (offers) => {
        posted.push(...offers);
        news.resolve();
        news = Promise.withResolvers();
      },
      next: async (waitMs) => {
        if (read === posted.length) {
          const late = Promise.withResolvers<void>();
          const timer = setTimeout(late.resolve, waitMs);
          await Promise.race([news.promise, late.promise]);
          clearTimeout(timer);
        }
        const fresh = posted.slice(read);
        read = posted.length;
        return fresh;
      },
    };
  };
};
