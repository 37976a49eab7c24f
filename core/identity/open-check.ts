import { answeredOrUnread } from '#core/shared/dynamodb-store.ts';
import { type Limit, retryAfterSeconds } from '#core/shared/limit.ts';
import { maxTries, pause } from '#core/shared/tries.ts';
import type { Check } from './check.ts';
import type { IdentityDeps, Sender } from './identity-deps.ts';
import { checkIdOf, newId } from './keys.ts';
import { type Profile, withAsking } from './profile.ts';
import { type AskedBy, askedFor, chanceOf } from './rules/schedule.ts';

type Deps = Pick<IdentityDeps, 'policy' | 'profiles' | 'checks' | 'now' | 'random' | 'sleep'>;

const dayMs = 86_400_000;
const lifetimeMs = ({ check }: IdentityDeps['policy']) => check.minutes * 60_000;

const newCheck = (
  deps: Deps,
  sender: Sender,
  of: { checkId: string; askedBy: AskedBy | 'unasked'; blockId?: string; stationId?: string },
): Check => ({
  ...of,
  driverId: sender.driverId,
  ...(sender.deviceId && { deviceId: sender.deviceId }),
  state: 'open',
  revision: 0,
  createdAt: deps.now(),
  expiresAt: deps.now() + lifetimeMs(deps.policy),
  looks: [],
});

export type CheckInAnswer =
  | { status: 'go' | 'never' }
  | { status: 'asked'; check: Check }
  | { status: 'refused'; code: 'try-again' };

/** A check that still needs the driver, with time for photos; nothing when it moved meanwhile. */
const renewed = async ({ checks, policy, now }: Deps, check: Check): Promise<Check | undefined> => {
  if (check.state !== 'open' || check.expiresAt > now()) return check;
  // Photos that were unfit are forgotten; those that were compared still count.
  const looks = check.looks.filter(({ band }) => band !== undefined);
  const change = { expiresAt: now() + lifetimeMs(policy), looks };
  const answer = await checks.step(check, 'renew', change);
  return answer.status === 'done' ? { ...check, ...change, revision: check.revision + 1 } : undefined;
};

/**
 * An asking of the last day that nobody finished: who was asked and went on to another block is asked the same again,
 * which counts for nothing new. How a finished one ended is of no account.
 */
const unfinished = async (
  { checks }: Deps,
  { driverId, lastAsked }: Profile,
  now: number,
): Promise<Check | undefined> => {
  if (!lastAsked || lastAsked.at <= now - dayMs) return undefined;
  const check = await checks.find(driverId, lastAsked.checkId);
  return check?.state === 'open' ? check : undefined;
};

/**
 * Whether a check-in needs to see who drives. Asked once per version of a block: whoever checks in again finds the same
 * check, and a lot that was drawn is not drawn again. With `until`, only a check that was asked for until then counts.
 */
export const askAtCheckIn = async (
  deps: Deps & { scheduleKey: () => Promise<Buffer> },
  sender: Sender,
  block: { blockId: string; version: number; stationId: string },
  until?: number,
): Promise<CheckInAnswer> => {
  const { policy, checks, profiles } = deps;
  const isLate = until !== undefined;
  if (policy.mode === 'off') return { status: isLate ? 'never' : 'go' };
  const { driverId, deviceId } = sender;
  const { blockId, stationId } = block;
  const name = `${blockId}#${block.version}`;
  const checkId = checkIdOf(driverId, name);
  const key = await deps.scheduleKey();
  for (let attempt = 1; attempt <= maxTries; attempt += 1) {
    const now = deps.now();
    const read = await answeredOrUnread(
      Promise.all([checks.find(driverId, checkId), profiles.read(driverId)]),
    );
    if (read === 'unread') break;
    const [own, profile] = read;
    if (isLate && (!own || own.createdAt > until)) return { status: 'never' };
    if (own?.state === 'passed') return { status: 'go' };
    const due = own ?? (await unfinished(deps, profile, now));
    if (due) {
      const check = await renewed(deps, due);
      if (check) return { status: 'asked', check };
    } else {
      const onThisPhone = deviceId === undefined || profile.askedOn.includes(deviceId);
      const chance = chanceOf(key, driverId, name);
      const askedBy = askedFor(policy.schedule, { at: profile.askedAt, onThisPhone }, chance, now);
      if (!askedBy) return { status: 'go' };
      const asked = newCheck(deps, sender, { checkId, askedBy, blockId, stationId });
      const answer = await profiles.ask(profile, withAsking(profile, asked, now), asked);
      if (answer.status === 'changed') return { status: 'asked', check: asked };
    }
    if (attempt < maxTries) await pause(deps);
  }
  return { status: 'refused', code: 'try-again' };
};

/** So long after it was asked for, a check of a block still is the one that is due. */
const dueMs = dayMs / 2;

/** What still needs the driver: takes photos, or belongs to a block and has the ways without a face left. */
const isDue = ({ state, expiresAt, createdAt, blockId }: Check, now: number): boolean =>
  (state === 'open' && expiresAt > now) ||
  (blockId !== undefined && (state === 'waiting' || state === 'closed') && createdAt > now - dueMs);

/** The check that is due, those of blocks and the latest first; or a new one that nobody asked for. */
export const openCheck = async (
  deps: Deps,
  sender: Sender,
): Promise<
  | { status: 'opened'; check: Check }
  | { status: 'refused'; code: 'slow-down' | 'try-again'; retryAfterSeconds?: number }
> => {
  const now = deps.now();
  const due = (await deps.checks.list(sender.driverId))
    .filter((check) => isDue(check, now) && (check.deviceId ?? sender.deviceId) === sender.deviceId)
    .sort(
      (a, b) =>
        Number(a.askedBy === 'unasked') - Number(b.askedBy === 'unasked') || b.createdAt - a.createdAt,
    );
  if (due[0]) return { status: 'opened', check: due[0] };
  const check = newCheck(deps, sender, { checkId: newId(), askedBy: 'unasked' });
  const perDay: Limit = { name: 'unasked', most: deps.policy.check.unaskedPerDay, windowMs: dayMs };
  const answer = await deps.checks.create(check, perDay);
  if (answer.status === 'done') return { status: 'opened', check };
  return answer.status === 'slow-down'
    ? { status: 'refused', code: 'slow-down', retryAfterSeconds: retryAfterSeconds(perDay, now) }
    : { status: 'refused', code: 'try-again' };
};
