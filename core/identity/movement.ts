import { type Limit, retryAfterSeconds } from '#core/shared/limit.ts';
import { addReference, type ReferenceRefusal, referenceRefusal } from './add-reference.ts';
import type { Check } from './check.ts';
import type { IdentityDeps, Sender } from './identity-deps.ts';
import { newId } from './keys.ts';
import type { SelfieReason } from './rules/reasons.ts';
import { photoRefusal, type SelfieRefusal, sendSelfie } from './send-selfie.ts';
import type { MovementSession, SessionsStore } from './sessions-store.ts';

/**
 * Sessions of the app's liveness component: the driver moves, the component films, and the one picture that comes out
 * is compared like any photo. That a session succeeded says that it came to an end; the confidence says the rest.
 */

type Deps = IdentityDeps & { sessions: SessionsStore };

/** As long as Rekognition keeps one open. */
const sessionMs = 180_000;
const perHour: Limit = { name: 'movements', most: 10, windowMs: 3_600_000 };

type Refusal =
  | ReferenceRefusal
  | SelfieRefusal
  | 'movement-unavailable'
  | 'unknown-session'
  | 'session-pending';
export type SessionOutcome =
  | { status: 'started'; sessionId: string; component: 'aws' | 'local'; expiresAt: number }
  | {
      status: 'refused';
      code: Exclude<
        Refusal,
        'image-used-before' | 'unknown-session' | 'session-pending' | 'movement-required'
      >;
      retryAfterSeconds?: number;
    };

export const startMovement = async (
  deps: Deps,
  { driverId, deviceId, checkId }: Sender & { checkId?: string | undefined },
): Promise<SessionOutcome> => {
  const now = deps.now();
  const { component } = deps.policy.liveness;
  if (component === 'none') return { status: 'refused', code: 'movement-unavailable' };
  if ((await deps.faceChecks()).state === 'off') return { status: 'refused', code: 'face-checks-off' };
  const profile = await deps.profiles.read(driverId);
  const check = checkId === undefined ? undefined : await deps.checks.find(driverId, checkId);
  const refusal =
    checkId === undefined
      ? referenceRefusal(profile, deps.policy, now)
      : (photoRefusal(profile, check, deviceId, deps.policy, now) ?? refusalOfState(check, now));
  if (refusal) return { status: 'refused', code: refusal as never };
  if ((await deps.checks.count(perHour, driverId, now)) === 'full')
    return { status: 'refused', code: 'slow-down', retryAfterSeconds: retryAfterSeconds(perHour, now) };
  const started = await deps.faces.startMovement(newId());
  if (started.status === 'unavailable') {
    deps.onUnavailable(started);
    return { status: 'refused', code: 'try-again' };
  }
  const expiresAt = now + sessionMs;
  await deps.sessions.create({
    driverId,
    sessionId: started.sessionId,
    ...(deviceId && { deviceId }),
    ...(checkId && { checkId }),
    epoch: profile.epoch,
    expiresAt,
  });
  return { status: 'started', sessionId: started.sessionId, component, expiresAt };
};

const refusalOfState = (check: Check | undefined, now: number): SelfieRefusal | undefined => {
  if (check?.state !== 'open') return 'check-settled';
  return check.expiresAt <= now ? 'check-expired' : undefined;
};

export type MovementOutcome =
  | {
      status: 'looked';
      result: 'passed' | 'retake' | 'inconclusive';
      reasons: readonly SelfieReason[];
      check?: Check;
      next?: 'another-photo' | 'movement' | 'person' | 'other-way';
    }
  | { status: 'refused'; code: Refusal }
  | { status: 'refused'; code: 'image-refused'; reason: string };

/** Nothing was found out: the same movement may be looked at again. */
const isOutage = (outcome: MovementOutcome) =>
  outcome.status === 'looked'
    ? outcome.reasons.includes('service-unavailable')
    : outcome.code === 'try-again' || outcome.code === 'slow-down';

/** What the session found, compared like any photo. */
const lookAtMovement = async (
  deps: Deps,
  { driverId, deviceId }: Sender,
  { sessionId, checkId, epoch }: MovementSession,
): Promise<MovementOutcome> => {
  const profile = await deps.profiles.read(driverId);
  if (profile.epoch !== epoch) return { status: 'refused', code: 'consent-required' };
  const movement = await deps.faces.finishMovement(sessionId);
  if (movement.status === 'pending') return { status: 'refused', code: 'session-pending' };
  if (movement.status === 'unavailable') {
    deps.onUnavailable(movement);
    return { status: 'looked', result: 'inconclusive', reasons: ['service-unavailable'], next: 'other-way' };
  }
  const { enrolmentConfidence, checkConfidence } = deps.policy.liveness;
  const least = checkId === undefined ? enrolmentConfidence : checkConfidence;
  if (movement.status !== 'done' || movement.confidence < least)
    return { status: 'looked', result: 'retake', reasons: ['movement-not-finished'] };
  const sender = { driverId, ...(deviceId && { deviceId }), sent: movement.photo };
  if (checkId !== undefined) return sendSelfie(deps, { ...sender, checkId, byMovement: true });
  const added = await addReference(deps, { ...sender, takenBy: 'movement' });
  return added.status === 'added' ? { status: 'looked', result: 'passed', reasons: [] } : added;
};

/** Serves once. What was not finished yet, or could not be looked at, may be asked for again. */
export const finishMovement = async (
  deps: Deps,
  { sessionId, ...sender }: Sender & { sessionId: string },
): Promise<MovementOutcome> => {
  const session = await deps.sessions.use(sender.driverId, sessionId, sender.deviceId, deps.now());
  if (!session) return { status: 'refused', code: 'unknown-session' };
  const outcome = await lookAtMovement(deps, sender, session);
  const isPending = outcome.status === 'refused' && outcome.code === 'session-pending';
  if (isPending || isOutage(outcome)) await deps.sessions.giveBack(session);
  return outcome;
};
