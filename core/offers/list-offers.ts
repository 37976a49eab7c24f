import { createHash } from 'node:crypto';
import type { Offer } from '#contract/offers.ts';
import type { KeyGenerations } from '#core/shared/key-generations.ts';
import { foreignCursor, pageOf } from '#core/shared/page.ts';
import { iso, toBlockView } from './block-view.ts';
import type { FeedStore, OpenBlock, Snapshot } from './feed-store.ts';
import { signOffer } from './offer-token.ts';

export interface OffersDeps {
  feed: FeedStore;
  keys: () => Promise<KeyGenerations>;
  stations: ReadonlySet<string>;
  now: () => number;
}

export type OffersOutcome =
  | { status: 'listed'; etag: string; body: { seq: number; offers: Offer[]; cursor?: string } }
  | { status: 'refused'; code: 'unknown-station' }
  | typeof foreignCursor;

/** A page fits one answer of a few dozen kilobytes. */
const pageSize = 200;
/** A claimed block must leave the feed within a second; polls in between cost nothing. */
const snapshotLifetimeMs = 250;

export const toOffer = (block: OpenBlock, keys: KeyGenerations): Offer => ({
  offerId: `${block.blockId}.${block.version}`,
  ...toBlockView(block),
  mode: block.mode,
  ...(block.mode === 'draw' &&
    block.closesAt !== undefined && {
      drawId: block.drawId,
      drawClosesAt: iso(block.closesAt),
      drawCommitment: block.commitment,
    }),
  offerToken: signOffer(keys, block),
  expiresAt: iso(block.closesAt ?? block.startsAt),
});

/**
 * Lists what a station offers now, from its snapshot. All polls of a quarter second share one read;
 * offers of one version are signed once per process.
 */
export const offersList = ({ feed, keys, stations, now }: OffersDeps) => {
  const snapshots = new Map<string, { until: number; snapshot: Promise<Snapshot> }>();
  const signed = new WeakMap<OpenBlock, Offer>();

  const current = (stationId: string): Promise<Snapshot> => {
    const known = snapshots.get(stationId);
    if (known && known.until > now()) return known.snapshot;
    const snapshot = feed.glance(stationId).then((fresh) => keepSame(fresh, known?.snapshot));
    snapshots.set(stationId, { until: now() + snapshotLifetimeMs, snapshot });
    snapshot.catch(() => snapshots.delete(stationId));
    return snapshot;
  };

  return async (stationId: string, cursor?: string): Promise<OffersOutcome> => {
    if (!stations.has(stationId)) return { status: 'refused', code: 'unknown-station' };
    const { seq, blocks } = await current(stationId);
    const at = now();
    const page = pageOf(
      blocks.filter((block) => block.opensAt <= at && (block.closesAt ?? block.startsAt) > at),
      cursor,
      pageSize,
    );
    if (!page) return foreignCursor;
    const offerKeys = await keys();
    const offers = page.items.map((block) => {
      const offer = signed.get(block) ?? toOffer(block, offerKeys);
      signed.set(block, offer);
      return offer;
    });
    const body = { seq, offers, ...(page.cursor && { cursor: page.cursor }) };
    const tags = offers.map(({ offerToken }) => offerToken).join();
    const etag = `"${createHash('sha256')
      .update(`${seq}|${tags}|${page.cursor ?? ''}`)
      .digest('base64url')
      .slice(0, 22)}"`;
    return { status: 'listed', etag, body };
  };
};

/** An unchanged snapshot keeps its objects, and with them their signatures. */
const keepSame = async (fresh: Snapshot, earlier: Promise<Snapshot> | undefined): Promise<Snapshot> => {
  const known = await earlier?.catch(() => undefined);
  return known && known.seq === fresh.seq ? known : fresh;
};
