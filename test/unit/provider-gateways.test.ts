import { generateKeyPairSync } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { jwtVerify } from 'jose';
import { describe, expect, it, onTestFinished } from 'vitest';
import { appleAttestationGateway } from '#core/devices/apple-attestation-gateway.ts';
import { playIntegrityGateway } from '#core/devices/play-integrity-gateway.ts';
import { statusListGateway } from '#core/devices/status-list-gateway.ts';
import { askServer } from '#core/shared/https-gateway.ts';

interface Asked {
  route: string;
  headers: IncomingMessage['headers'];
  body: string;
}
type Answer = { status?: number; headers?: Record<string, string>; body?: string } | 'silence' | 'half';

/** Somebody else's server on loopback: what it answers can be changed, and what it was asked is kept. */
const aServer = async (answer: Answer | ((asked: Asked) => Answer)) => {
  const server = { answer, asked: [] as Asked[] };
  const http = createServer(async (request, response) => {
    let body = '';
    for await (const part of request.setEncoding('utf8')) body += part;
    const asked = { route: `${request.method} ${request.url}`, headers: request.headers, body };
    server.asked.push(asked);
    const now = typeof server.answer === 'function' ? server.answer(asked) : server.answer;
    if (now === 'silence') return;
    if (now === 'half') {
      response.writeHead(200, { 'content-length': '100' }).write('{"entries":');
      setTimeout(() => response.destroy(), 10);
      return;
    }
    response.writeHead(now.status ?? 200, now.headers).end(now.body);
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    http.close();
    http.closeAllConnections();
  });
  return Object.assign(server, { url: `http://127.0.0.1:${(http.address() as AddressInfo).port}` });
};

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pemOf = (pair: { privateKey: typeof rsa.privateKey }) =>
  pair.privateKey.export({ format: 'pem', type: 'pkcs8' });
const noon = Date.UTC(2027, 0, 4, 12);

describe('a request to somebody else', () => {
  const ask = (url: string, limits = {}) =>
    askServer({ method: 'GET', url, timeoutMs: 200, sizeLimit: 1_000, ...limits });

  it('ends in time when no answer comes', async () => {
    const { url } = await aServer('silence');
    expect(await ask(url)).toEqual({ status: 'unavailable', reason: 'timeout' });
  });

  it('takes no answer that is cut short, and none that is too long', async () => {
    const server = await aServer('half');
    expect(await ask(server.url)).toEqual({ status: 'unavailable', reason: 'connection' });
    server.answer = { body: 'x'.repeat(1_001) };
    expect(await ask(server.url)).toEqual({ status: 'unavailable', reason: 'too-large' });
    server.answer = { body: 'x'.repeat(1_000) };
    expect(await ask(server.url)).toMatchObject({ status: 'answered', code: 200 });
  });

  it('says so when nobody is there, and follows nobody elsewhere', async () => {
    expect(await ask('http://127.0.0.1:1')).toEqual({ status: 'unavailable', reason: 'connection' });
    const { url } = await aServer({ status: 302, headers: { location: 'http://127.0.0.1:1' } });
    expect(await ask(url)).toMatchObject({ status: 'answered', code: 302 });
  });
});

