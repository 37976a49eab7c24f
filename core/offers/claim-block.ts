import type { Fault } from '#contract/describe-problem.ts';
import type { Place } from '#contract/primitives.ts';
import { type EnterDeps, enterDraw, enteredInTime } from '#core/draws/enter-draw.ts';
import { answeredOrUnread } from '#core/shared/dynamodb-store.ts';
import type { KeyGenerations } from '#core/shared/key-generations.ts';
import { maxTries, pause, type Surroundings } from '#core/shared/tries.ts';
import type { Block } from './block.ts';
import { weekShares } from './calendar.ts';
import { calendarRefusal, isTooLong } from './calendar-refusal.ts';
import type { Claimant, GuardAnswer, GuardClaim, RiskNote } from './claim-guard.ts';
import type { ClaimsStore, CommitAnswer, Commitment } from './claims-store.ts';
import { type OfferFacts, readOfferToken } from './offer-token.ts';
import type { SettledOffers } from './settled-offers.ts';

export interface ClaimDeps extends Surroundings {
  /** Left out: every claim goes on. */
  guard?: GuardClaim;
  store: ClaimsStore;
  settled: SettledOffers;
  keys: KeyGenerations;
  maxWeeklyMinutes: number;
  /** Left out: no offer is drawn. */
  draws?: Pick<EnterDeps, 'entries' | 'mostChoices'>;
  /** What stands in the way of a block that starts soon. Left out: no position is asked for. */
  refuseFrom?: (offer: OfferFacts, position: Place | undefined, now: number) => WhereRefusal | undefined;
}

export type WhereRefusal = 'position-required' | 'too-far';

export type ClaimRefusal =
  | WhereRefusal
  | 'invalid-offer-token'
  | 'invalid-request'
  | 'draw-closed'
  | 'offer-not-open'
  | 'offer-expired'
  | 'block-taken'
  | 'schedule-overlap'
  | 'weekly-hours-exceeded'
  | 'try-again';

type Refused = Omit<Extract<GuardAnswer, { status: 'refused' }>, 'code' | 'risk'>;
export type ClaimOutcome =
  | { status: 'claimed' | 'repeated'; offer: OfferFacts; risk?: RiskNote }
  | { status: 'entered'; offer: DrawOffer; choices: readonly string[]; risk?: RiskNote }
  | (Refused & {
      faults?: Fault[];
      code: ClaimRefusal | Extract<GuardAnswer, { status: 'refused' }>['code'];
      offer?: OfferFacts;
      risk?: RiskNote;
    });

export type DrawOffer = OfferFacts & { drawId: string; closesAt: number };
const isDraw = (offer: OfferFacts): offer is DrawOffer =>
  offer.mode === 'draw' && offer.drawId !== undefined && offer.closesAt !== undefined;

/** A gated claim needs one more round trip; whoever dies in between blocks the others no longer than this. */
const gateHoldMs = 3_000;

/**
 * Gives the block to this driver, or says why not. Exactly one driver ever gets one version of a block.
 * Sending the same claim again is harmless and answers `repeated`. One transaction when nothing is in the way,
 * none for a version that this process knows to be decided.
 */
