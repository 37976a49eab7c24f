import type { ReadSecret } from '#core/shared/secrets-gateway.ts';
import type { OfferKeys } from './offer-token.ts';

/** Loads the keys named as `generation=arn`, the current generation first. */
export const loadOfferKeys = async (named: readonly string[], readSecret: ReadSecret): Promise<OfferKeys> => {
  const entries = await Promise.all(
    named.map(async (entry): Promise<[string, string]> => {
      const [generation = '', arn = ''] = entry.split(/=(.*)/s);
      return [generation, await readSecret(arn)];
    }),
  );
  const current = entries[0]?.[0];
  if (!current) throw new Error('no offer key is configured');
  return { current, keys: new Map(entries) };
};
