import { createPrivateKey } from 'node:crypto';
import { SignJWT } from 'jose';
import { askServer } from '#core/shared/https-gateway.ts';

/** What Google's server makes of a standard token (PI1). */
export type DecodedToken =
  /** `tokenPayloadExternal`, of which nothing is checked yet. */
  | { status: 'decoded'; payload: Record<string, unknown> }
  /** About this token. */
  | { status: 'rejected'; reason: string }
  | { status: 'unavailable'; reason: string };

export type DecodeIntegrityToken = (token: string) => Promise<DecodedToken>;

export interface PlayIntegrityDeps {
  packageName: string;
  /** A service account of Google Cloud, the JSON file as Google gives it. */
  readSecret: () => Promise<string>;
  now: () => number;
  /** Of Google's server. */
  origin?: string;
}

interface ServiceAccount {
  client_email: string;
  private_key: string;
  private_key_id?: string;
  token_uri: string;
}

type AccessToken =
  | { status: 'granted'; token: string; until: number }
  | Exclude<DecodedToken, { payload: unknown }>;

const scope = 'https://www.googleapis.com/auth/playintegrity';
const timeoutMs = 5_000;
const sizeLimit = 64 * 1024;
/** Google takes no longer assertions. */
const assertionLifetimeMs = 3_600_000;
/** Before its end a token is replaced, so that none ends on its way. */
const safetyMs = 120_000;

const unavailable = (reason: string) => ({ status: 'unavailable', reason }) as const;

const parse = (text: string): Record<string, unknown> | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
};

const isServiceAccount = (value: unknown): value is ServiceAccount =>
  ['client_email', 'private_key', 'token_uri'].every(
    (name) => typeof (value as Record<string, unknown> | undefined)?.[name] === 'string',
  );

/** Undefined for a secret that is no service account: what it holds must not become part of an error. */
const signAssertion = async (account: ServiceAccount, now: number): Promise<string | undefined> => {
  const { client_email, private_key, private_key_id, token_uri } = account;
  try {
    return await new SignJWT({ scope })
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT', ...(private_key_id && { kid: private_key_id }) })
      .setIssuer(client_email)
      .setAudience(token_uri)
      .setIssuedAt(Math.floor(now / 1_000))
      .setExpirationTime(new Date(now + assertionLifetimeMs))
      .sign(createPrivateKey(private_key));
  } catch {
    return undefined;
  }
};

/** RFC 7523 section 2.1: an assertion that the service account signs for an access token. */
const askForToken = async (secret: string, now: number): Promise<AccessToken> => {
  const account = parse(secret);
  const assertion = isServiceAccount(account) ? await signAssertion(account, now) : undefined;
  if (!isServiceAccount(account) || !assertion) return unavailable('unusable-secret');
  const answer = await askServer({
    method: 'POST',
    url: account.token_uri,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: String(
      new URLSearchParams({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion }),
    ),
    timeoutMs,
    sizeLimit,
  });
  if (answer.status === 'unavailable') return answer;
  const { access_token, expires_in } = parse(answer.body.toString()) ?? {};
  if (answer.code !== 200 || typeof access_token !== 'string' || typeof expires_in !== 'number')
    return unavailable(`grant-${answer.code}`);
  return { status: 'granted', token: access_token, until: now + expires_in * 1_000 - safetyMs };
};

/** The access token in use: one request for all who wait for it, and another when its time is up. */
const accessTokens = ({ readSecret, now }: PlayIntegrityDeps) => {
  let known: Extract<AccessToken, { status: 'granted' }> | undefined;
  let asking: Promise<AccessToken> | undefined;
  const ask = async (): Promise<AccessToken> => {
    const secret = await readSecret().catch(() => '');
    const answer = await askForToken(secret, now());
    known = answer.status === 'granted' ? answer : undefined;
    return answer;
  };
  return {
    get: async (): Promise<AccessToken> => {
      if (known && known.until > now()) return known;
      asking ??= ask().finally(() => {
        asking = undefined;
      });
      return asking;
    },
    forget: () => {
      known = undefined;
    },
  };
};

/**
 * Standard tokens are opened by Google's server only.
 * https://developer.android.com/google/play/integrity/standard#decrypt-and
 */
export const playIntegrityGateway = (deps: PlayIntegrityDeps): DecodeIntegrityToken => {
  const { packageName, origin = 'https://playintegrity.googleapis.com' } = deps;
  const url = `${origin}/v1/${encodeURIComponent(packageName)}:decodeIntegrityToken`;
  const tokens = accessTokens(deps);

  const decode = (accessToken: string, integrityToken: string) =>
    askServer({
      method: 'POST',
      url,
      headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ integrity_token: integrityToken }),
      timeoutMs,
      sizeLimit,
    });

  return async (integrityToken) => {
    const access = await tokens.get();
    if (access.status !== 'granted') return access;
    const answer = await decode(access.token, integrityToken);
    if (answer.status === 'unavailable') return answer;
    // Withdrawn before its time; whoever comes next gets a new one.
    if (answer.code === 401) tokens.forget();
    if (answer.code === 400) return { status: 'rejected', reason: 'status-400' };
    if (answer.code !== 200) return unavailable(`status-${answer.code}`);
    const payload = parse(answer.body.toString())?.tokenPayloadExternal;
    return typeof payload === 'object' && payload !== null && !Array.isArray(payload)
      ? { status: 'decoded', payload: payload as Record<string, unknown> }
      : unavailable('unreadable-answer');
  };
};