describe('the status list', () => {
  it('is read with what tells that it has changed, and asked for with it', async () => {
    const body = JSON.stringify({
      entries: {
        '0A1': { status: 'REVOKED', reason: 'KEY_COMPROMISE', comment: '' },
        b2: { status: 'SUSPENDED', expires: '2028-01-01' },
      },
    });
    const headers = { etag: '"7"', 'last-modified': 'Mon, 04 Jan 2027 08:00:00 GMT' };
    const server = await aServer(({ headers: { 'if-none-match': tag } }) =>
      tag === '"7"' ? { status: 304 } : { headers, body },
    );
    const fetchList = statusListGateway(server.url);
    const validators = { etag: '"7"', lastModified: 'Mon, 04 Jan 2027 08:00:00 GMT' };
    expect(await fetchList({})).toEqual({
      status: 'list',
      list: new Map([
        ['a1', 'REVOKED'],
        ['b2', 'SUSPENDED'],
      ]),
      validators,
    });
    expect(await fetchList(validators)).toEqual({ status: 'unchanged' });
    expect(server.asked[1]?.headers).toMatchObject({
      'if-none-match': '"7"',
      'if-modified-since': 'Mon, 04 Jan 2027 08:00:00 GMT',
    });
  });

  it.each([
    ['no JSON', '{'],
    ['no entries', '{}'],
    ['a list of entries', '{"entries":[]}'],
    ['null', 'null'],
    ['a serial that is none', '{"entries":{"x1":{"status":"REVOKED"}}}'],
    ['an entry that is none', '{"entries":{"a1":"REVOKED"}}'],
    ['an entry without a status', '{"entries":{"a1":{}}}'],
    ['a status that nobody knows', '{"entries":{"a1":{"status":"FINE"}}}'],
    ['two lists in one', '{"entries":{"a1":{"status":"REVOKED"}},"entries":{}}'],
  ])('is malformed as a whole: %s', async (_, body) => {
    const { url } = await aServer({ body });
    expect(await statusListGateway(url)({})).toEqual({ status: 'malformed', reason: 'not-a-status-list' });
  });

  it('is malformed when it is larger than any list', async () => {
    const { url } = await aServer({ body: ' '.repeat(4 * 1024 * 1024 + 1) });
    expect(await statusListGateway(url)({})).toEqual({ status: 'malformed', reason: 'too-large' });
  });

  it('is unavailable with any other status, and with a 304 that nobody asked for', async () => {
    const server = await aServer({ status: 503 });
    expect(await statusListGateway(server.url)({})).toEqual({ status: 'unavailable', reason: 'status-503' });
    server.answer = { status: 304 };
    expect(await statusListGateway(server.url)({})).toEqual({ status: 'unavailable', reason: 'status-304' });
  });
});

describe('a receipt', () => {
  const secret = JSON.stringify({ keyId: 'KEY0000001', teamId: 'TEAM000001', privateKeyPem: pemOf(ec) });
  const exchangeAt = (url: string, value = secret) =>
    appleAttestationGateway({ url, readSecret: async () => value, now: () => noon })('cmVjZWlwdA==');

  it('is sent with a token of the team and comes back as another', async () => {
    const server = await aServer({ body: 'bmV3ZXI=\n' });
    expect(await exchangeAt(server.url)).toEqual({ status: 'refreshed', receipt: Buffer.from('newer') });
    const [{ headers, body, route } = { headers: {}, body: '', route: '' }] = server.asked;
    expect([route, body]).toEqual(['POST /', 'cmVjZWlwdA==']);
    const { payload, protectedHeader } = await jwtVerify(headers.authorization ?? '', ec.publicKey, {
      currentDate: new Date(noon),
    });
    expect(protectedHeader).toEqual({ alg: 'ES256', kid: 'KEY0000001' });
    expect(payload).toMatchObject({ iss: 'TEAM000001', iat: noon / 1_000 });
  });

  it.each([
    [304, '', { status: 'too-early' }],
    [400, 'bad', { status: 'rejected', reason: 'status-400' }],
    [404, '', { status: 'rejected', reason: 'status-404' }],
    [401, '', { status: 'unavailable', reason: 'status-401' }],
    [429, '', { status: 'unavailable', reason: 'status-429' }],
    [500, '', { status: 'unavailable', reason: 'status-500' }],
    [200, 'not base64!', { status: 'rejected', reason: 'not-base64' }],
    [200, '', { status: 'rejected', reason: 'not-base64' }],
    [200, 'A'.repeat(30_000), { status: 'rejected', reason: 'too-large' }],
  ])('answered %i is %o', async (status, body, expected) => {
    const { url } = await aServer({ status, ...(status !== 304 && { body }) });
    expect(await exchangeAt(url)).toEqual(expected);
  });

  it.each(['', '{}', 'null', '{"keyId":"K","teamId":"T","privateKeyPem":"no key"}'])(
    'stays here while the secret is unusable: %s',
    async (value) => {
      const server = await aServer({ body: 'bmV3ZXI=' });
      expect(await exchangeAt(server.url, value)).toEqual({
        status: 'unavailable',
        reason: 'unusable-secret',
      });
      expect(server.asked).toEqual([]);
    },
  );
});

it.each(['receipt', 'token'])('a secret that cannot be read makes no %s throw', async (kind) => {
  const deps = { readSecret: () => Promise.reject(new Error('no secret')), now: () => noon };
  const ask =
    kind === 'receipt'
      ? appleAttestationGateway({ ...deps, url: 'http://127.0.0.1:1' })
      : playIntegrityGateway({ ...deps, packageName: 'com.example.driver' });
  expect(await ask('')).toEqual({ status: 'unavailable', reason: 'unusable-secret' });
});

