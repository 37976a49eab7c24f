import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import { askServer } from './https-gateway.ts';

type Bytes = string | ArrayBuffer | ArrayBufferView;
const bytesOf = (data: Bytes) =>
  typeof data === 'string'
    ? data
    : ArrayBuffer.isView(data)
      ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
      : new Uint8Array(data);

/** SHA-256 of the runtime, as the signer takes it. */
class Sha256 {
  readonly #hash;
  constructor(secret?: Bytes) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(secret));
  }
  update(data: Bytes): void {
    this.#hash.update(bytesOf(data));
  }
  digest = async (): Promise<Uint8Array> => this.#hash.digest();
  reset(): never {
    throw new Error('a hash is used once');
  }
}

export interface AwsService {
  /** As signatures name it. */
  service: 'events' | 'sqs' | 'states';
  /** Such as `https://events.us-west-2.amazonaws.com`. */
  endpoint: string;
  region: string;
  /** As the runtime hands them over. */
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
  timeoutMs?: number;
}

/** Sends one operation, such as `AWSEvents.PutEvents`, and gives its answer. Rejects where there is none or an error. */
export type AwsCall = (target: string, body: object) => Promise<unknown>;

const usualTimeoutMs = 5_000;
const sizeLimit = 1_048_576;

/** Named after the service’s own error, where it says one. Its message may hold what was sent, and stays out. */
const awsError = (service: string, code: number, body: Uint8Array): Error => {
  const error = new Error(`${service} answered ${code}`);
  const type = /"__type"\s*:\s*"(?:[^"#]*#)?([A-Za-z]{1,64})"/.exec(Buffer.from(body).toString())?.[1];
  if (type) error.name = type;
  return error;
};

/**
 * One operation of an AWS service that speaks JSON, signed by the SDK's own signer. Not by a client of the SDK, which
 * is a fourteenth of the claims function for one operation and costs a refusal more than everything else.
 */
export const awsJson = ({
  service,
  endpoint,
  region,
  credentials,
  timeoutMs = usualTimeoutMs,
}: AwsService): AwsCall => {
  const { protocol, hostname, port, origin } = new URL(endpoint);
  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256, applyChecksum: false });
  return async (target, content) => {
    const body = JSON.stringify(content);
    const { headers } = await signer.sign({
      method: 'POST',
      protocol,
      hostname,
      ...(port && { port: Number(port) }),
      path: '/',
      query: {},
      headers: {
        host: port ? `${hostname}:${port}` : hostname,
        'content-type': service === 'events' ? 'application/x-amz-json-1.1' : 'application/x-amz-json-1.0',
        'x-amz-target': target,
      },
      body,
    });
    const answer = await askServer({
      method: 'POST',
      url: `${origin}/`,
      headers,
      body,
      timeoutMs,
      sizeLimit,
    });
    if (answer.status === 'unavailable') throw new Error(`${service} does not answer: ${answer.reason}`);
    if (answer.code !== 200) throw awsError(service, answer.code, answer.body);
    return JSON.parse(answer.body.toString());
  };
};
