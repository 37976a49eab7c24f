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
import { type Blur, blurOf, noBlur, widest } from './risk/blur.ts';
import { type Clearance, decide, isCovered, type RiskDecision } from './risk/decide.ts';
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
  /** Counts every request of a driver; gives the seconds to wait for one that is too many. */
  rate: (driverId: string, now: number) => number | undefined;
  /** What others have seen of drivers that stand out; nothing while it cannot be read: the guard fails open. */
  watched: (driverId: string) => readonly RecentAttempt[];
  /** Points from what the detector said of the account; 0 while it cannot be read. */
  accountPoints: (driverId: string) => number;
  newSeed: () => string;
}

/** Challenges for one claim one after the other, when they expire unsolved. */
const mostChallenges = 8;

const newChallenge = (
  deps: GuardDeps,
  { driverId, deviceId }: Claimant,
  { blockId, version }: OfferFacts,
  found: Extract<RiskDecision, { decision: 'challenge' }>,
  covered: readonly Clearance[],
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
  covered,
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
  { risk, covered, now }: { risk: RiskNote; covered: readonly Clearance[]; now: number },
): Promise<GuardAnswer> => {
  // A reserved block is the driver's for longer already.
  const reservedMs = offer.mode === 'reserved' ? (offer.closesAt ?? 0) - now : 0;
  let holding = reservedMs < deps.holds.seconds * 1_000;
  let number = 0;
  for (let attempt = 1; attempt <= maxTries; ) {
    const fresh = newChallenge(
      deps,
      claimant,
      offer,
      found,
      covered,
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
      // The last one stays, with the way to a person.
      if (number + 1 >= mostChallenges) return asked(answer.challenge, risk, now);
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
    if (deps.mode === 'off') return { status: 'go' };
    const enforces = deps.mode === 'enforce';
    // Every request counts here, also one that repeats another or brings a clearance.
    const wait = deps.rate(driverId, now);
    if (wait !== undefined && enforces)
      return {
        status: 'refused',
        code: 'slow-down',
        risk: { decision: 'refuse', points: 0, reasons: ['many-requests'] },
        retryAfterSeconds: wait,
      };
    if (clearance !== undefined && enforces) return cleared(deps, claimant, clearance, offer, now);
    const current: RecentAttempt = {
      id: requestId,
      at: now,
      latencyMs: now - offer.opensAt,
      missed: false,
      ...(deviceId && { deviceId }),
    };
    const earlier = mergeAttempts(deps.recent.of(driverId), deps.watched(driverId), now);
    const known = { ...claimant, accountPoints: deps.accountPoints(driverId) };
    const look = ({ quick, shift }: Blur) =>
      decide(deps.risk, signalsOf(earlier, current, deps.risk.quickMs * quick, known), shift);
    if (!deps.risk.blur) return answer(deps, claimant, offer, look(noBlur), earlier, now);
    // Nearly always: whoever shows nothing wherever the lines are costs no call.
    if (look(widest).points === 0) return { status: 'go' };
    return deps
      .keys()
      .then((keys) => blurOf(deps.risk, currentKey(keys), driverId, now))
      .catch(() => noBlur)
      .then((blur) => answer(deps, claimant, offer, look(blur), earlier, now));
  };

const answer = (
  deps: GuardDeps,
  claimant: Claimant,
  offer: OfferFacts,
  found: RiskDecision,
  earlier: readonly RecentAttempt[],
  now: number,
): Promise<GuardAnswer> | GuardAnswer => {
  const { decision, points, reasons } = found;
  const risk = { decision, points, reasons };
  if (found.decision === 'go') return points > 0 ? { status: 'go', risk } : { status: 'go' };
  if (deps.mode !== 'enforce') return { status: 'go', risk };
  if (found.decision === 'refuse')
    return {
      status: 'refused',
      code: 'slow-down',
      risk,
      retryAfterSeconds: secondsUntilFewer(earlier, deps.risk.mostPerMinute, now),
    };
  // Who wins is asked: nobody has to be quick at a puzzle to take part.
  if (offer.mode === 'draw' && now < (offer.closesAt ?? 0)) return { status: 'go', asks: true, risk };
  return ask(deps, claimant, offer, found, risk, now);
};

/** When so many of the last claims have left the minute that one more is not too many. */
const secondsUntilFewer = (earlier: readonly RecentAttempt[], most: number, now: number): number => {
  const last = earlier.filter(({ at }) => at > now - 60_000);
  const leaves = last[last.length - most] ?? last[0];
  return Math.max(1, Math.ceil(((leaves?.at ?? now) + 60_000 - now) / 1_000));
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
  if (verdict.status === 'refused')
    return { status: 'refused', code: 'clearance-invalid', reason: verdict.reason };
  const risk = { decision: 'go', points: 0, reasons: ['cleared'], challengeId: verdict.challengeId } as const;
  return { status: 'go', isHeld: true, risk };
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
  const { driverId, deviceId } = claimant;
  const covered = await answeredOrUnread(deps.store.readClearances(driverId, deviceId, now));
  if (covered === 'unread') return { status: 'refused', code: 'try-again', risk };
  if (isCovered(found, covered, now))
    return { status: 'go', risk: { ...risk, decision: 'go', reasons: [...risk.reasons, 'covered'] } };
  return challenge(deps, await deps.keys(), claimant, offer, found, { risk, covered, now });
};