describe('an integrity token', () => {
  const payload = { requestDetails: { requestPackageName: 'com.example.driver' } };
  const aGoogle = async () => {
    const decoded: Answer = { body: JSON.stringify({ tokenPayloadExternal: payload }) };
    const granted: Answer = { body: JSON.stringify({ access_token: 'access-1', expires_in: 3_600 }) };
    const answers = { decoded, granted };
    const server = await aServer(({ route }) =>
      route === 'POST /token' ? answers.granted : answers.decoded,
    );
    const account = {
      client_email: 'integrity@example.test',
      private_key: pemOf(rsa),
      private_key_id: 'key-1',
      token_uri: `${server.url}/token`,
    };
    let time = noon;
    const decode = (secret = JSON.stringify(account)) =>
      playIntegrityGateway({
        packageName: 'com.example.driver',
        readSecret: async () => secret,
        now: () => time,
        origin: server.url,
      });
    return {
      server,
      answers,
      account,
      decode,
      pass: (ms: number) => {
        time += ms;
      },
      routes: () => server.asked.map(({ route }) => route.replace(/^POST /, '')),
    };
  };
  const decodePath = '/v1/com.example.driver:decodeIntegrityToken';

  it("is decoded by Google's server with a token of the service account, which is kept", async () => {
    const { server, account, decode, pass, routes } = await aGoogle();
    const gateway = decode();
    const decoded = { status: 'decoded', payload };
    expect(await Promise.all([gateway('a'), gateway('b')])).toEqual([decoded, decoded]);
    expect(routes()).toEqual(['/token', decodePath, decodePath]);
    const grant = new URLSearchParams(server.asked[0]?.body);
    const { payload: claims } = await jwtVerify(grant.get('assertion') ?? '', rsa.publicKey, {
      currentDate: new Date(noon),
      audience: account.token_uri,
      issuer: account.client_email,
    });
    expect(claims).toMatchObject({ scope: 'https://www.googleapis.com/auth/playintegrity' });
    expect(server.asked[1]?.headers.authorization).toBe('Bearer access-1');
    expect(JSON.parse(server.asked[1]?.body ?? '')).toEqual({ integrity_token: 'a' });
    pass(3_479_000);
    await gateway('c');
    expect(routes()).toHaveLength(4);
    pass(2_000);
    await gateway('d');
    expect(routes().slice(4)).toEqual(['/token', decodePath]);
  });

  it.each([
    [{ status: 400 }, { status: 'rejected', reason: 'status-400' }],
    [{ status: 403 }, { status: 'unavailable', reason: 'status-403' }],
    [{ status: 429 }, { status: 'unavailable', reason: 'status-429' }],
    [{ status: 503 }, { status: 'unavailable', reason: 'status-503' }],
    [{ body: 'no json' }, { status: 'unavailable', reason: 'unreadable-answer' }],
    [{ body: '{"tokenPayloadExternal":[]}' }, { status: 'unavailable', reason: 'unreadable-answer' }],
  ])('answered %o is %o', async (answer, expected) => {
    const { answers, decode } = await aGoogle();
    answers.decoded = answer;
    expect(await decode()('a')).toEqual(expected);
  });

  it('asks for another access token when the one it has was withdrawn', async () => {
    const { answers, decode, routes } = await aGoogle();
    const gateway = decode();
    const { decoded } = answers;
    answers.decoded = { status: 401 };
    expect(await gateway('a')).toEqual({ status: 'unavailable', reason: 'status-401' });
    answers.decoded = decoded;
    expect(await gateway('a')).toMatchObject({ status: 'decoded' });
    expect(routes()).toEqual(['/token', decodePath, '/token', decodePath]);
  });

  it('stays here without an access token', async () => {
    const { answers, account, decode, routes } = await aGoogle();
    for (const secret of ['', '[]', JSON.stringify({ ...account, private_key: 'no key' })])
      expect(await decode(secret)('a')).toEqual({ status: 'unavailable', reason: 'unusable-secret' });
    answers.granted = { status: 401, body: '{"error":"invalid_grant"}' };
    expect(await decode()('a')).toEqual({ status: 'unavailable', reason: 'grant-401' });
    expect(routes()).toEqual(['/token']);
  });
});
