import type { z } from 'zod/mini';
import type { identityView } from '#contract/identity.ts';
import type * as contract from '#contract/me.ts';
import type { AnswerOf } from '#contract/route.ts';
import { toDeviceView } from '#core/devices/device-view.ts';
import { scheduleOf } from '#core/identity/describe-identity.ts';
import { exportCheck, exportView } from '#core/identity/export-identity.ts';
import { toClaimedBlock } from '#core/offers/block-view.ts';
import { behindUntil, countedSince, countsUntil } from '#core/offers/late-releases.ts';
import { foreignCursor } from '#core/shared/page.ts';
import type { deployedMe } from './deployed-me.ts';
import { type Refusal, refusalOf } from './refusal.ts';
import { noticesOf, standingOf } from './standing-answers.ts';

type Deps = ReturnType<typeof deployedMe>;
const iso = (at: number) => new Date(at).toISOString();
const pageSize = 20;

/** What was given back late, and what follows from it. */
const lateReleasesOf = async (
  { late, lateReleases: { most, lateHours }, now }: Pick<Deps, 'late' | 'lateReleases' | 'now'>,
  driverId: string,
): Promise<AnswerOf<typeof contract.getMe>['body']['lateReleases']> => {
  const at = now();
  const releases = await late.of(driverId, countedSince(at));
  const until = behindUntil(releases, most, at);
  return {
    releases: releases.map((release) => ({
      blockId: release.blockId,
      releasedAt: iso(release.at),
      countsUntil: iso(countsUntil(release)),
    })),
    most,
    hours: lateHours,
    ...(until !== undefined && { behindUntil: iso(until) }),
  };
};

/** How the account stands, and what counts against it for now. */
export const meOf = async (
  deps: Deps,
  driverId: string,
): Promise<AnswerOf<typeof contract.getMe>['body']> => {
  const [profile, standing, lateReleases] = await Promise.all([
    deps.profiles.read(driverId),
    standingOf(deps, driverId),
    lateReleasesOf(deps, driverId),
  ]);
  const selfieChecks = scheduleOf(deps.policy, profile, deps.now());
  const ended = profile.closed && standing.standing === 'active';
  return { driverId, ...standing, ...(ended && { standing: 'closed' }), lateReleases, selfieChecks };
};

/** Newest first; a cursor names the last receipt of the page before. */
export const receiptsListed = async (
  { erasures, now, retentionMs }: Pick<Deps, 'erasures' | 'now' | 'retentionMs'>,
  driverId: string,
  cursor: string | undefined,
): Promise<AnswerOf<typeof contract.listReceipts> | Refusal> => {
  const [receipts, all] = await Promise.all([erasures.receipts(driverId), erasures.list(driverId)]);
  const sorted = receipts
    .filter(({ erasedAt }) => erasedAt > now() - retentionMs)
    .sort((a, b) => b.erasedAt - a.erasedAt);
  const from = cursor === undefined ? 0 : sorted.findIndex(({ receiptId }) => receiptId === cursor) + 1;
  if (cursor !== undefined && from === 0) return refusalOf(foreignCursor);
  const page = sorted.slice(from, from + pageSize);
  const last = page.at(-1);
  return {
    status: 200,
    body: {
      receipts: page.map(({ receiptId, erasedAt, receipt }) => ({
        receiptId,
        erasedAt: iso(erasedAt),
        receipt,
      })),
      pending: all
        .filter(({ state }) => state !== 'done')
        .map(({ erasureId, requestedAt }) => ({ erasureId, requestedAt: iso(requestedAt) })),
      ...(last && sorted.length > from + pageSize && { cursor: last.receiptId }),
    },
  };
};

export const exported = async (
  deps: Deps,
  driverId: string,
  identity: z.input<typeof identityView>,
): Promise<AnswerOf<typeof contract.exportMe>> => {
  const [checks, views, verdicts, { devices }, blocks, receipts, notices] = await Promise.all([
    deps.checks.list(driverId),
    deps.views.list(driverId),
    deps.checks.verdicts(driverId),
    deps.devices.read(driverId),
    deps.schedule.blocksFrom(driverId, 0),
    deps.erasures.receipts(driverId),
    noticesOf(deps, driverId),
  ]);
  const oldest = deps.now() - deps.retentionMs;
  return {
    status: 200,
    body: {
      exportedAt: iso(deps.now()),
      driverId,
      identity,
      selfieChecks: checks.filter(({ createdAt }) => createdAt > oldest).map(exportCheck),
      views: views.filter(({ at }) => at > oldest).map(exportView),
      verdicts: verdicts
        .filter(({ at }) => at > oldest)
        .map(({ checkId, at, by, rationale }) => ({ checkId, givenAt: iso(at), by, rationale })),
      notices,
      devices: devices.map(toDeviceView),
      blocks: blocks.map((block) => toClaimedBlock(block, deps.releaseLeadMinutes)),
      receipts: receipts.filter(({ erasedAt }) => erasedAt > oldest).map(({ receipt }) => receipt),
    },
  };
};