export const claimBlock = async (
  deps: ClaimDeps,
  { offerToken, alternatives = [], ...claimant }: Claimant & { offerToken: string; alternatives?: string[] },
): Promise<ClaimOutcome> => {
  const offer = readOfferToken(deps.keys, offerToken);
  if (!offer) return { status: 'refused', code: 'invalid-offer-token' };
  const refuse = (code: ClaimRefusal): ClaimOutcome => ({ status: 'refused', code, offer });

  const lost = deps.settled.lostBy(claimant.driverId, offer.blockId, offer.version);
  if (lost) return refuse(lost.code);
  const now = deps.now();
  if (now >= offer.startsAt) return refuse('offer-expired');
  if (now < offer.opensAt) return refuse('offer-not-open');
  const others = alternatives.map((token) => readOfferToken(deps.keys, token));
  const strange = others.findIndex((other) => !isDraw(offer) || other?.drawId !== offer.drawId);
  if (strange >= 0) {
    const faults = [{ path: `alternatives.${strange}`, message: 'is no block of the same draw' }];
    return { status: 'refused', code: 'invalid-request', offer, faults };
  }
  // Each of them may be what the driver gets.
  for (const one of [offer, ...others]) {
    const where = one && deps.refuseFrom?.(one, claimant.position, now);
    if (where) return refuse(where);
  }

  const weeks = weekShares(offer.startsAt, offer.endsAt);
  if (isTooLong({ weeks }, deps.maxWeeklyMinutes)) return refuse('weekly-hours-exceeded');
  const { requestId, driverId } = claimant;
  const claim = {
    requestId,
    driverId,
    ...(claimant.deviceId && { deviceId: claimant.deviceId }),
    blockId: offer.blockId,
    version: offer.version,
    at: now,
    weeks,
    reserved: offer.mode === 'reserved',
  };

  const isClosed = offer.closesAt !== undefined && now >= offer.closesAt;
  if (isClosed) {
    const after = await afterTheClose(deps, claim, offer);
    if (after !== 'kept') return after;
  }
  const guarded = await deps.guard?.(claimant, offer, now);
  if (guarded?.status === 'refused') return { ...guarded, offer };
  if (isDraw(offer) && !isClosed) {
    const choices = [offer.blockId, ...others.map((other) => other?.blockId ?? '')];
    const asked = guarded?.status === 'go' && guarded.asks === true;
    const entered = await enter(deps, claim, offer, [...new Set(choices)], asked);
    return guarded?.risk ? { ...entered, risk: guarded.risk } : entered;
  }
  const isGated = offer.mode === 'gated' && !(guarded?.status === 'go' && guarded.isHeld);
  const verdict =
    guarded?.status === 'settled' ? asItIs(guarded.block, claim) : await take(deps, claim, isGated);
  const outcome = conclude(deps, claim, offer, verdict);
  return guarded?.risk ? { ...outcome, risk: guarded.risk } : outcome;
};

const enter = async (
  deps: ClaimDeps,
  { driverId, deviceId, at }: Commitment,
  offer: DrawOffer,
  choices: readonly string[],
  asked: boolean,
): Promise<ClaimOutcome> => {
  if (!deps.draws) throw new Error('nothing is drawn here');
  const entry = { drawId: offer.drawId, driverId, state: 'in', choices, at, asked, refusals: {} } as const;
  const own = { ...entry, ...(deviceId !== undefined && { deviceId }) };
  return { ...(await enterDraw({ ...deps, ...deps.draws }, own, offer)), offer };
};

/**
 * What a claim meets that comes after the close of its draw, or of the time that its block was reserved for: its own block,
 * one that is kept for it while a puzzle is solved, its entry, or nothing.
 */
const afterTheClose = async (
  deps: ClaimDeps,
  { driverId, blockId, version, at }: Commitment,
  offer: OfferFacts,
): Promise<ClaimOutcome | 'kept'> => {
  const entries = isDraw(offer) ? deps.draws?.entries : undefined;
  const [block, entered] = await Promise.all([
    answeredOrUnread(deps.store.read(blockId)),
    entries && enteredInTime(entries, { drawId: offer.drawId ?? '', driverId }),
  ]);
  if (block === 'unread') return { status: 'refused', code: 'try-again', offer };
  if (block?.version === version) {
    if (block.owner === driverId) return { status: 'repeated', offer };
    if (block.holder === driverId && (block.heldUntil ?? 0) > at) return 'kept';
  }
  if (!entered || !isDraw(offer)) return { status: 'refused', code: 'offer-expired', offer };
  return { ...entered, offer };
};

const take = async (deps: ClaimDeps, claim: Commitment, isGated: boolean): Promise<Verdict> => {
  if (isGated) {
    const gate = await hold(deps, claim);
    if (gate !== 'held') return gate;
  }
  const verdict = await commit(deps, claim);
  if (isGated && (verdict === 'schedule-overlap' || verdict === 'weekly-hours-exceeded')) {
    await deps.store.endHold(claim);
  }
  return verdict;
};

