import { createLocalJWKSet, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { providerKeys } from '#core/shared/key-set-gateway.ts';
import { signIn } from '#core/shared/sign-in.ts';

const issuer = 'https://identity.test/pool';
const clientId = 'the-app';
const now = Date.UTC(2026, 10, 21);
const inSeconds = (at: number) => Math.floor(at / 1000);

type Keys = Awaited<ReturnType<typeof generateKeyPair>>;
let keys: Keys;
let stranger: Keys;
beforeAll(async () => {
  [keys, stranger] = await Promise.all([generateKeyPair('RS256'), generateKeyPair('RS256')]);
});

const aToken = (claims: JWTPayload = {}, by: Keys = keys) =>
  new SignJWT({
    sub: 'driver-1',
    iss: issuer,
    token_use: 'access',
    client_id: clientId,
    exp: inSeconds(now) + 3_600,
    ...claims,
  })
    .setProtectedHeader({ alg: 'RS256', kid: 'key-1' })
    .sign(by.privateKey);

const gate = async (at: () => number = () => now) => {
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'key-1', alg: 'RS256' };
  return signIn({ issuer, clientId, keys: createLocalJWKSet({ keys: [jwk] }), now: at });
};

describe('a sign-in', () => {
  it('lets access and id tokens of this app in, with their groups and when the password was given', async () => {
    const check = await gate();
    expect(await check(`Bearer ${await aToken()}`)).toEqual({
      status: 'signed-in',
      accountId: 'driver-1',
      groups: [],
    });
    const at = inSeconds(now) - 600;
    const refreshed = await aToken({ auth_time: at, iat: inSeconds(now) });
    expect(await check(`Bearer ${refreshed}`)).toMatchObject({ authenticatedAt: at * 1_000 });
    expect(await check(`Bearer ${await aToken({ iat: at })}`)).toMatchObject({ authenticatedAt: at * 1_000 });
    const id = await aToken({ token_use: 'id', aud: clientId, 'cognito:groups': ['analyst'] });
    expect(await check(`bearer ${id}`)).toMatchObject({ status: 'signed-in', groups: ['analyst'] });
  });

  it.each<[string, JWTPayload]>([
    ['expired', { exp: inSeconds(now) - 1 }],
    ['without expiry', { exp: undefined } as unknown as JWTPayload],
    ['not valid yet', { nbf: inSeconds(now) + 60 }],
    ['of another issuer', { iss: 'https://identity.test/other' }],
    ['for another app', { client_id: 'another-app' }],
    ['for another app as an id token', { token_use: 'id', aud: 'another-app' }],
    ['of another use', { token_use: 'refresh' }],
    ['of nobody', { sub: undefined } as unknown as JWTPayload],
  ])('refuses a token that is %s', async (_, claims) => {
    expect(await (await gate())(`Bearer ${await aToken(claims)}`)).toEqual({ status: 'refused' });
  });

  it('refuses a token that a stranger signed, and what is no token', async () => {
    const check = await gate();
    expect(await check(`Bearer ${await aToken({}, stranger)}`)).toEqual({ status: 'refused' });
    for (const header of [
      undefined,
      '',
      'Bearer',
      'Bearer ',
      `Basic ${await aToken()}`,
      'Bearer a.b',
      'Bearer a b',
    ]) {
      expect(await check(header)).toEqual({ status: 'refused' });
    }
  });

  it('ends with the token, also for a function that has seen it', async () => {
    let time = now;
    const check = await gate(() => time);
    const token = await aToken();
    expect(await check(`Bearer ${token}`)).toMatchObject({ status: 'signed-in' });
    time += 3_600_000;
    expect(await check(`Bearer ${token}`)).toEqual({ status: 'refused' });
  });

  it('lets nobody in while the keys cannot be had, and blames no token', async () => {
    const check = signIn({
      issuer,
      clientId,
      keys: providerKeys('http://127.0.0.1:9', () => now),
      now: () => now,
    });
    expect(await check(`Bearer ${await aToken()}`)).toEqual({ status: 'unavailable' });
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{}').toString('base64url')}.`;
    expect(await check(`Bearer ${unsigned}`)).toEqual({ status: 'refused' });
  });
});
