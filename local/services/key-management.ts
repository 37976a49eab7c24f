import { createHash, createPublicKey, randomBytes } from 'node:crypto';
import {
  AwsError,
  epochSeconds,
  isJsonObject,
  type JsonObject,
  optionalInteger,
  optionalString,
  requiredString,
  startAwsJsonServer,
} from './aws-json-server.ts';
import { derOf, isDigestSigned, readSignature, signDigest } from './ecdsa-digest.ts';
import { type EncryptionContext, open, seal, sealedBy } from './key-envelope.ts';
import { type KeyStore, openKeyStore, type StoredKey } from './key-store.ts';
import type { Service, ServiceDeps } from './types.ts';

const algorithm = 'ECDSA_SHA_256';
const symmetricAlgorithm = 'SYMMETRIC_DEFAULT';
const dataKeyBytes: Readonly<Record<string, number>> = { AES_128: 16, AES_256: 32 };
/** Of what is encrypted, of a ciphertext, of a message to be signed and of a digest. */
const limits = { plaintext: 4_096, ciphertext: 6_144, message: 4_096, digest: 32 };

/**
 * AWS::KMS::Key and AWS::KMS::Alias of the template behind the operations that use keys, not those that govern them.
 * Whoever reaches the loopback interface may use every key; neither keys nor plaintexts reach the log.
 * https://docs.aws.amazon.com/kms/latest/APIReference/
 */
export function startKeyManagement(deps: ServiceDeps): Promise<Service> {
  const store = openKeyStore(deps.resources, deps.data);
  return startAwsJsonServer({
    targetPrefix: 'TrentService',
    operations: {
      DescribeKey: (input) => ({ KeyMetadata: describe(findKey(store, input)) }),
      ...symmetricOperations(store),
      ...signingOperations(store),
    },
    log: deps.log,
  });
}

type Operations = Readonly<Record<string, (input: JsonObject) => unknown>>;
type SymmetricKey = Extract<StoredKey, { usage: 'ENCRYPT_DECRYPT' }>;
type SigningKey = Extract<StoredKey, { usage: 'SIGN_VERIFY' }>;

function symmetricOperations(store: KeyStore): Operations {
  const encryptionKey = (input: JsonObject): SymmetricKey => {
    const key = findKey(store, input);
    if (key.usage !== 'ENCRYPT_DECRYPT') throw wrongUsage(key);
    return key;
  };
  return {
    GenerateDataKey: (input) => {
      const key = encryptionKey(input);
      const plaintext = randomBytes(dataKeyLength(input));
      return {
        KeyId: key.arn,
        Plaintext: plaintext.toString('base64'),
        CiphertextBlob: seal(key, plaintext, contextIn(input)).toString('base64'),
      };
    },
    Encrypt: (input) => {
      const key = encryptionKey(input);
      needAlgorithm(input, 'EncryptionAlgorithm', symmetricAlgorithm, key);
      const blob = seal(key, binary(input, 'Plaintext', limits.plaintext), contextIn(input));
      return {
        KeyId: key.arn,
        CiphertextBlob: blob.toString('base64'),
        EncryptionAlgorithm: symmetricAlgorithm,
      };
    },
    Decrypt: (input) => {
      const blob = binary(input, 'CiphertextBlob', limits.ciphertext);
      const expected = input.KeyId === undefined ? undefined : encryptionKey(input);
      const key = store.keys.find(({ keyId }) => keyId === sealedBy(blob));
      if (key?.usage !== 'ENCRYPT_DECRYPT') throw new AwsError('InvalidCiphertextException', '');
      needAlgorithm(input, 'EncryptionAlgorithm', symmetricAlgorithm, key);
      if (expected !== undefined && expected !== key)
        throw new AwsError(
          'IncorrectKeyException',
          'The key ID in the request does not identify a CMK that can perform this operation.',
        );
      const plaintext = open(key, blob, contextIn(input));
      // No message, as in AWS KMS: why a ciphertext is refused is nobody's business.
      if (plaintext === undefined) throw new AwsError('InvalidCiphertextException', '');
      return {
        KeyId: key.arn,
        Plaintext: plaintext.toString('base64'),
        EncryptionAlgorithm: symmetricAlgorithm,
      };
    },
  };
}

