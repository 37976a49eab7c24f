import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { expect, it, onTestFinished } from 'vitest';
import { providerKeys } from '#core/shared/key-set-gateway.ts';
import { signIn } from '#core/shared/sign-in.ts';

/** An identity provider on loopback: what it publishes can be changed, and its requests are counted. */
const aProvider = async () => {
  const provider = { keys: [] as unknown[], asked: 0, status: 200 };
  const server = createServer((_, response) => {
    provider.asked += 1;
    response.writeHead(provider.status).end(JSON.stringify({ keys: provider.keys }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}/pool`;
  const publish = async (kid: string) => {
    const { publicKey, privateKey } = await generateKeyPair('RS256');
    provider.keys.push({ ...(await exportJWK(publicKey)), kid, alg: 'RS256' });
    return (subject: string) =>
      new SignJWT({ sub: subject, token_use: 'access', client_id: 'app' })
        .setProtectedHeader({ alg: 'RS256', kid })
        .setIssuer(issuer)
        .setExpirationTime('1h')
        .sign(privateKey);
  };
  return { provider, issuer, publish };
};

it('asks once for all tokens, and again for a key that appeared, but not for every unknown one', async () => {
  const { provider, issuer, publish } = await aProvider();
  let time = Date.now();
  const now = () => time;
  const check = signIn({ issuer, clientId: 'app', keys: providerKeys(issuer, now), now });
  const first = await publish('key-1');
  const tokens = await Promise.all(['a', 'b', 'c'].map(first));
  const outcomes = await Promise.all(tokens.map((token) => check(`Bearer ${token}`)));
  expect(outcomes.map(({ status }) => status)).toEqual(['signed-in', 'signed-in', 'signed-in']);
  expect(provider.asked).toBe(1);

  const second = await publish('key-2');
  expect(await check(`Bearer ${await second('d')}`)).toMatchObject({ status: 'refused' });
  expect(provider.asked).toBe(1);
  time += 31_000;
  expect(await check(`Bearer ${await second('e')}`)).toMatchObject({ status: 'signed-in', accountId: 'e' });
  expect(provider.asked).toBe(2);
});

it('is unavailable, and tries again with the next token, while the provider fails', async () => {
  const { provider, issuer, publish } = await aProvider();
  const check = signIn({ issuer, clientId: 'app', keys: providerKeys(issuer, Date.now), now: Date.now });
  const token = await (await publish('key-1'))('a');
  provider.status = 500;
  expect(await check(`Bearer ${token}`)).toEqual({ status: 'unavailable' });
  provider.status = 200;
  expect(await check(`Bearer ${token}`)).toMatchObject({ status: 'signed-in' });
});
