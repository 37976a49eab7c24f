import { createPublicKey, hash, verify } from 'node:crypto';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GetPublicKeyCommand,
  KMSClient,
  SignCommand,
  VerifyCommand,
} from '@aws-sdk/client-kms';
import { DescribeEffectivePolicyCommand, OrganizationsClient } from '@aws-sdk/client-organizations';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { keyService, keysGateway } from '#core/shared/keys-gateway.ts';
import { derOf } from '#local/services/ecdsa-digest.ts';
import { startKeyManagement } from '#local/services/key-management.ts';
import { type Organizations, startOrganizations } from '#local/services/organizations.ts';
import type { ResolvedResource, Service } from '#local/services/types.ts';
import { Template } from '#local/template.ts';

const document = {
  Resources: {
    PhotoKey: { Type: 'AWS::KMS::Key', Properties: { Description: 'wraps keys of photos' } },
    OtherKey: { Type: 'AWS::KMS::Key', Properties: { KeySpec: 'SYMMETRIC_DEFAULT' } },
    ReceiptKey: {
      Type: 'AWS::KMS::Key',
      Properties: { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' },
    },
    PhotoAlias: {
      Type: 'AWS::KMS::Alias',
      Properties: { AliasName: 'alias/photos', TargetKeyId: { 'Fn::GetAtt': ['PhotoKey', 'Arn'] } },
    },
    ReceiptAlias: {
      Type: 'AWS::KMS::Alias',
      Properties: { AliasName: 'alias/receipts', TargetKeyId: { Ref: 'ReceiptKey' } },
    },
  },
};
const surroundings = { account: '000000000000', region: 'eu-west-1', stackName: 'Local', endpoints: {} };
const template = new Template(document, surroundings);
const photo = template.resource('PhotoKey');
const other = template.resource('OtherKey').physicalId;
const receipt = template.resource('ReceiptKey');

const settings = {
  region: 'eu-west-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  maxAttempts: 1,
};
const context = { purpose: 'reference-photos', driver: 'd-1' };
const lines: string[] = [];

describe('the stand-in for AWS KMS', () => {
  let data: string;
  let running: Service[] = [];
  let client: KMSClient;
  const start = async (folder?: string, resources: readonly ResolvedResource[] = template.resources()) => {
    const service = await startKeyManagement({
      resources,
      invoke: () => Promise.reject(new Error('no function here')),
      endpoints: {},
      log: (line) => lines.push(line),
      ...(folder && { data: folder }),
    });
    running.push(service);
    return new KMSClient({ ...settings, endpoint: service.endpoint });
  };
  beforeEach(async () => {
    data = await mkdtemp(join(tmpdir(), 'keys-'));
    client = await start();
  });
  afterEach(async () => {
    await Promise.all(running.map((service) => service.stop()));
    running = [];
    await rm(data, { recursive: true });
    expect(lines).toEqual([]);
  });

  const generate = (KeyId = photo.physicalId) =>
    client.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256', EncryptionContext: context }));
  const decrypt = (CiphertextBlob: Uint8Array | undefined, more: object = {}, by = client) =>
    by.send(new DecryptCommand({ CiphertextBlob, EncryptionContext: context, ...more }));
  const refusal = (name: string) => ({ name, $metadata: { httpStatusCode: 400 } });

  it('gives data keys that it unwraps, with the key named or not and the context in any order', async () => {
    const { Plaintext, CiphertextBlob, KeyId } = await generate();
    expect([Plaintext?.length, KeyId]).toEqual([32, photo.attributes.Arn]);
    const turned = { driver: 'd-1', purpose: 'reference-photos' };
    for (const more of [{}, { KeyId: 'alias/photos' }, { EncryptionContext: turned }])
      expect(await decrypt(CiphertextBlob, more)).toMatchObject({ Plaintext, KeyId });
    const again = await generate();
    expect(again.Plaintext).not.toEqual(Plaintext);
    const short = await client.send(new GenerateDataKeyCommand({ KeyId, NumberOfBytes: 20 }));
    expect(short.Plaintext).toHaveLength(20);
    expect((await decrypt(short.CiphertextBlob, { EncryptionContext: {} })).Plaintext).toEqual(
      short.Plaintext,
    );
  });

  it('encrypts what it is given, and never the same twice', async () => {
    const encrypt = () =>
      client.send(
        new EncryptCommand({ KeyId: other, Plaintext: Buffer.from('note'), EncryptionContext: context }),
      );
    const [first, second] = [await encrypt(), await encrypt()];
    expect(first.CiphertextBlob).not.toEqual(second.CiphertextBlob);
    for (const { CiphertextBlob } of [first, second])
      expect(Buffer.from((await decrypt(CiphertextBlob)).Plaintext ?? []).toString()).toBe('note');
  });

  it('binds a ciphertext to its context, to its key and to every byte', async () => {
    const { CiphertextBlob = new Uint8Array() } = await generate();
    for (const EncryptionContext of [
      undefined,
      {},
      { ...context, driver: 'd-2' },
      { ...context, more: '' },
      { purpose: context.purpose },
    ])
      await expect(decrypt(CiphertextBlob, { EncryptionContext })).rejects.toMatchObject(
        refusal('InvalidCiphertextException'),
      );
    await expect(decrypt(CiphertextBlob, { KeyId: other })).rejects.toMatchObject(
      refusal('IncorrectKeyException'),
    );
    for (let index = 0; index < CiphertextBlob.length; index += 1) {
      const changed = Buffer.from(CiphertextBlob);
      changed[index] = (changed[index] as number) ^ 1;
      await expect(decrypt(changed)).rejects.toMatchObject(refusal('InvalidCiphertextException'));
    }
    // The other key's id in front of what this key sealed.
    const renamed = Buffer.from(CiphertextBlob);
    renamed.set(Buffer.from(other.replaceAll('-', ''), 'hex'), 1);
    for (const blob of [renamed, CiphertextBlob.subarray(0, 40), Buffer.from('x')])
      await expect(decrypt(blob)).rejects.toMatchObject(refusal('InvalidCiphertextException'));
  });

  it('knows a key by id, ARN, alias and ARN of the alias', async () => {
    const { physicalId, attributes } = photo;
    expect(physicalId).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(attributes.Arn).toBe(`arn:aws:kms:eu-west-1:000000000000:key/${physicalId}`);
    const aliasArn = 'arn:aws:kms:eu-west-1:000000000000:alias/photos';
    expect(template.resource('PhotoAlias')).toMatchObject({
      physicalId: 'alias/photos',
      attributes: { Arn: aliasArn },
    });
    for (const KeyId of [physicalId, attributes.Arn, 'alias/photos', aliasArn]) {
      const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId }));
      expect(KeyMetadata).toMatchObject({
        KeyId: physicalId,
        Arn: attributes.Arn,
        AWSAccountId: '000000000000',
        Description: 'wraps keys of photos',
        Enabled: true,
        KeySpec: 'SYMMETRIC_DEFAULT',
        KeyUsage: 'ENCRYPT_DECRYPT',
        KeyState: 'Enabled',
        EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
      });
      expect(KeyMetadata?.CreationDate?.getTime()).toBeCloseTo(Date.now(), -5);
    }
    for (const KeyId of [
      'alias/none',
      '00000000-0000-0000-0000-000000000000',
      'arn:aws:kms:us-east-1:000000000000:alias/photos',
    ])
      await expect(client.send(new DescribeKeyCommand({ KeyId }))).rejects.toMatchObject(
        refusal('NotFoundException'),
      );
  });

  it('signs messages and digests in DER, as node:crypto verifies', async () => {
    const Message = Buffer.from('what is signed');
    const KeyId = 'alias/receipts';
    const SigningAlgorithm = 'ECDSA_SHA_256';
    const { PublicKey, ...published } = await client.send(new GetPublicKeyCommand({ KeyId }));
    expect(published).toMatchObject({
      KeyId: receipt.attributes.Arn,
      KeySpec: 'ECC_NIST_P256',
      KeyUsage: 'SIGN_VERIFY',
      SigningAlgorithms: [SigningAlgorithm],
    });
    const key = createPublicKey({ key: Buffer.from(PublicKey ?? []), format: 'der', type: 'spki' });
    const digest = { Message: hash('sha256', Message, 'buffer'), MessageType: 'DIGEST' } as const;
    for (const given of [{ Message }, { Message, MessageType: 'RAW' } as const, digest])
      for (let times = 0; times < 40; times += 1) {
        const command = { KeyId, SigningAlgorithm, ...given } as const;
        const { Signature = new Uint8Array() } = await client.send(new SignCommand(command));
        expect(verify('sha256', Message, key, Signature)).toBe(true);
        expect(await client.send(new VerifyCommand({ ...command, Signature }))).toMatchObject({
          SignatureValid: true,
        });
        const changed = Buffer.from(Signature);
        changed[times] = (changed[times] as number) ^ 1;
        for (const wrong of [
          { Signature: changed },
          { Signature, Message: Buffer.alloc(32), MessageType: 'RAW' as const },
        ])
          await expect(client.send(new VerifyCommand({ ...command, ...wrong }))).rejects.toMatchObject(
            refusal('KMSInvalidSignatureException'),
          );
      }
  });

  it('refuses a key for what it is not for, and what is too long or of another kind', async () => {
    const Plaintext = Buffer.from('x');
    const signing = {
      KeyId: receipt.physicalId,
      Message: Buffer.from('x'),
      SigningAlgorithm: 'ECDSA_SHA_256',
    } as const;
    const [badUsage, bad] = [refusal('InvalidKeyUsageException'), refusal('ValidationException')];
    await expect(generate(receipt.physicalId)).rejects.toMatchObject(badUsage);
    await expect(
      client.send(new EncryptCommand({ KeyId: receipt.physicalId, Plaintext })),
    ).rejects.toMatchObject(badUsage);
    await expect(client.send(new SignCommand({ ...signing, KeyId: other }))).rejects.toMatchObject(badUsage);
    await expect(
      client.send(new SignCommand({ ...signing, SigningAlgorithm: 'ECDSA_SHA_384' })),
    ).rejects.toMatchObject(badUsage);
    await expect(client.send(new GetPublicKeyCommand({ KeyId: other }))).rejects.toMatchObject(
      refusal('UnsupportedOperationException'),
    );
    for (const more of [
      { Message: Buffer.alloc(4_097) },
      { Message: Buffer.alloc(31), MessageType: 'DIGEST' as const },
      { SigningAlgorithm: undefined },
    ])
      await expect(client.send(new SignCommand({ ...signing, ...more }))).rejects.toMatchObject(bad);
    await client.send(new SignCommand({ ...signing, Message: Buffer.alloc(4_096) }));
    await expect(
      client.send(new EncryptCommand({ KeyId: other, Plaintext: Buffer.alloc(4_097) })),
    ).rejects.toMatchObject(bad);
    for (const more of [{}, { KeySpec: 'AES_256', NumberOfBytes: 32 } as const, { NumberOfBytes: 1_025 }])
      await expect(client.send(new GenerateDataKeyCommand({ KeyId: other, ...more }))).rejects.toMatchObject(
        bad,
      );
  });

  it('keeps its keys across restarts, in a file for the owner only that says what it is', async () => {
    const keys = keysGateway(await start(data));
    const { plaintext, wrapped } = await keys.generateDataKey(photo.physicalId, context);
    const published = await keys.publicKey(receipt.physicalId);
    const file = join(data, 'key-management.json');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readFile(file, 'utf8')).toContain('local stand-in for AWS KMS');

    const again = keysGateway(await start(data));
    expect(await again.unwrap(photo.physicalId, wrapped, context)).toEqual(plaintext);
    expect(await again.publicKey(receipt.physicalId)).toEqual(published);
    const elsewhere = keysGateway(await start());
    await expect(elsewhere.unwrap(photo.physicalId, wrapped, context)).rejects.toMatchObject({
      name: 'InvalidCiphertextException',
    });
    expect(await elsewhere.publicKey(receipt.physicalId)).not.toEqual(published);
  });

  it('keeps a key that the template does not have for a while', async () => {
    const { wrapped, plaintext } = await keysGateway(await start(data)).generateDataKey(
      photo.physicalId,
      context,
    );
    await start(data, [receipt]);
    expect(await keysGateway(await start(data)).unwrap(photo.physicalId, wrapped, context)).toEqual(
      plaintext,
    );
  });

  it('does not start with a key that it cannot stand in for', async () => {
    const rsa = new Template(
      {
        Resources: {
          Rsa: { Type: 'AWS::KMS::Key', Properties: { KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' } },
        },
      },
      surroundings,
    );
    await expect(async () => start(undefined, rsa.resources())).rejects.toThrow('Rsa: this machine has no');
  });

  it("serves the product's gateway: data keys, and signatures as JWS writes them", async () => {
    const keys = keysGateway(keyService({ ...settings, endpoint: running[0]?.endpoint ?? '' }));
    const { plaintext, wrapped } = await keys.generateDataKey('alias/photos', context);
    expect(plaintext).toHaveLength(32);
    expect(await keys.unwrap('alias/photos', wrapped, context)).toEqual(plaintext);
    await expect(keys.unwrap(other, wrapped, context)).rejects.toMatchObject({
      name: 'IncorrectKeyException',
    });

    const jwk = await keys.publicKey(receipt.physicalId);
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    // Long enough for numbers that are a byte shorter, and longer than KMS takes messages.
    const message = Buffer.alloc(5_000, 'receipt');
    for (let times = 0; times < 300; times += 1) {
      const signature = await keys.sign(receipt.physicalId, message);
      expect(signature).toHaveLength(64);
      expect(verify('sha256', message, { key, dsaEncoding: 'ieee-p1363' }, signature)).toBe(true);
    }
    await expect(keys.publicKey(photo.physicalId)).rejects.toMatchObject({
      name: 'UnsupportedOperationException',
    });
  });

  it('whose gateway fills short numbers and takes nothing that is no signature for one', async () => {
    const answering = (Signature: Buffer) =>
      keysGateway({ send: async () => ({ Signature }) }).sign('', Buffer.of());
    const whole = 2n ** 255n + 1n;
    for (const [r, s] of [
      [1n, whole],
      [whole, 128n],
      [2n ** 240n, 2n ** 247n],
    ] as const)
      expect((await answering(derOf({ r, s }))).toString('hex')).toBe(
        [r, s].map((number) => number.toString(16).padStart(64, '0')).join(''),
      );
    const good = derOf({ r: whole, s: whole });
    for (const bad of [
      Buffer.of(),
      Buffer.from('3003020101', 'hex'),
      Buffer.from('300602010102020001', 'hex'),
      Buffer.from('3006020101020181', 'hex'),
      derOf({ r: 2n ** 256n, s: 1n }),
      Buffer.concat([good, Buffer.of(0)]),
    ])
      await expect(answering(bad)).rejects.toThrow('no signature of P-256');
  });
});

