import type { claimBlock } from '#contract/offers.ts';
import type { AnswerOf } from '#contract/route.ts';
import { toClaimedBlock } from '#core/offers/block-view.ts';
import type { ClaimOutcome } from '#core/offers/claim-block.ts';
import type { Claimant } from '#core/offers/claim-guard.ts';
import type { Call } from '../http.ts';
import type { Refusal } from './refusal.ts';

/** Who claims what, on which phone. */
export const claimOf = ({
  caller: { accountId: driverId, deviceId, tier, enrolledAt },
  body: { offerToken, clearance },
  requestId,
}: Call<typeof claimBlock>): Claimant & { offerToken: string } => ({
  requestId,
  driverId,
  offerToken,
  ...(deviceId && { deviceId }),
  ...(tier && { tier }),
  ...(enrolledAt !== undefined && { enrolledAt }),
  ...(clearance && { clearance }),
});

export const answeredClaim = (
  outcome: ClaimOutcome,
  releaseLeadMinutes: number,
): AnswerOf<typeof claimBlock> | Refusal => {
  if (outcome.status === 'refused') {
    const { code, reason, challenge, heldUntil, retryAfterSeconds } = outcome;
    return {
      problem: code,
      ...(reason && { reason }),
      ...(challenge && { challenge }),
      ...(heldUntil !== undefined && { heldUntil: new Date(heldUntil).toISOString() }),
      ...(retryAfterSeconds !== undefined && { headers: { 'retry-after': String(retryAfterSeconds) } }),
    };
  }
  const block = toClaimedBlock(outcome.offer, releaseLeadMinutes);
  return { status: outcome.status === 'claimed' ? 201 : 200, body: { status: 'claimed', block } };
};
