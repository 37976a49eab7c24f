import { createHash } from 'node:crypto';
import type { PolicyOf } from '#contract/challenge-policy.ts';
import { refused, type TaskService, type TokenContext } from './provider.ts';
import { type SiteverifyDeps, siteverifyGateway } from './siteverify-gateway.ts';

const longestToken = 2_048;

/**
 * A UUID that follows from what is verified: whoever asks again, be it after a crash, is one and the same for the
 * service, which answers as it did before.
 */
const idempotencyKey = (token: string, { challengeId }: TokenContext): string => {
  const bytes = createHash('sha256').update(`${challengeId}.${token}`).digest().subarray(0, 16);
  // RFC 9562 section 5.4.
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
};

/** https://developers.cloudflare.com/turnstile/get-started/server-side-validation/ */
export const turnstileGateway = (policy: PolicyOf<'turnstile'>, deps: SiteverifyDeps): TaskService => {
  const verify = siteverifyGateway(
    {
      url: 'https://challenges.cloudflare.com/turnstile/v0/siteverify',
      secretArn: policy.secretArn,
      hosts: policy.hosts,
      maxAgeMs: 300_000,
      refusals: {
        'missing-input-response': 'invalid',
        'invalid-input-response': 'invalid',
        'timeout-or-duplicate': 'expired-or-used',
      },
      parameters: (token, context) => ({ idempotency_key: idempotencyKey(token, context) }),
      // The widget is rendered with our id as its `cData`, which the service protects.
      isBound: ({ cdata }, { challengeId }) => cdata === challengeId,
    },
    deps,
  );
  return {
    view: {
      kind: 'external',
      provider: 'turnstile',
      siteKey: policy.siteKey,
      scriptUrl: 'https://challenges.cloudflare.com/turnstile/v0/api.js?render=explicit',
    },
    verify: async (token, context) =>
      token.length > longestToken ? refused('invalid') : verify(token, context),
  };
};
