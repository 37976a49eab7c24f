import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { callAwsJson } from '#local/services/aws-json-client.ts';
import { generateSecret } from '#local/services/secret-store.ts';
import { type Secrets, startSecrets } from '#local/services/secrets.ts';
import type { ResolvedResource, ServiceDeps } from '#local/services/types.ts';

const arn = 'arn:aws:secretsmanager:eu-west-1:000000000000:secret:offer-key-AbCdEf';

const aSecret = (properties: object, logicalId = 'OfferKey', physicalId = arn): ResolvedResource => ({
  logicalId,
  type: 'AWS::SecretsManager::Secret',
  physicalId,
  attributes: { Arn: physicalId, Id: physicalId },
  properties: { ...properties },
});

const bodyOf = async (response: Response) => (await response.json()) as Record<string, unknown>;

const logged: string[] = [];
const deps = (resources: ResolvedResource[], data?: string): ServiceDeps => ({
  resources,
  invoke: () => Promise.reject(new Error('no function here')),
  endpoints: {},
  log: (line) => logged.push(line),
  ...(data && { data }),
});

describe('secrets', () => {
  let data: string;
  let running: Secrets[] = [];
  const start = async (...given: Parameters<typeof startSecrets>) => {
    const secrets = await startSecrets(...given);
    running.push(secrets);
    return secrets;
  };
  beforeEach(async () => {
    data = await mkdtemp(join(tmpdir(), 'secrets-'));
  });
  afterEach(async () => {
    await Promise.all(running.map((secrets) => secrets.stop()));
    running = [];
    await rm(data, { recursive: true });
  });

  const fromExtension = (secrets: Secrets, secretId: string, token = secrets.extensionToken) =>
    fetch(
      `http://127.0.0.1:${secrets.extensionPort}/secretsmanager/get?secretId=${encodeURIComponent(secretId)}`,
      {
        headers: token === '' ? {} : { 'X-Aws-Parameters-Secrets-Token': token },
      },
    );

  it('are generated as the template asks, and the same through every way of reading', async () => {
    const GenerateSecretString = {
      PasswordLength: 48,
      ExcludePunctuation: true,
      ExcludeCharacters: 'aA0',
      SecretStringTemplate: '{"user":"station"}',
      GenerateStringKey: 'key',
    };
    const secrets = await start(deps([aSecret({ GenerateSecretString })]));
    const { user, key } = JSON.parse(secrets.secretValue(arn));
    expect(user).toBe('station');
    expect(key).toMatch(/^[b-zB-Z1-9]{48}$/);
    for (const required of [/[a-z]/, /[A-Z]/, /[1-9]/]) expect(key).toMatch(required);

    const answer = await callAwsJson(secrets.endpoint, 'secretsmanager.GetSecretValue', {
      SecretId: 'offer-key',
    });
    expect(answer).toMatchObject({ ARN: arn, Name: 'offer-key', VersionStages: ['AWSCURRENT'] });
    expect(answer.CreatedDate).toBeCloseTo(Date.now() / 1000, -2);
    const relayed = await bodyOf(await fromExtension(secrets, arn));
    for (const { SecretString } of [answer, relayed])
      expect(SecretString).toBe(secrets.secretValue('offer-key'));
    expect(Date.parse(String(relayed.CreatedDate))).toBeGreaterThan(0);
  });

  it('do not begin with the characters that each kind requires', () => {
    const secrets = Array.from({ length: 60 }, () => generateSecret({ PasswordLength: 4 }, 'OfferKey'));
    expect(new Set(secrets.map((secret) => /^[a-z]/.test(secret))).size).toBe(2);
  });

  it('follow the template where it gives a literal', async () => {
    const secrets = await start(deps([aSecret({ SecretString: 'plain', Name: 'mine' })]));
    expect([secrets.secretValue('mine'), secrets.secretValue(arn.slice(0, -7))]).toEqual(['plain', 'plain']);
  });

  it('that were generated stay the same across restarts, in a file for the owner only', async () => {
    const resources = [aSecret({ GenerateSecretString: {} })];
    const first = (await start(deps(resources, data))).secretValue(arn);
    expect((await start(deps(resources, data))).secretValue(arn)).toBe(first);
    expect((await start(deps(resources))).secretValue(arn)).not.toBe(first);
    const file = join(data, 'secrets.json');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readFile(file, 'utf8')).toContain('OfferKey');
  });

  it('are refused without the token of the function, under an unknown name and in an unknown version', async () => {
    const secrets = await start(deps([aSecret({ SecretString: 'unspoken' })]));
    const refusals = [await fromExtension(secrets, arn, ''), await fromExtension(secrets, arn, 'guess')];
    expect(refusals.map(({ status }) => status)).toEqual([401, 401]);
    expect(await refusals[1]?.text()).not.toContain('unspoken');

    const unknown = await fromExtension(secrets, 'other');
    expect([unknown.status, (await bodyOf(unknown)).__type]).toEqual([400, 'ResourceNotFoundException']);
    for (const input of [{ SecretId: 'other' }, { SecretId: arn, VersionStage: 'AWSPREVIOUS' }]) {
      await expect(
        callAwsJson(secrets.endpoint, 'secretsmanager.GetSecretValue', input),
      ).rejects.toMatchObject({
        name: 'ResourceNotFoundException',
        status: 400,
      });
    }
    expect(logged.join()).not.toContain('unspoken');
  });

  it('refuse what is not the protocol with the errors of AWS', async () => {
    const { endpoint } = await start(deps([aSecret({ SecretString: 'x' })]));
    const post = async (body: string | Buffer, headers: Record<string, string> = {}) => {
      const standard = {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': 'secretsmanager.GetSecretValue',
      };
      const response = await fetch(endpoint, { method: 'POST', headers: { ...standard, ...headers }, body });
      return [response.status, (await bodyOf(response)).__type];
    };
    expect(await post('{"SecretId":')).toEqual([400, 'SerializationException']);
    expect(await post('[]')).toEqual([400, 'SerializationException']);
    expect(await post(Buffer.from('{"SecretId":"\xff"}', 'latin1'))).toEqual([400, 'SerializationException']);
    expect(await post('{"SecretId":7}')).toEqual([400, 'SerializationException']);
    expect(await post('{}')).toEqual([400, 'ValidationException']);
    expect(await post('{}', { 'content-type': 'text/plain' })).toEqual([400, 'SerializationException']);
    for (const target of [
      'secretsmanager.PutSecretValue',
      'secretsmanager.toString',
      'AWSEvents.GetSecretValue',
      '',
    ]) {
      expect(await post('{}', { 'x-amz-target': target })).toEqual([400, 'UnknownOperationException']);
    }
    expect(await post('x'.repeat(1024 * 1024 + 1))).toEqual([413, 'RequestEntityTooLargeException']);
  });
});
