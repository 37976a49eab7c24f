import { hash } from 'node:crypto';
import {
  DecryptCommand,
  GenerateDataKeyCommand,
  GetPublicKeyCommand,
  KMSClient,
  type KMSClientConfig,
  SignCommand,
} from '@aws-sdk/client-kms';
import type { ReceiptKey } from '#contract/receipts.ts';
import { integerBytesOf, membersOf, readDer } from '#core/attestation/der.ts';
import { thumbprintOf } from '#core/attestation/dpop.ts';
import { pointIn } from '#core/attestation/p256.ts';
import { verdictOf } from '#core/attestation/verdict.ts';

/** What the gateway needs of a KMS client. */
export interface KeyService {
  // biome-ignore lint/suspicious/noExplicitAny: the SDK's overloads of send cannot be named otherwise
  send(command: any): Promise<any>;
}

/** What a data key is for: the same must be said to unwrap it. It is no secret, it stands in AWS's audit log. */
export type KeyContext = Record<string, string>;

export interface KeysGateway {
  /** A new AES-256 key: 32 bytes, for the caller to wipe, and the same wrapped by the KMS key. */
  generateDataKey(keyId: string, context: KeyContext): Promise<{ plaintext: Buffer; wrapped: Buffer }>;
  /** Throws KMS's `InvalidCiphertextException` for another context and for bytes that were changed. */
  unwrap(keyId: string, wrapped: Uint8Array, context: KeyContext): Promise<Buffer>;
  /** ECDSA on P-256 with SHA-256: the 64 bytes r and s, as JWS writes them (RFC 7518 section 3.4). */
  sign(keyId: string, message: Uint8Array): Promise<Buffer>;
  /** The public half of a signing key, named by its thumbprint. */
  publicKey(keyId: string): Promise<ReceiptKey>;
}

const dataKeyLength = 32;
const coordinateLength = 32;

/** An answer that does not come is an outage, while there is time to say so. */
export const keyService = (settings: KMSClientConfig = {}): KeyService =>
  new KMSClient({
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
    ...settings,
  });

/** Shares the memory of what the SDK decoded: wiping the one wipes the other. */
const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** All of the product's use of AWS KMS. */
export const keysGateway = (client: KeyService): KeysGateway => ({
  generateDataKey: async (KeyId, EncryptionContext) => {
    const answer = await client.send(
      new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256', EncryptionContext }),
    );
    return { plaintext: dataKeyOf(answer.Plaintext), wrapped: bufferOf(answer.CiphertextBlob) };
  },
  unwrap: async (KeyId, CiphertextBlob, EncryptionContext) => {
    const answer = await client.send(new DecryptCommand({ KeyId, CiphertextBlob, EncryptionContext }));
    return dataKeyOf(answer.Plaintext);
  },
  // The digest, not the message: KMS takes messages up to 4 KB, and need not see what is signed.
  sign: async (KeyId, message) => {
    const answer = await client.send(
      new SignCommand({
        KeyId,
        Message: hash('sha256', message, 'buffer'),
        MessageType: 'DIGEST',
        SigningAlgorithm: 'ECDSA_SHA_256',
      }),
    );
    return joseSignature(answer.Signature);
  },
  publicKey: async (KeyId) => {
    const answer = await client.send(new GetPublicKeyCommand({ KeyId }));
    const point = pointIn(bufferOf(answer.PublicKey));
    if (!point) throw new Error('keys: the key is not of P-256');
    const x = point.subarray(1, 1 + coordinateLength).toString('base64url');
    const y = point.subarray(1 + coordinateLength).toString('base64url');
    return { kty: 'EC', crv: 'P-256', x, y, kid: thumbprintOf({ x, y }), alg: 'ES256', use: 'sig' };
  },
});

const dataKeyOf = (plaintext: Uint8Array): Buffer => {
  if (plaintext.length !== dataKeyLength) throw new Error('keys: the data key is not of 32 bytes');
  return bufferOf(plaintext);
};

/** KMS writes r and s in DER (RFC 3279 section 2.2.3): as short as they are, with a zero before a high bit. */
const joseSignature = (der: Uint8Array): Buffer => {
  const read = verdictOf(() => membersOf(readDer(der)).map((integer) => integerBytesOf(integer)));
  const integers = read.status === 'verified' ? read.facts : [];
  const isNegative = integers.some(([first = 0]) => first >= 0x80);
  const parts = integers.map((bytes) => (bytes[0] === 0 ? bytes.subarray(1) : bytes));
  if (parts.length !== 2 || isNegative || parts.some(({ length }) => length > coordinateLength))
    throw new Error('keys: the answer is no signature of P-256');
  return Buffer.concat(parts.flatMap((part) => [Buffer.alloc(coordinateLength - part.length), part]));
};
