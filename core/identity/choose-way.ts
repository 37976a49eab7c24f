import { randomInt } from 'node:crypto';
import type { Faceless } from '#contract/identity.ts';
import { type Limit, retryAfterSeconds } from '#core/shared/limit.ts';
import { maxTries, pause } from '#core/shared/tries.ts';
import { type Check, mayStep } from './check.ts';
import type { IdentityDeps, Sender } from './identity-deps.ts';
import type { StaffCodesStore } from './staff-codes-store.ts';
import { orUnavailable } from './unavailable.ts';

type Deps = Pick<
  IdentityDeps,
  'checks' | 'profiles' | 'photos' | 'onUnavailable' | 'now' | 'random' | 'sleep'
>;

export type WayOutcome =
  | { status: 'chosen'; check: Check; way: Faceless }
  | {
      status: 'refused';
      code: 'unknown-check' | 'staff-code-invalid' | 'slow-down' | 'try-again';
      retryAfterSeconds?: number;
    };

/** Of the hundred million codes somebody may try so many. */
const codesPerHour: Limit = { name: 'staff-codes', most: 10, windowMs: 3_600_000 };
const codeLifetimeMs = 600_000;

const refused = (code: Extract<WayOutcome, { status: 'refused' }>['code']): WayOutcome => ({
  status: 'refused',
  code,
});

/** A photo that waited for somebody to look at it: nobody needs to any more. What fails here, the sweeper does. */
const forgetPhoto = async (
  { profiles, photos, onUnavailable }: Deps,
  { driverId, photoId }: Check,
): Promise<void> => {
  const { subject } = await profiles.read(driverId);
  if (!subject || photoId === undefined) return;
  const failed = await orUnavailable(photos.delete(subject, 'selfies', photoId));
  if (failed) onUnavailable(failed);
};

/**
 * A way without a face. It serves whatever became of the photos, also before there was one and after the time for them:
 * a code from the staff passes at once, the others wait for a person. The block stays the driver's meanwhile.
 */
export const chooseWay = async (
  deps: Deps & { staffCodes: StaffCodesStore },
  {
    driverId,
    checkId,
    way,
    code,
  }: Sender & {
    checkId: string;
    way: Faceless;
    code?: string | undefined;
  },
): Promise<WayOutcome> => {
  const now = deps.now();
  for (let attempt = 1; attempt <= maxTries; attempt += 1) {
    const check = await deps.checks.find(driverId, checkId);
    if (!check) return refused('unknown-check');
    if (check.state === 'passed' || (way === 'staff-code' && code === undefined))
      return { status: 'chosen', check, way };
    if (way === 'staff-code' && code !== undefined) {
      if (attempt === 1 && (await deps.checks.count(codesPerHour, driverId, now)) === 'full')
        return {
          ...refused('slow-down'),
          retryAfterSeconds: retryAfterSeconds(codesPerHour, now),
        } as WayOutcome;
      const staff = await deps.staffCodes.find(code);
      if (staff?.driverId !== driverId) return refused('staff-code-invalid');
      const answer = await deps.checks.step(
        check,
        'pass',
        { settledAt: now, settledBy: 'staff-code' },
        {
          staffCode: { code, stationId: check.stationId, at: now },
          verdict: { by: staff.by, rationale: `code of ${staff.stationId}`, at: now },
        },
      );
      if (answer.status === 'done') {
        if (check.photoId !== undefined) await forgetPhoto(deps, check);
        return { status: 'chosen', check: { ...check, state: 'passed' }, way };
      }
      if (answer.status === 'code-invalid') return refused('staff-code-invalid');
    } else {
      if (check.state === 'waiting' && check.way !== 'photos')
        return { status: 'chosen', check, way: check.way ?? way };
      const change = { askedAt: check.state === 'waiting' ? (check.askedAt ?? now) : now, way };
      const answer = await deps.checks.step(check, 'askPerson', change);
      if (answer.status === 'done')
        return { status: 'chosen', check: { ...check, ...change, state: 'waiting' }, way };
    }
    if (!mayStep('pass', check.state)) break;
    if (attempt < maxTries) await pause(deps);
  }
  return refused('try-again');
};

/** A code that a driver brings to check-in: goes before the phone, the position and a selfie. */
export const spendStaffCode = async (
  { checks, staffCodes }: Pick<IdentityDeps, 'checks'> & { staffCodes: StaffCodesStore },
  code: string,
  driverId: string,
  block: { blockId: string; version: number; stationId: string },
  now: number,
): Promise<'spent' | 'invalid' | { retryAfterSeconds: number }> => {
  if ((await checks.count(codesPerHour, driverId, now)) === 'full')
    return { retryAfterSeconds: retryAfterSeconds(codesPerHour, now) };
  const use = `${block.blockId}#${block.version}`;
  const isSpent = await staffCodes.spend(code, { driverId, stationId: block.stationId, use }, now);
  return isSpent ? 'spent' : 'invalid';
};

/** A code that is not given out twice while it serves. */
export const createStaffCode = async (
  { staffCodes, now }: { staffCodes: StaffCodesStore; now: () => number },
  { stationId, by, driverId }: { stationId: string; by: string; driverId: string },
): Promise<
  { status: 'created'; code: string; expiresAt: number } | { status: 'refused'; code: 'try-again' }
> => {
  for (let attempt = 1; attempt <= maxTries; attempt += 1) {
    const code = String(randomInt(100_000_000)).padStart(8, '0');
    const expiresAt = now() + codeLifetimeMs;
    if (await staffCodes.create(code, { stationId, by, driverId, expiresAt }))
      return { status: 'created', code, expiresAt };
  }
  return { status: 'refused', code: 'try-again' };
};