function signingOperations(store: KeyStore): Operations {
  const signingKey = (input: JsonObject): SigningKey => {
    const key = findKey(store, input);
    if (key.usage !== 'SIGN_VERIFY') throw wrongUsage(key);
    requiredString(input, 'SigningAlgorithm');
    needAlgorithm(input, 'SigningAlgorithm', algorithm, key);
    return key;
  };
  return {
    Sign: (input) => {
      const { arn, material } = signingKey(input);
      const signature = derOf(signDigest(material, digestIn(input)));
      return { KeyId: arn, Signature: signature.toString('base64'), SigningAlgorithm: algorithm };
    },
    Verify: (input) => {
      const { arn, material } = signingKey(input);
      const signature = readSignature(binary(input, 'Signature', limits.ciphertext));
      if (signature === undefined || !isDigestSigned(material, digestIn(input), signature))
        throw new AwsError('KMSInvalidSignatureException', '');
      return { KeyId: arn, SignatureValid: true, SigningAlgorithm: algorithm };
    },
    GetPublicKey: (input) => {
      const key = findKey(store, input);
      if (key.usage !== 'SIGN_VERIFY')
        throw new AwsError('UnsupportedOperationException', `${key.arn} is not an asymmetric key.`);
      return {
        KeyId: key.arn,
        PublicKey: createPublicKey(key.material).export({ format: 'der', type: 'spki' }).toString('base64'),
        CustomerMasterKeySpec: key.spec,
        KeySpec: key.spec,
        KeyUsage: key.usage,
        SigningAlgorithms: [algorithm],
      };
    },
  };
}

function describe({ keyId, arn, description, createdAt, spec, usage }: StoredKey): JsonObject {
  return {
    AWSAccountId: arn.split(':')[4] ?? '',
    Arn: arn,
    CreationDate: epochSeconds(createdAt),
    CustomerMasterKeySpec: spec,
    Description: description,
    Enabled: true,
    KeyId: keyId,
    KeyManager: 'CUSTOMER',
    KeySpec: spec,
    KeyState: 'Enabled',
    KeyUsage: usage,
    MultiRegion: false,
    Origin: 'AWS_KMS',
    ...(usage === 'SIGN_VERIFY'
      ? { SigningAlgorithms: [algorithm] }
      : { EncryptionAlgorithms: [symmetricAlgorithm] }),
  };
}

/** A key by its id, its ARN, the name of an alias or the ARN of one. */
function findKey({ keys, aliases }: KeyStore, input: JsonObject): StoredKey {
  const wanted = requiredString(input, 'KeyId');
  const alias = /^(?:arn:aws:kms:[^:]*:[^:]*:)?(alias\/.+)$/.exec(wanted)?.[1];
  const ownArn = (key: StoredKey) => alias !== undefined && key.arn.replace(/key\/[^/]*$/, alias);
  const key = keys.find((each) =>
    alias === undefined
      ? wanted === each.keyId || wanted === each.arn
      : each.keyId === aliases.get(alias) && (wanted === alias || wanted === ownArn(each)),
  );
  if (key !== undefined) return key;
  throw new AwsError(
    'NotFoundException',
    alias === undefined ? `Key '${wanted}' does not exist` : `Alias ${wanted} is not found.`,
  );
}

const wrongUsage = ({ arn, usage }: StoredKey) =>
  new AwsError(
    'InvalidKeyUsageException',
    `${arn} key usage is ${usage} which is not valid for this operation.`,
  );

function needAlgorithm(input: JsonObject, member: string, only: string, { spec }: StoredKey): void {
  const asked = optionalString(input, member) ?? only;
  if (asked !== only)
    throw new AwsError(
      'InvalidKeyUsageException',
      `Algorithm ${asked} is incompatible with key spec ${spec}.`,
    );
}

/** Either a spec or a number of bytes. */
function dataKeyLength(input: JsonObject): number {
  const spec = optionalString(input, 'KeySpec');
  const bytes = optionalInteger(input, 'NumberOfBytes', { min: 1, max: 1_024 });
  if ((spec === undefined) === (bytes === undefined))
    throw new AwsError('ValidationException', 'Please specify either number of bytes or key spec.');
  const length = bytes ?? (Object.hasOwn(dataKeyBytes, spec ?? '') ? dataKeyBytes[spec ?? ''] : undefined);
  if (length === undefined)
    throw new AwsError('ValidationException', `Value '${spec}' at 'keySpec' is not AES_256 or AES_128.`);
  return length;
}

function contextIn(input: JsonObject): EncryptionContext {
  const context = input.EncryptionContext ?? {};
  if (!isJsonObject(context) || Object.values(context).some((value) => typeof value !== 'string'))
    throw new AwsError('SerializationException', '"EncryptionContext" is not a map of strings.');
  return context as Record<string, string>;
}

/** The digest that is signed: given, or made of the message. */
function digestIn(input: JsonObject): Buffer {
  const type = optionalString(input, 'MessageType') ?? 'RAW';
  const message = binary(input, 'Message', limits.message);
  if (type === 'RAW') return createHash('sha256').update(message).digest();
  if (type !== 'DIGEST')
    throw new AwsError('ValidationException', `Value '${type}' at 'messageType' is not RAW or DIGEST.`);
  if (message.length !== limits.digest)
    throw new AwsError('ValidationException', `Digest is invalid length for algorithm ${algorithm}.`);
  return message;
}

/** Binary members are base64. */
function binary(input: JsonObject, member: string, most: number): Buffer {
  const text = requiredString(input, member);
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') !== text)
    throw new AwsError('SerializationException', `"${member}" is not base64.`);
  if (bytes.length > most)
    throw new AwsError('ValidationException', `Value at '${member}' is longer than ${most} bytes.`);
  return bytes;
}
