import { hash, randomBytes } from 'node:crypto';
import type { Item } from '#core/shared/dynamodb-store.ts';

/** Where what lies in the identity table. Nothing of a photo is in it. */
export const driverPartition = (driverId: string) => ({ S: `I#${driverId}` });
const under = (driverId: string, sk: string): Item => ({ pk: driverPartition(driverId), sk: { S: sk } });

/** Consent, references, and when the driver was asked. */
export const profileKey = (driverId: string) => under(driverId, 'PROFILE');
export const checkPrefix = 'CHECK#';
export const checkKey = (driverId: string, checkId: string) => under(driverId, checkPrefix + checkId);
/** A photo that was compared, by a hash under the driver's own key. */
export const photoPrefix = 'PHOTO#';
export const photoKey = (driverId: string, fingerprint: string) => under(driverId, photoPrefix + fingerprint);
/** A session of the liveness component. */
export const sessionPrefix = 'SESSION#';
export const sessionKey = (driverId: string, sessionId: string) => under(driverId, sessionPrefix + sessionId);
/** A person looked at photos of a check. */
export const viewPrefix = 'VIEW#';
export const viewKey = (driverId: string, viewId: string) => under(driverId, viewPrefix + viewId);
/** A person's word, or a code from the staff, by the revision of the check that it was said of: each stays. */
export const verdictPrefix = 'VERDICT#';
export const verdictKey = (driverId: string, checkId: string, revision: number) =>
  under(driverId, `${verdictPrefix}${checkId}#${revision}`);
export const erasurePrefix = 'ERASURE#';
export const erasureKey = (driverId: string, erasureId: string) => under(driverId, erasurePrefix + erasureId);
/** Whose erasure lies at a key of the table, and which. */
export const erasureAt = (key: {
  pk?: { S?: string };
  sk?: { S?: string };
}): { driverId: string; erasureId: string } | undefined => {
  const [, driverId] = key.pk?.S?.match(/^I#(.+)$/) ?? [];
  const [, erasureId] = key.sk?.S?.match(/^ERASURE#(.+)$/) ?? [];
  return driverId && erasureId ? { driverId, erasureId } : undefined;
};
export const receiptPrefix = 'RECEIPT#';
export const receiptKey = (driverId: string, receiptId: string) => under(driverId, receiptPrefix + receiptId);

/** Sorts as text the way it sorts as a time. */
const sortable = (at: number) => new Date(at).toISOString();

/** Drivers who wait for a person. */
export const waitingPartition = { S: 'WAITING' };
export const waitingKey = (driverId: string, checkId: string, askedAt: number): Item => ({
  pk: waitingPartition,
  sk: { S: `${sortable(askedAt)}#${driverId}#${checkId}` },
});

/** What has to be done at a time at the latest: the sweeper goes by it. */
export const duePartition = { S: 'DUE' };
export type Due = 'erasure' | 'reference' | 'selfie';
/** Something to be done; `at` in milliseconds since the epoch. */
export interface DueThing {
  kind: Due;
  driverId: string;
  id: string;
  at: number;
  /** Of a selfie that is about to be stored: where it will lie, also when nothing else names it any more. */
  photo?: { photoId: string; subject: string };
}
export const dueKey = ({ kind, driverId, id, at, photo }: DueThing): Item => ({
  pk: duePartition,
  sk: {
    S: [sortable(at), kind, driverId, id, ...(photo ? [photo.photoId, photo.subject] : [])].join('#'),
  },
});
export const toDueThing = ({ sk }: Item): DueThing => {
  const [at = '', kind, driverId = '', id = '', photoId, subject] = (sk?.S ?? '').split('#');
  return {
    kind: kind as Due,
    driverId,
    id,
    at: Date.parse(at),
    ...(photoId && subject && { photo: { photoId, subject } }),
  };
};
/** Everything that is due until then. */
export const dueUntil = (now: number) => ({ S: `${sortable(now)}#~` });

/** Only the hash: who reads the table learns no code that still serves. */
export const staffCodeKey = (code: string): Item => ({
  pk: { S: `STAFF-CODE#${hash('sha256', code)}` },
  sk: { S: 'STAFF-CODE' },
});

/** 128 random bits. */
export const newId = () => randomBytes(16).toString('base64url');
/** The one check of a block's version: asking again finds it. */
export const checkIdOf = (driverId: string, block: string) =>
  hash('sha256', `selfie-check|${driverId}|${block}`, 'base64url').slice(0, 22);

export const secondsOf = (ms: number) => Math.floor(ms / 1_000);