describe('the stand-in for AWS Organizations', () => {
  let organizations: Organizations;
  let client: OrganizationsClient;
  beforeAll(async () => {
    organizations = await startOrganizations({ log: (line) => lines.push(line) });
    client = new OrganizationsClient({ ...settings, endpoint: organizations.endpoint });
  });
  afterAll(() => organizations.stop());

  const ask = (more: object = {}) =>
    client.send(new DescribeEffectivePolicyCommand({ PolicyType: 'AISERVICES_OPT_OUT_POLICY', ...more }));

  it('says that the account is opted out, unless a test says otherwise', async () => {
    const { EffectivePolicy } = await ask();
    expect(EffectivePolicy).toMatchObject({
      TargetId: '000000000000',
      PolicyType: 'AISERVICES_OPT_OUT_POLICY',
    });
    expect(JSON.parse(EffectivePolicy?.PolicyContent ?? '')).toEqual({
      services: { default: { opt_out_policy: 'optOut' } },
    });
    expect(EffectivePolicy?.LastUpdatedTimestamp?.getTime()).toBeCloseTo(Date.now(), -5);
    organizations.optOut = 'opted-in';
    expect((await ask()).EffectivePolicy?.PolicyContent).toContain(
      '"rekognition":{"opt_out_policy":"optIn"}',
    );
    for (const [optOut, name, httpStatusCode] of [
      ['missing', 'EffectivePolicyNotFoundException', 400],
      ['no-organization', 'AWSOrganizationsNotInUseException', 400],
      ['denied', 'AccessDeniedException', 400],
      ['down', 'ServiceException', 500],
    ] as const) {
      organizations.optOut = optOut;
      await expect(ask()).rejects.toMatchObject({ name, $metadata: { httpStatusCode } });
    }
    organizations.optOut = 'effective';
    await ask({ TargetId: '000000000000' });
  });

  it('knows one account and one type of policy', async () => {
    await expect(ask({ TargetId: '111111111111' })).rejects.toMatchObject({
      name: 'TargetNotFoundException',
    });
    await expect(ask({ PolicyType: 'TAG_POLICY' })).rejects.toMatchObject({ name: 'InvalidInputException' });
  });
});
