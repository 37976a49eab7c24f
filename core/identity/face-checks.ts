import type { IdentityPolicy } from '#contract/identity-policy.ts';
import { cached } from '#core/shared/cached.ts';
import type { OptOut } from './opt-out-gateway.ts';

/** Whether faces may be compared, and if not, why, in plain words. */
export type FaceChecks = { state: 'on' } | { state: 'off'; reason: string };

const on: FaceChecks = { state: 'on' };

/** How long an answer about the opt-out holds. */
const preflightMs = 600_000;
const staleMs = 3_600_000;

/**
 * Faces are compared only where the service that compares them may not learn from them, or somebody signed that it may.
 * Not knowing counts as no.
 */
export const faceChecks = (
  policy: IdentityPolicy,
  readOptOut: () => Promise<OptOut>,
  now: () => number,
): (() => Promise<FaceChecks>) => {
  let last: { said: OptOut; at: number } | undefined;
  const known = cached(
    async (): Promise<OptOut> => {
      const said = await readOptOut();
      if (said !== 'unknown') last = { said, at: now() };
      // Who has never read it tries again at once; what was read before holds for a time.
      else if (!last) throw new Error('the opt-out cannot be read');
      return last && now() - last.at <= staleMs ? last.said : 'unknown';
    },
    preflightMs,
    now,
  );
  return async () => {
    if (policy.mode === 'off') return { state: 'off', reason: 'This service does not compare faces.' };
    if (policy.trainingOverride) return on;
    const said = await known().catch(() => 'unknown' as const);
    if (said === 'effective') return on;
    return {
      state: 'off',
      reason:
        said === 'missing'
          ? 'The organisation has not opted out of images being used to improve the service.'
          : 'Whether the organisation opted out of images being used to improve the service could not be read.',
    };
  };
};
