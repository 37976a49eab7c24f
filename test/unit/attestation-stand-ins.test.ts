import { describe, expect, it, onTestFinished } from 'vitest';
import { appleAttestationGateway } from '#core/devices/apple-attestation-gateway.ts';
import { readClassicKeys } from '#core/devices/play-evidence.ts';
import { statusListGateway } from '#core/devices/status-list-gateway.ts';
import { environments, readEnvironment } from '#lambdas/env.ts';
import { startAttestationProviders } from '#local/services/attestation-providers.ts';
import type { ResolvedResource } from '#local/services/types.ts';
import { softwareIphone } from '#phone/software-iphone.ts';

const arn = 'arn:aws:secretsmanager:eu-west-1:000000000000:secret:apple-AbCdEf';
const receipts: ResolvedResource = {
  logicalId: 'Receipts',
  type: 'AWS::Lambda::Function',
  physicalId: 'Receipts',
  attributes: {},
  properties: { Environment: { Variables: { APPLE_SECRET: arn } } },
};

/** A function whose policy names the secret of Play Integrity tokens. */
const withPolicy = (playIntegrity: object, logicalId = 'Devices'): ResolvedResource => ({
  ...receipts,
  logicalId,
  properties: {
    Environment: { Variables: { DEVICE_POLICY: JSON.stringify({ android: { playIntegrity } }) } },
  },
});

const providers = async (resources = [receipts]) => {
  const started = await startAttestationProviders({ resources, log: () => {} });
  onTestFinished(() => started.stop());
  return started;
};
type Providers = Awaited<ReturnType<typeof providers>>;

const statusListOf = ({ variables }: Providers) => statusListGateway(variables.ANDROID_STATUS_LIST_URL);
const appleOf = ({ variables, secrets }: Providers, secret = secrets[0]?.properties.SecretString) =>
  appleAttestationGateway({
    url: variables.APPLE_ATTESTATION_DATA_URL ?? '',
    readSecret: async () => String(secret),
    now: Date.now,
  });

describe("the phone makers' stand-ins", () => {
  it('list what they are told, and say when nothing has changed', async () => {
    const google = await providers();
    const fetchList = statusListOf(google);
    const first = await fetchList({});
    expect(first).toMatchObject({ status: 'list', list: new Map() });
    if (first.status !== 'list') throw new Error('no list');
    expect(await fetchList(first.validators)).toEqual({ status: 'unchanged' });
    google.list({ a1: 'REVOKED' });
    expect(await fetchList(first.validators)).toMatchObject({ list: new Map([['a1', 'REVOKED']]) });
    google.answerStatusList('soon');
    expect(await fetchList({})).toMatchObject({ status: 'malformed' });
  });

  it('exchange receipts of software phones for the key that they gave out, and no other', async () => {
    const apple = await providers();
    expect(apple.secrets.map(({ physicalId }) => physicalId)).toEqual([arn]);
    const yesterday = Date.now() - 25 * 3_600_000;
    const receiptAt = (at: number) =>
      softwareIphone({ now: () => at })
        .attest({ clientData: Buffer.from('{}') })
        .receipt.toString('base64');
    expect(await appleOf(apple)(receiptAt(yesterday))).toMatchObject({ status: 'refreshed' });
    expect(await appleOf(apple)(receiptAt(Date.now()))).toEqual({ status: 'too-early' });
    expect(await appleOf(apple)('bm8=')).toEqual({ status: 'rejected', reason: 'status-400' });
    const strange = (await providers()).secrets[0]?.properties.SecretString;
    expect(await appleOf(apple, strange)(receiptAt(yesterday))).toEqual({
      status: 'unavailable',
      reason: 'status-401',
    });
    apple.answerReceipts(() => ({ status: 503, body: '' }));
    expect(await appleOf(apple)(receiptAt(yesterday))).toMatchObject({ reason: 'status-503' });
  });

  it('give out the keys of classic tokens, once, and none for standard ones', async () => {
    const secretArn = 'arn:aws:secretsmanager:eu-west-1:000000000000:secret:play-AbCdEf';
    const classic = { tokens: 'classic', secretArn };
    const { secrets } = await providers([withPolicy(classic), withPolicy(classic, 'Receipts')]);
    expect(secrets.map(({ physicalId }) => physicalId)).toEqual([secretArn]);
    expect(readClassicKeys(String(secrets[0]?.properties.SecretString))).toBeDefined();
    expect((await providers([withPolicy({ ...classic, tokens: 'standard' })])).secrets).toEqual([]);
  });

  it.each(['status-list', 'receipts'] as const)('are for the local stage: %s starts nowhere else', (name) => {
    const variables = {
      DEVICES_TABLE: 'devices',
      RECORD_RETENTION_DAYS: '30',
      DEVICE_POLICY: '{}',
      PRODUCTION: 'false',
      APPLE_SECRET: arn,
    };
    const start = (STAGE: string, more = {}) =>
      readEnvironment(environments[name], { ...variables, STAGE, ...more });
    const standIns = ['ANDROID_STATUS_LIST_URL', 'APPLE_ATTESTATION_DATA_URL'];
    expect(start('production').STAGE).toBe('production');
    for (const standIn of standIns) {
      expect(start('local', { [standIn]: 'http://127.0.0.1:1' })).toHaveProperty(standIn);
      for (const stage of ['dev', 'production', 'Local'])
        expect(() => start(stage, { [standIn]: 'http://127.0.0.1:1' })).toThrow(/stand-ins/);
    }
  });
});
