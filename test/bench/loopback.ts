import { createHash, randomUUID } from 'node:crypto';
import { createServer, type RequestListener, type Server } from 'node:http';
import { json } from 'node:stream/consumers';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { listenOnPort } from '#local/ports.ts';
import { someKeys } from '#test/support/builders.ts';

const region = 'us-west-2';
const edgeSecret = 'the edge secret of the benchmark';
const [edgeArn, offerKeyArn, tokenKeyArn] = [
  'arn:bench:edge',
  'arn:bench:offer-key',
  'arn:bench:device-token-key',
];
const edgeHeaders = { 'x-evenfield-edge': edgeSecret, 'content-type': 'application/json' };
const [userPool, clientId] = [`${region}_bench`, 'bench-client'];

export interface Loopback {
  /** Environment that makes a function talk to these servers. */
  readonly environment: Readonly<Record<string, string>>;
  /** What the edge adds to every request with a body. */
  readonly edgeHeaders: Readonly<Record<string, string>>;
  /** Headers that the edge and a signed-in driver add. */
  headersOf(driverId: string): Promise<Record<string, string>>;
  stop(): void;
}

/**
 * What a function talks to beside the database: the keys of the identity provider, the secrets extension and the
 * attempts queue. Real HTTP servers in this process, so that none of their work counts as the function's.
 */
export const startLoopback = async (): Promise<Loopback> => {
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const jwks = JSON.stringify({
    keys: [{ ...(await exportJWK(publicKey)), kid: 'bench', alg: 'RS256', use: 'sig' }],
  });
  const key = someKeys.keys.get(someKeys.current) ?? '';
  const secrets: Record<string, string> = {
    [edgeArn]: edgeSecret,
    [offerKeyArn]: key,
    [tokenKeyArn]: key,
  };

  const identity = await serve((_, response) => {
    response.setHeader('content-type', 'application/json').end(jwks);
  });
  const extension = await serve((request, response) => {
    const arn = new URL(request.url ?? '', 'http://localhost').searchParams.get('secretId') ?? '';
    response.end(JSON.stringify({ SecretString: secrets[arn] }));
  });
  const queue = await serve(async (request, response) => {
    const { MessageBody = '' } = (await json(request)) as { MessageBody?: string };
    // The client checks the digest.
    const MD5OfMessageBody = createHash('md5').update(MessageBody).digest('hex');
    response.setHeader('content-type', 'application/x-amz-json-1.0');
    response.end(JSON.stringify({ MessageId: randomUUID(), MD5OfMessageBody }));
  });
  const issuer = `http://127.0.0.1:${identity.port}/${userPool}`;
  return {
    environment: {
      AWS_REGION: region,
      STAGE: 'bench',
      USER_POOL_ID: userPool,
      CLIENT_ID: clientId,
      EDGE_SECRETS: edgeArn,
      OFFER_KEYS: `${someKeys.current}=${offerKeyArn}`,
      CHALLENGE_KEYS: `${someKeys.current}=${offerKeyArn}`,
      DEVICE_TOKEN_KEYS: `${someKeys.current}=${tokenKeyArn}`,
      ATTEMPTS_QUEUE_URL: `http://127.0.0.1:${queue.port}/000000000000/attempts`,
      AWS_ENDPOINT_URL_SQS: `http://127.0.0.1:${queue.port}`,
      AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER: `http://127.0.0.1:${identity.port}`,
      PARAMETERS_SECRETS_EXTENSION_HTTP_PORT: String(extension.port),
    },
    edgeHeaders,
    headersOf: async (driverId) => {
      const token = await new SignJWT({ client_id: clientId, token_use: 'access', username: driverId })
        .setProtectedHeader({ alg: 'RS256', kid: 'bench' })
        .setSubject(driverId)
        .setIssuer(issuer)
        .setExpirationTime('1h')
        .sign(privateKey);
      return { ...edgeHeaders, authorization: `Bearer ${token}` };
    },
    stop: () => {
      for (const { server } of [identity, extension, queue]) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
};

const serve = async (listener: RequestListener): Promise<{ server: Server; port: number }> => {
  const server = createServer(listener);
  return { server, port: await listenOnPort(server, 0) };
};
