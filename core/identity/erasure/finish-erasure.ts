import type { ErasureReceipt } from '#contract/receipts.ts';
import { signReceipt } from '#core/privacy/receipt.ts';
import type { KeysGateway } from '#core/shared/keys-gateway.ts';
import type { Surroundings } from '#core/shared/tries.ts';
import type { ChecksStore } from '../checks-store.ts';
import type { DriverKeysStore } from '../driver-keys-store.ts';
import { newId } from '../keys.ts';
import type { PhotosStore } from '../photos-store.ts';
import type { ProfileStore } from '../profile-store.ts';
import type { Erasure } from './erasure.ts';
import type { ErasuresStore } from './erasures-store.ts';

export interface FinishDeps extends Surroundings {
  erasures: ErasuresStore;
  profiles: ProfileStore;
  checks: ChecksStore;
  photos: PhotosStore;
  driverKeys: { keys: Pick<DriverKeysStore, 'destroy'> };
  signing: Pick<KeysGateway, 'sign' | 'publicKey'>;
  signingKeyId: string;
  recordRetentionDays: number;
}

const dayMs = 86_400_000;
/** How far back DynamoDB can restore a table. The table of keys cannot be restored at all. */
const restorableDays = 35;
const iso = (at: number) => new Date(at).toISOString();

const nothing = { references: 0, selfies: 0 };

/** Photos in the bucket. What was there is noted first: after a kill in between it would not be found again. */
const deletePhotos = async (
  { erasures, photos, driverKeys }: FinishDeps,
  erasure: Erasure,
): Promise<void> => {
  const { driverId, subject, deleted } = erasure;
  if (!('references' in deleted)) {
    const found = subject ? await photos.count(subject) : nothing;
    await erasures.noteFound(erasure, found);
    return;
  }
  if (subject) {
    // None should be left; the photos go only when none is.
    await driverKeys.keys.destroy(driverId, subject);
    await photos.deleteAll(subject);
    const left = await photos.count(subject);
    if (left.references + left.selfies > 0) throw new Error('erasure: photos are left after the deletion');
  }
  await erasures.advance(erasure, 'deletePhotos');
};

/** Hashes of photos, sessions, what the clock had to do, and what checks still said of photos. The outcomes stay. */
const clearRecords = async ({ erasures, checks }: FinishDeps, erasure: Erasure): Promise<void> => {
  const { driverId, deleted } = erasure;
  if (!('traces' in deleted)) {
    await erasures.noteFound(erasure, { traces: await erasures.countTraces(driverId) });
    return;
  }
  for (const check of await checks.list(driverId)) {
    const looks = check.looks.map(({ at, result, reasons }) => ({ at, result, reasons }));
    const forgets = check.looks.some(({ band, fingerprint }) => band ?? fingerprint);
    const waits = check.state === 'waiting' && check.way === 'photos';
    // A check that waits for photos that are gone stays open to the ways without a face.
    const moved = waits
      ? (await checks.step(check, 'giveUp', { looks })).status !== 'done'
      : forgets && (await checks.forget(check, looks)) === 'moved';
    if (moved) return;
  }
  await erasures.deleteTraces(erasure);
  await erasures.advance(erasure, 'clearRecords');
};

/** What a request that was under way stored after the photos were deleted: nobody can read it, and it goes as well. */
const deleteLate = async ({ erasures, photos }: FinishDeps, erasure: Erasure): Promise<'done' | 'again'> => {
  const { subject, deleted } = erasure;
  if (!subject) return 'done';
  const { references, selfies } = await photos.count(subject);
  if (!('lateReferences' in deleted)) {
    await erasures.noteFound(erasure, { lateReferences: references, lateSelfies: selfies });
    return 'again';
  }
  if (references + selfies > 0) await photos.deleteAll(subject);
  return 'done';
};