/** `decided` carries the block as it is: another's, ours, or in a later version. */
type Verdict =
  | 'claimed'
  | 'schedule-overlap'
  | 'weekly-hours-exceeded'
  | 'kept-for-another'
  | 'try-again'
  | { decided: Block | undefined };

/** Losers of a rush stop here: one conditional write, no transaction. */
const hold = async (deps: ClaimDeps, claim: Commitment): Promise<'held' | Verdict> => {
  for (let attempt = 1; attempt <= maxTries; attempt += 1) {
    const answer = await deps.store.hold(claim, claim.at + gateHoldMs);
    if (answer.status === 'done') return 'held';
    if (answer.status === 'refused') return asItIs(answer.block, claim);
    if (attempt < maxTries) await pause(deps);
  }
  return inDoubt(deps, claim);
};

/** What a block that is not to be had says about a claim. */
const asItIs = (block: Block | undefined, claim: Commitment): Verdict =>
  isKeptForAnother(block, claim) ? 'kept-for-another' : { decided: block };

const isKeptForAnother = (block: Block | undefined, { driverId, version }: Commitment) =>
  block?.state === 'open' &&
  block.version === version &&
  block.holder !== undefined &&
  block.holder !== driverId;

const commit = async (deps: ClaimDeps, claim: Commitment): Promise<Verdict> => {
  let unanswered = false;
  for (let attempt = 1; attempt <= maxTries; attempt += 1) {
    const answer = await deps.store.commitClaim(claim, deps.maxWeeklyMinutes);
    if (answer.status === 'done') return 'claimed';
    if (answer.status === 'unanswered') unanswered = true;
    if (answer.status === 'refused') {
      const verdict = refusal(answer, claim);
      if (typeof verdict === 'object' || (verdict && !unanswered)) return verdict;
      // An earlier try may still arrive and win once the way is free: this is not the last word.
      if (verdict) break;
    }
    if (attempt < maxTries) await pause(deps);
  }
  return inDoubt(deps, claim);
};

/** What stands in the way, or nothing if the weeks already hold this block. */
const refusal = (
  { block, weeks }: Extract<CommitAnswer, { status: 'refused' }>,
  claim: Commitment,
): Verdict | undefined => (block ? asItIs(block, claim) : calendarRefusal(weeks, claim));

/** A strong read settles what is settled. An open block settles nothing: a late write may still win it. */
const inDoubt = async (deps: ClaimDeps, claim: Commitment): Promise<Verdict> => {
  const block = await answeredOrUnread(deps.store.read(claim.blockId));
  if (block === 'unread') return 'try-again';
  return block?.state === 'open' && block.version === claim.version ? 'try-again' : { decided: block };
};

const conclude = (
  { settled }: ClaimDeps,
  { driverId, blockId, version }: Commitment,
  offer: OfferFacts,
  verdict: Verdict,
): ClaimOutcome => {
  const refuse = (code: ClaimRefusal): ClaimOutcome => ({ status: 'refused', code, offer });
  if (verdict === 'claimed') {
    settled.settle(blockId, version, { code: 'block-taken', owner: driverId });
    return { status: 'claimed', offer };
  }
  if (verdict === 'kept-for-another') return refuse('block-taken');
  if (typeof verdict === 'string') return refuse(verdict);
  const block = verdict.decided;
  if (!block?.state) return refuse('offer-expired');
  // Of a version that nobody may have an offer of yet, nothing is decided.
  if (block.state === 'waiting' && block.version === version) return refuse('offer-not-open');
  if (block.version !== version) {
    settled.settle(blockId, version, { code: 'offer-expired' });
    return refuse('offer-expired');
  }
  settled.settle(blockId, version, { code: 'block-taken', ...(block.owner && { owner: block.owner }) });
  return block.owner === driverId ? { status: 'repeated', offer } : refuse('block-taken');
};
