import { errors, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { KeysUnavailable } from './key-set-gateway.ts';

export interface SignedIn {
  accountId: string;
  groups: readonly string[];
  /** When the password was given, also of a token that was refreshed since; in milliseconds since the epoch. */
  authenticatedAt?: number;
}

export type SignInOutcome =
  | ({ status: 'signed-in' } & SignedIn)
  | { status: 'refused' }
  /** The provider's keys cannot be had: nobody is let in, and nobody is told that a token is bad. */
  | { status: 'unavailable' };

export interface SignInDeps {
  issuer: string;
  clientId: string;
  keys: JWTVerifyGetKey;
  now: () => number;
}

/** A token as long as this is none of the provider's. */
const longestToken = 8_192;
/** Verified tokens that are remembered: a refused burst of one account costs no signature check. */
const remembered = 5_000;

/**
 * Checks a bearer token of the identity provider: RS256, issuer, this app, not expired, an access or id token.
 * https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html
 */
export const signIn = ({ issuer, clientId, keys, now }: SignInDeps) => {
  const verified = new Map<string, { until: number; outcome: SignInOutcome }>();

  return async (authorization = ''): Promise<SignInOutcome> => {
    const known = verified.get(authorization);
    if (known && known.until > now()) return known.outcome;
    const token = /^Bearer ([A-Za-z0-9_.-]+)$/i.exec(authorization)?.[1];
    if (!token || token.length > longestToken) return { status: 'refused' };
    try {
      const { payload } = await jwtVerify(token, keys, {
        algorithms: ['RS256'],
        issuer,
        requiredClaims: ['sub', 'exp', 'token_use'],
        currentDate: new Date(now()),
      });
      const audience = payload.token_use === 'id' ? payload.aud : payload.client_id;
      if (payload.token_use !== 'id' && payload.token_use !== 'access') return { status: 'refused' };
      if (audience !== clientId || typeof payload.sub !== 'string') return { status: 'refused' };
      const groups = payload['cognito:groups'];
      const since = payload.auth_time ?? payload.iat;
      const outcome = {
        status: 'signed-in' as const,
        accountId: payload.sub,
        groups: Array.isArray(groups) ? groups.filter((group) => typeof group === 'string') : [],
        ...(typeof since === 'number' && { authenticatedAt: since * 1000 }),
      };
      if (verified.size >= remembered) verified.delete(verified.keys().next().value as string);
      verified.set(authorization, { until: Number(payload.exp) * 1000, outcome });
      return outcome;
    } catch (error) {
      if (error instanceof errors.JOSEError) return { status: 'refused' };
      if (error instanceof KeysUnavailable) return { status: 'unavailable' };
      throw error;
    }
  };
};
