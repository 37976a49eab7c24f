import type { SelfieCheck } from '#contract/identity.ts';
import type { IdentityPolicy } from '#contract/identity-policy.ts';
import { bandsOf, type Check, photosLeft } from './check.ts';
import { waysOpen } from './rules/ways.ts';

const iso = (at: number) => new Date(at).toISOString();

/** The ways that a check leaves open. A photo is offered also to who has not agreed to one yet: it says what is missing. */
export const waysOf = (policy: IdentityPolicy, check: Check) => {
  const isOpen = check.state === 'open' && policy.mode === 'on';
  return waysOpen({
    selfie: isOpen && photosLeft(check, policy.check.photos) > 0,
    movement: isOpen && policy.liveness.component !== 'none' && bandsOf(check).length > 0,
  });
};

/** A check as its driver sees it. Nothing of how like a photo was. */
export const describeCheck = (policy: IdentityPolicy, check: Check): SelfieCheck => {
  const { checkId, state, askedBy, blockId, createdAt, expiresAt } = check;
  return {
    checkId,
    state,
    askedBy,
    ...(blockId && { blockId }),
    createdAt: iso(createdAt),
    expiresAt: iso(expiresAt),
    photosLeft: state === 'open' ? photosLeft(check, policy.check.photos) : 0,
    ways: state === 'passed' ? [] : waysOf(policy, check),
  };
};