/** Nobody has to look at anything of an account that ended. */
const endWaiting = async ({ checks }: FinishDeps, { driverId }: Erasure): Promise<'done' | 'again'> => {
  for (const check of await checks.list(driverId))
    if (check.state === 'waiting' && (await checks.step(check, 'giveUp', {})).status !== 'done')
      return 'again';
  return 'done';
};

const receiptOf = (
  erasure: Erasure,
  receiptId: string,
  recordRetentionDays: number,
  now: number,
): ErasureReceipt => {
  const { requestedAt, reason, deleted, consent } = erasure;
  const sum = (...names: string[]) => names.reduce((total, name) => total + (deleted[name] ?? 0), 0);
  const until = iso(requestedAt + recordRetentionDays * dayMs);
  return {
    v: 1,
    receiptId,
    // Names nobody: the receipt can be shown to others.
    subject: receiptId,
    requestedAt: iso(requestedAt),
    keyDestroyedAt: iso(requestedAt),
    erasedAt: iso(now),
    reason,
    deleted: [
      { what: 'reference photos, all versions', count: sum('references', 'lateReferences') },
      { what: 'selfies that waited for a person, all versions', count: sum('selfies', 'lateSelfies') },
      { what: 'hashes of photos, and sessions', count: sum('traces') },
      { what: 'the key that all of them were encrypted with', count: erasure.hadKey ? 1 : 0 },
    ],
    kept: [
      {
        what: 'when and on which phones selfies were asked for and how each check ended, without photo or likeness',
        why: 'to answer for decisions about your blocks, and to keep the limits on asking',
        until,
      },
      ...(consent
        ? [
            {
              what: `that you agreed to release ${consent.version} on ${iso(consent.givenAt)}`,
              why: 'the law asks for proof that photos were taken in with consent',
              until,
            },
          ]
        : []),
      { what: 'who looked at a photo, when and why', why: 'to answer for every look', until },
      {
        what: 'what people decided about checks, when, and their reasons',
        why: 'to answer for decisions of people',
        until,
      },
    ],
    backupHorizon: {
      what: 'copies of the tables that hold no photo and no key; of keys there is no copy',
      until: iso(now + restorableDays * dayMs),
    },
  };
};

const sign = async (deps: FinishDeps, erasure: Erasure): Promise<void> => {
  const { driverId, erasureId, requestedAt } = erasure;
  // An account that ends from here on makes the last write fail, and is found by the next.
  const before = await deps.profiles.read(driverId);
  if ((await deleteLate(deps, erasure)) === 'again') return;
  if (before.closed && (await endWaiting(deps, erasure)) === 'again') return;
  const now = deps.now();
  const receiptId = newId();
  const { kid } = await deps.signing.publicKey(deps.signingKeyId);
  const receipt = await signReceipt(
    { kid, sign: (message) => deps.signing.sign(deps.signingKeyId, message) },
    receiptOf(erasure, receiptId, deps.recordRetentionDays, now),
  );
  const { erasing: _, ...rest } = before;
  const after = { ...rest, lastErasure: { erasureId, requestedAt } };
  await deps.erasures.finish(erasure, { receiptId, erasedAt: now, receipt }, before, after);
};

const steps = {
  'key-destroyed': deletePhotos,
  'photos-deleted': clearRecords,
  'records-cleared': sign,
} as const;
/** Each step twice, and some for others who do the same. */
const mostSteps = 24;

/**
 * Takes an erasure to its receipt. Every step may be done again, by this process or another one: whoever is killed in
 * the middle leaves a state that the next goes on from.
 */
export const finishErasure = async (
  deps: FinishDeps,
  { driverId, erasureId }: { driverId: string; erasureId: string },
): Promise<'done' | 'unknown'> => {
  for (let step = 1; step <= mostSteps; step += 1) {
    const erasure = await deps.erasures.find(driverId, erasureId);
    if (!erasure) return 'unknown';
    if (erasure.state === 'done') return 'done';
    await steps[erasure.state](deps, erasure);
  }
  throw new Error('erasure: no end after so many steps');
};
