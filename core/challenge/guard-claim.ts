import type { AttestationMode } from '#contract/primitives.ts';
import type { HoldPolicy, RiskPolicy } from '#contract/risk-policy.ts';
import type { Claimant, GuardAnswer, GuardClaim, RiskNote } from '#core/offers/claim-guard.ts';
import type { OfferFacts } from '#core/offers/offer-token.ts';
import { answeredOrUnread } from '#core/shared/dynamodb-store.ts';
import { currentKey, type KeyGenerations, macOf } from '#core/shared/key-generations.ts';
import { maxTries, pause, type Surroundings } from '#core/shared/tries.ts';
import { type Challenge, isExpired } from './challenge.ts';
import { summaryOf } from './challenge-view.ts';
import { checkClearance } from './clearance.ts';
import type { IssuingStore } from './issuing-store.ts';
import { decide, isCovered, type RiskDecision } from './risk/decide.ts';
import { mergeAttempts, type RecentAttempt, type RecentAttempts } from './risk/recent-attempts.ts';
import { signalsOf } from './risk/signals.ts';

export interface GuardDeps extends Surroundings {
  /** `measure` decides and records, and lets every claim go on. */
  mode: AttestationMode;
  risk: RiskPolicy;
  holds: HoldPolicy;
  keys: () => Promise<KeyGenerations>;
  store: IssuingStore;
  /** What this process has seen. */
  recent: RecentAttempts;
  /** What others have seen of drivers that stand out; nothing while it cannot be read: the guard fails open. */
  watched: (driverId: string) => readonly RecentAttempt[];
  newSeed: () => string;
}

/** Challenges for one claim one after the other, when they expire unsolved. */
const mostChallenges = 5;

const newChallenge = (
  deps: GuardDeps,
  { driverId, deviceId }: Claimant,
  { blockId, version }: OfferFacts,
  found: Extract<RiskDecision, { decision: 'challenge' }>,
  challengeId: string,
  now: number,
): Challenge => ({
  challengeId,
  driverId,
  ...(deviceId && { deviceId }),
  blockId,
  version,
  state: 'open',
  rung: found.rung,
  seed: deps.newSeed(),
  points: found.points,
  reasons: found.reasons,
  issuedAt: now,
  expiresAt: now + deps.holds.challengeSeconds * 1_000,
  attempts: [],
  shownAt: {},
});

/** The same claim always meets the same challenges in the same order, so that sending it again makes none. */
const challengeIdOf = (
  keys: KeyGenerations,
  { driverId, deviceId = '' }: Claimant,
  { blockId, version }: OfferFacts,
  number: number,
) => macOf(currentKey(keys), `challenge|${driverId}|${deviceId}|${blockId}|${version}|${number}`, 16);

const asked = (challenge: Challenge, risk: RiskNote, now: number): GuardAnswer => ({
  status: 'refused',
  code: 'challenge-required',
  risk: { ...risk, challengeId: challenge.challengeId },
  challenge: summaryOf(challenge),
  ...((challenge.heldUntil ?? 0) > now && { heldUntil: challenge.heldUntil as number }),
});

const challenge = async (
  deps: GuardDeps,
  keys: KeyGenerations,
  claimant: Claimant,
  offer: OfferFacts,
  found: Extract<RiskDecision, { decision: 'challenge' }>,
  risk: RiskNote,
  now: number,
): Promise<GuardAnswer> => {
  let holding = true;
  let number = 0;
  for (let attempt = 1; attempt <= maxTries; ) {
    const fresh = newChallenge(
      deps,
      claimant,
      offer,
      found,
      challengeIdOf(keys, claimant, offer, number),
      now,
    );
    const held = { ...fresh, heldUntil: now + deps.holds.seconds * 1_000 };
    const answer = await (holding ? deps.store.issueHolding(held) : deps.store.issue(fresh));
    if (answer.status === 'issued') return asked(holding ? held : fresh, risk, now);
    if (answer.status === 'not-open') return { status: 'settled', risk, block: answer.block };
    if (answer.status === 'no-hold') holding = false;
    else if (answer.status === 'exists') {
      if (!isExpired(answer.challenge, now)) return asked(answer.challenge, risk, now);
      if (number + 1 >= mostChallenges)
        return { status: 'refused', code: 'slow-down', risk, retryAfterSeconds: deps.holds.challengeSeconds };
      number += 1;
    } else {
      attempt += 1;
      if (attempt > maxTries) break;
      await pause(deps);
    }
  }
  return { status: 'refused', code: 'try-again', risk };
};

