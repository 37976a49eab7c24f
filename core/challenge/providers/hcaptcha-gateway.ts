import type { PolicyOf } from '#contract/challenge-policy.ts';
import type { TaskService } from './provider.ts';
import { type SiteverifyDeps, siteverifyGateway } from './siteverify-gateway.ts';

/**
 * https://docs.hcaptcha.com/#verify-the-user-response-server-side. Outside its Enterprise plan nothing in a token
 * names our challenge: it counts once, by the service, and only when solved after the challenge was made.
 */
export const hcaptchaGateway = (policy: PolicyOf<'hcaptcha'>, deps: SiteverifyDeps): TaskService => ({
  view: {
    kind: 'external',
    provider: 'hcaptcha',
    siteKey: policy.siteKey,
    scriptUrl: 'https://js.hcaptcha.com/1/api.js?render=explicit',
  },
  verify: siteverifyGateway(
    {
      url: 'https://api.hcaptcha.com/siteverify',
      secretArn: policy.secretArn,
      hosts: policy.hosts,
      // Under much load the service leaves the host out: drivers must not pay for that.
      isHostUnknown: (hostname) => hostname == null || hostname === 'not-provided',
      maxAgeMs: 120_000,
      refusals: {
        'missing-input-response': 'invalid',
        'invalid-input-response': 'invalid',
        'expired-input-response': 'expired-or-used',
        'already-seen-response': 'expired-or-used',
        'invalid-or-already-seen-response': 'expired-or-used',
      },
      parameters: () => ({ sitekey: policy.siteKey }),
    },
    deps,
  ),
});
