import type { Block } from '#core/offers/block.ts';
import type { ClaimOutcome } from '#core/offers/claim-block.ts';
import { releasableUntil } from '#core/offers/release-block.ts';
import type { Effect, Journal } from './journal.ts';

export type Outcome =
  | Exclude<ClaimOutcome['status'], 'refused'>
  | 'released'
  | Extract<ClaimOutcome, { status: 'refused' }>['code']
  | 'not-yours'
  | 'too-late'
  /** The function died: the driver learns nothing. */
  | 'crashed'
  | `threw ${string}`;

/** One call of the API by a driver, and what was true at some moment between its start and its end. */
export interface Request {
  label: string;
  kind: 'claim' | 'release';
  driverId: string;
  blockId: string;
  /** Of the offer token. A release names no version. */
  version: number;
  gated: boolean;
  outcome?: Outcome;
  sends: number;
  /** Changes of owner that its requests brought about, even after its end. */
  effects: Effect[];
  /** How many of them had been brought about when it was answered. */
  effectsAtEnd: number;
  saw: { mine: boolean; free: boolean; newer: boolean; waiting: boolean; overlap: boolean; hours: boolean };
}

/** Looks at the world for a request that is under way. */
export const witness = (request: Request, journal: Journal): void => {
  const { saw, driverId, blockId, version } = request;
  const block = journal.block(blockId);
  const isOwner = block.owner === driverId;
  saw.mine ||= isOwner && (request.kind === 'release' || block.version === version);
  saw.free ||= !isOwner;
  saw.newer ||= block.version > version;
  saw.waiting ||= block.version === version && block.state === 'waiting';
  const { overlap, hours } = journal.obstacles(driverId, block);
  saw.overlap ||= overlap;
  saw.hours ||= hours;
};

/**
 * Answers after which the driver may rely on owning nothing through this request. `try-again`, a crash and
 * a lost answer are not final: a write that is still under way may win later.
 */
const finalRefusals: ReadonlySet<Outcome> = new Set([
  'block-taken',
  'offer-expired',
  'schedule-overlap',
  'weekly-hours-exceeded',
  'not-yours',
  'too-late',
]);

const isFinal = (outcome: Outcome | undefined) => outcome !== undefined && finalRefusals.has(outcome);

/**
 * Three tries and a read; behind a gate each try may take another hold of three tries and a read, and one
 * more write gives the hold back. A release reads and writes three times.
 */
const mostSends = ({ kind, gated }: Request) => (kind === 'release' ? 6 : gated ? 21 : 4);

interface Surroundings {
  journal: Journal;
  now: number;
  releaseLeadMinutes: number;
  requests: readonly Request[];
}

/** Why an answer is false, judged when it is given; nothing if it is true. */
export const falsehood = (request: Request, { journal, now, releaseLeadMinutes, requests }: Surroundings) => {
  const { outcome, saw, driverId, blockId, version, kind, gated } = request;
  const block: Block = journal.block(blockId);
  const owner = journal.ownerOf(blockId, version);
  // The rule of final refusals, first half: whoever gets a final no owns nothing by that request. It may have
  // won before, its answer lost, if the driver himself has released the version since.
  const owns = kind === 'claim' && block.owner === driverId && block.version === version;
  if (isFinal(outcome) && request.effects.length > 0 && (owns || kind === 'release')) {
    return 'it had taken effect';
  }
  if (outcome?.startsWith('threw')) return 'no use case may throw';
  if (request.sends > mostSends(request)) return `${request.sends} requests were sent`;
  const truths: Partial<Record<Outcome, boolean>> =
    kind === 'claim'
      ? {
          claimed: saw.mine,
          repeated: saw.mine,
          'block-taken':
            owner === undefined
              ? gated && requests.some((other) => other.driverId !== driverId && other.blockId === blockId)
              : owner !== driverId,
          'offer-expired': saw.newer || now >= block.startsAt,
          'offer-not-open': saw.waiting,
          'schedule-overlap': saw.overlap,
          'weekly-hours-exceeded': saw.hours,
        }
      : {
          released: saw.mine && saw.free && request.effects.length === 1,
          repeated: saw.free && journal.hasReleased(driverId, blockId),
          'not-yours': saw.free,
          'too-late': now > releasableUntil(block.startsAt, releaseLeadMinutes),
        };
  const isTrue = outcome === 'try-again' || outcome === 'crashed' || truths[outcome as Outcome];
  return isTrue ? undefined : 'the answer was never true while the request ran';
};

/** What must hold of the answers once the last late request has landed. */
export const brokenPromises = (requests: readonly Request[], journal: Journal): string[] => {
  const broken: string[] = [];
  const acknowledged = new Map<string, string>();
  for (const request of requests) {
    const { label, outcome, driverId, blockId, version, effects } = request;
    const say = (what: string) => broken.push(`${label}, answered ${outcome}: ${what}`);
    // The rule of final refusals, second half: nothing of a request lands after its final no. The rule is about
    // the request and not the driver, because another request of the same driver, sent with the same token and
    // answered `try-again` or not at all, may rightly win.
    if (isFinal(outcome) && effects.length > request.effectsAtEnd) say('it took effect all the same');
    if (effects.length > 1) say('it took effect twice');
    for (const effect of effects) {
      if (effect.kind !== request.kind || effect.driverId !== driverId)
        say(`it made a ${effect.kind} of ${effect.driverId}`);
      if (effect.kind === 'claim' && effect.version !== version) say(`it claimed version ${effect.version}`);
    }
    if (request.kind === 'release' || (outcome !== 'claimed' && outcome !== 'repeated')) continue;
    const offer = `${blockId}@${version}`;
    const first = acknowledged.get(offer);
    if (first && first !== driverId) say(`${first} was told the same`);
    acknowledged.set(offer, driverId);
    const block = journal.block(blockId);
    const isKept = block.version === version && block.owner === driverId;
    const isReleased =
      block.version > version &&
      requests.some((other) =>
        other.effects.some(
          (effect) =>
            effect.kind === 'release' &&
            effect.version === version &&
            other.blockId === blockId &&
            other.driverId === driverId,
        ),
      );
    if (!isKept && !isReleased)
      say(`the block is ${block.state} in version ${block.version} of ${block.owner ?? 'nobody'}`);
  }
  return broken;
};