/**
 * The guard of claims. Who shows nothing unusual costs no call; who brings a clearance neither. Whoever is to be
 * challenged is looked up once (an earlier pass may cover it), and the challenge and the hold are one transaction.
 */
export const guardClaim =
  (deps: GuardDeps): GuardClaim =>
  (claimant, offer, now) => {
    const { requestId, driverId, deviceId, clearance } = claimant;
    if (deps.mode === 'off' && clearance === undefined) return { status: 'go' };
    if (clearance !== undefined) return cleared(deps, claimant, clearance, offer, now);
    const current: RecentAttempt = {
      id: requestId,
      at: now,
      latencyMs: now - offer.opensAt,
      missed: false,
      ...(deviceId && { deviceId }),
    };
    const earlier = mergeAttempts(deps.recent.of(driverId), deps.watched(driverId), now);
    const found = decide(deps.risk, signalsOf(earlier, current, deps.risk.quickMs, claimant));
    const { decision, points, reasons } = found;
    const risk = { decision, points, reasons };
    if (found.decision === 'go') return points > 0 ? { status: 'go', risk } : { status: 'go' };
    if (deps.mode === 'measure') return { status: 'go', risk };
    if (found.decision === 'refuse')
      return {
        status: 'refused',
        code: 'slow-down',
        risk,
        retryAfterSeconds: secondsUntilSlower(earlier, now),
      };
    return ask(deps, claimant, offer, found, risk, now);
  };

/** When the oldest claim of the last minute counts no more. */
const secondsUntilSlower = (earlier: readonly RecentAttempt[], now: number): number => {
  const oldest = earlier.find(({ at }) => at > now - 60_000);
  return Math.max(1, Math.ceil(((oldest?.at ?? now) + 60_000 - now) / 1_000));
};

const cleared = async (
  deps: GuardDeps,
  { driverId, deviceId }: Claimant,
  clearance: string,
  { blockId, version }: OfferFacts,
  now: number,
): Promise<GuardAnswer> => {
  const claim = { driverId, ...(deviceId && { deviceId }), blockId, version, now };
  const verdict = checkClearance(await deps.keys(), clearance, claim);
  return verdict.status === 'valid'
    ? {
        status: 'go',
        risk: { decision: 'go', points: 0, reasons: ['cleared'], challengeId: verdict.challengeId },
      }
    : { status: 'refused', code: 'clearance-invalid', reason: verdict.reason };
};

const ask = async (
  deps: GuardDeps,
  claimant: Claimant,
  offer: OfferFacts,
  found: Extract<RiskDecision, { decision: 'challenge' | 'selfie' }>,
  risk: RiskNote,
  now: number,
): Promise<GuardAnswer> => {
  if (found.decision === 'selfie') return { status: 'refused', code: 'selfie-required', risk };
  const clearance = await answeredOrUnread(deps.store.readClearance(claimant.driverId, now));
  if (clearance === 'unread') return { status: 'refused', code: 'try-again', risk };
  if (isCovered(found, clearance, now))
    return { status: 'go', risk: { ...risk, decision: 'go', reasons: [...risk.reasons, 'covered'] } };
  return challenge(deps, await deps.keys(), claimant, offer, found, risk, now);
};
