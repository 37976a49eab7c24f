import { createHash, generateKeyPairSync } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { jwtVerify } from 'jose';
import type { DevicePolicy } from '#contract/device-policy.ts';
import { softwareAppleServer } from '#phone/apple-receipt.ts';
import { playKeys } from '#phone/play-signer.ts';
import { listenOnLoopback } from './aws-json-server.ts';
import { valuesOf } from './function-variables.ts';
import type { ResolvedResource, Service, ServiceDeps } from './types.ts';

/** What the phone makers' servers answer to a receipt: `softwareAppleServer` of the software phones makes one. */
export type AppleServer = (receipt: string) => { status: number; body: string };

/** Google's attestation status list and Apple's attestation data, for the software phones. */
export interface AttestationProviders extends Service {
  /** Environment of functions: where these servers are. */
  readonly variables: Readonly<Record<string, string>>;
  /** The keys that Apple and Google would have given out, as the secrets that functions name. */
  readonly secrets: readonly ResolvedResource[];
  /** From now on Google lists these serials and no others. */
  list(entries: Readonly<Record<string, 'REVOKED' | 'SUSPENDED'>>): void;
  /** From now on Google's answer has this body, whatever it is. */
  answerStatusList(body: string): void;
  /** From now on Apple answers like this. */
  answerReceipts(apple: AppleServer): void;
}

const keyId = 'LOCALKEY01';
const teamId = 'TESTTEAM01';
const longestReceipt = 32 * 1024;

/** HTTP dates have whole seconds: two lists of one second differ by their tags only. */
const statusListOf = (body: string) => ({
  body,
  headers: {
    'content-type': 'application/json; charset=utf-8',
    etag: `"${createHash('sha256').update(body).digest('hex').slice(0, 16)}"`,
    'last-modified': new Date().toUTCString(),
  },
});

/** Of Google's classic tokens: `secretArn` in the policy. */
const playSecretOf = (policy: string): string[] => {
  const { android } = JSON.parse(policy) as Partial<DevicePolicy>;
  const { tokens, secretArn } = android?.playIntegrity ?? {};
  return tokens === 'classic' && secretArn ? [secretArn] : [];
};

const secretsOf = (name: string, arns: readonly string[], SecretString: string): ResolvedResource[] =>
  [...new Set(arns)].map((arn, index) => ({
    logicalId: `${name}${index}`,
    type: 'AWS::SecretsManager::Secret',
    physicalId: arn,
    attributes: { Arn: arn },
    properties: { SecretString },
  }));

export async function startAttestationProviders({
  resources,
  log,
}: Pick<ServiceDeps, 'resources' | 'log'>): Promise<AttestationProviders> {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const developerKey = JSON.stringify({
    keyId,
    teamId,
    privateKeyPem: privateKey.export({ format: 'pem', type: 'pkcs8' }),
  });
  let statusList = statusListOf(JSON.stringify({ entries: {} }));
  let apple: AppleServer = softwareAppleServer();

  const answerStatusList = ({ headers }: IncomingMessage, response: ServerResponse): void => {
    const { etag, 'last-modified': lastModified } = statusList.headers;
    const { 'if-none-match': tags, 'if-modified-since': since } = headers;
    // RFC 9110 section 13.2.2: a tag decides alone.
    const isSame = tags === undefined ? since === lastModified : tags === etag;
    response.writeHead(isSame ? 304 : 200, statusList.headers);
    response.end(isSame ? undefined : statusList.body);
  };
  const answerReceipt = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const isKnown = await jwtVerify(request.headers.authorization ?? '', publicKey, {
      algorithms: ['ES256'],
      issuer: teamId,
    }).then(
      ({ protectedHeader }) => protectedHeader.kid === keyId,
      () => false,
    );
    const receipt = await readText(request);
    const answer = isKnown && receipt !== undefined ? apple(receipt) : { status: 401, body: '' };
    response.writeHead(answer.status, { 'content-type': 'text/plain' });
    response.end(answer.body);
  };

  const service = await listenOnLoopback((request, response) => {
    const route = `${request.method} ${request.url}`;
    if (route === 'GET /attestation/status') return answerStatusList(request, response);
    if (route === 'POST /v1/attestationData') {
      answerReceipt(request, response).catch((error: unknown) => {
        log(`attestation providers: ${error instanceof Error ? error.stack : String(error)}`);
        response.destroy();
      });
      return;
    }
    response.writeHead(404).end();
  });

  return {
    ...service,
    variables: {
      ANDROID_STATUS_LIST_URL: `${service.endpoint}/attestation/status`,
      APPLE_ATTESTATION_DATA_URL: `${service.endpoint}/v1/attestationData`,
    },
    secrets: [
      ...secretsOf('AppleDeveloperKey', valuesOf(resources, 'APPLE_SECRET'), developerKey),
      ...secretsOf(
        'PlayKeys',
        valuesOf(resources, 'DEVICE_POLICY').flatMap(playSecretOf),
        JSON.stringify(playKeys()),
      ),
    ],
    list: (entries) => {
      const listed = Object.entries(entries).map(([serial, status]) => [serial, { status }]);
      statusList = statusListOf(JSON.stringify({ entries: Object.fromEntries(listed) }));
    },
    answerStatusList: (body) => {
      statusList = statusListOf(body);
    },
    answerReceipts: (server) => {
      apple = server;
    },
  };
}

/** Undefined for a body that is longer than any receipt. */
async function readText(request: IncomingMessage): Promise<string | undefined> {
  let text = '';
  for await (const part of request.setEncoding('latin1')) {
    text += part;
    if (text.length > longestReceipt) return undefined;
  }
  return text;
}
