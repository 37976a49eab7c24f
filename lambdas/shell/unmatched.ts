import { methodsAt } from '#contract/routes.ts';
import type { Refusal } from './refusal.ts';

/** What no route of the contract matches: an address that does not exist, or one that takes other methods. */
export const unmatched = ({ rawPath }: { rawPath: string }): Refusal => {
  const allow = methodsAt(rawPath);
  return allow.length > 0
    ? { problem: 'method-not-allowed', headers: { allow: allow.join(', ') } }
    : { problem: 'not-found' };
};
