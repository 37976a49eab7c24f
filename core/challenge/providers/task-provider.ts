import type { ProviderPolicy } from '#contract/challenge-policy.ts';
import { awsWafProvider } from './aws-waf.ts';
import { hcaptchaGateway } from './hcaptcha-gateway.ts';
import type { TaskProvider, TaskService } from './provider.ts';
import type { SiteverifyDeps } from './siteverify-gateway.ts';
import { turnstileGateway } from './turnstile-gateway.ts';

/** As long as a block is held: the next task of whoever waited in vain is one that needs no service. */
const restMs = 60_000;

const serviceOf = (policy: ProviderPolicy, deps: SiteverifyDeps): TaskService | undefined => {
  switch (policy.name) {
    case 'embedded':
      return undefined;
    case 'turnstile':
      return turnstileGateway(policy, deps);
    case 'hcaptcha':
      return hcaptchaGateway(policy, deps);
    case 'aws-waf':
      return awsWafProvider(policy);
  }
};

/** The stage's provider; undefined where the object task is our own. */
export const taskProvider = (policy: ProviderPolicy, deps: SiteverifyDeps): TaskProvider | undefined => {
  const service = serviceOf(policy, deps);
  if (!service) return undefined;
  let downUntil = 0;
  return {
    ...service,
    verify: async (token, context) => {
      const verdict = await service.verify(token, context);
      if (verdict.status === 'unavailable') downUntil = deps.now() + restMs;
      return verdict;
    },
    isDown: () => deps.now() < downUntil,
  };
};
