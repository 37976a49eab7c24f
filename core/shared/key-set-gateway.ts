import { get as getSecurely } from 'node:https';
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { plainHttp } from './plain-http.ts';

/** The provider's keys cannot be had at the moment. */
export class KeysUnavailable extends Error {}

/** The provider rotates its keys rarely and announces them long before. */
const lifetimeMs = 600_000;
/** A token with an unknown key id makes us ask again, but not for every such token. */
const cooldownMs = 30_000;
const timeoutMs = 2_000;
const sizeLimit = 65_536;

const fetchKeys = (url: URL): Promise<JSONWebKeySet> =>
  new Promise((resolve, reject) => {
    const fail = (reason: string) => reject(new KeysUnavailable(`the key set cannot be read: ${reason}`));
    const get = url.protocol === 'https:' ? getSecurely : plainHttp().get;
    const request = get(url, { timeout: timeoutMs }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        body += part;
        if (body.length > sizeLimit) request.destroy(new Error('it is too large'));
      });
      response.on('end', () => {
        if (response.statusCode !== 200) return fail(`status ${response.statusCode}`);
        try {
          resolve(JSON.parse(body) as JSONWebKeySet);
        } catch {
          fail('it is no JSON');
        }
      });
      response.on('error', ({ message }) => fail(message));
    });
    request.on('timeout', () => request.destroy(new Error('no answer')));
    request.on('error', ({ message }) => fail(message));
  });

/**
 * The identity provider's published keys, kept for ten minutes. Not jose's own remote set: that one loads
 * undici when it is imported, a quarter of the cold start.
 */
export const providerKeys = (issuer: string, now: () => number): JWTVerifyGetKey => {
  const url = new URL(`${issuer}/.well-known/jwks.json`);
  let known: { find: JWTVerifyGetKey; at: number } | undefined;
  let loading: Promise<JWTVerifyGetKey> | undefined;

  const load = (): Promise<JWTVerifyGetKey> => {
    loading ??= fetchKeys(url)
      .then((keys) => {
        const find = createLocalJWKSet(keys);
        known = { find, at: now() };
        return find;
      })
      .catch((error: unknown) => {
        throw error instanceof errors.JOSEError ? new KeysUnavailable('the key set is not one') : error;
      })
      .finally(() => {
        loading = undefined;
      });
    return loading;
  };

  return async (header, token) => {
    const fresh = known && now() - known.at < lifetimeMs ? known : undefined;
    const find = fresh?.find ?? (await load());
    try {
      return await find(header, token);
    } catch (error) {
      const mayBeNew = error instanceof errors.JWKSNoMatchingKey && now() - (known?.at ?? 0) > cooldownMs;
      if (!mayBeNew) throw error;
      return (await load())(header, token);
    }
  };
};
