import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import type { AttemptEvent } from '#contract/events.ts';
import { askServer } from '#core/shared/https-gateway.ts';

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

export interface QueueAccess {
  region: string;
  /** As the runtime hands them over. */
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
}

const timeoutMs = 1_500;

/**
 * Puts a batch of attempts into the queue as one message: SQS's JSON protocol, signed by the SDK's own signer. Not by
 * its client, which is a fourteenth of the claims function for this one operation and costs a refusal more than
 * everything else.
 */
export const attemptsQueue = (queueUrl: string, { region, credentials }: QueueAccess) => {
  const { protocol, hostname, port, origin } = new URL(queueUrl);
  const signer = new SignatureV4({
    service: 'sqs',
    region,
    credentials,
    sha256: Sha256,
    applyChecksum: false,
  });
  return async (events: readonly AttemptEvent[]): Promise<void> => {
    const body = JSON.stringify({ QueueUrl: queueUrl, MessageBody: JSON.stringify({ v: 1, events }) });
    const { headers } = await signer.sign({
      method: 'POST',
      protocol,
      hostname,
      ...(port && { port: Number(port) }),
      path: '/',
      query: {},
      headers: {
        host: port ? `${hostname}:${port}` : hostname,
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': 'AmazonSQS.SendMessage',
      },
      body,
    });
    const answer = await askServer({
      method: 'POST',
      url: `${origin}/`,
      headers,
      body,
      timeoutMs,
      sizeLimit: 65_536,
    });
    if (answer.status === 'unavailable') throw new Error(`the queue does not answer: ${answer.reason}`);
    if (answer.code !== 200) throw new Error(`the queue answered ${answer.code}`);
  };
};
