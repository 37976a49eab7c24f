import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { enrolDevice } from '#core/devices/enrol-device.ts';
import { playTokens, readClassicKeys } from '#core/devices/play-evidence.ts';
import { androidEvidence } from '#phone/enrolment.ts';
import {
  decodedVerdict,
  deviceLabels,
  type PlayOverrides,
  playKeys,
  signPlayToken,
} from '#phone/play-signer.ts';
import { softwareAndroid } from '#phone/software-android.ts';
import { unique } from '#test/support/builders.ts';
import { type Engine, startEngine } from '#test/support/engine.ts';
import { aPolicy, type Clock, openDevices, writeStatusList } from '#test/support/phones.ts';

let engine: Engine;
let table: string;
let clock: Clock;
beforeAll(async () => {
  engine = await startEngine();
});
afterAll(() => engine.stop());
beforeEach(async () => {
  clock = { at: Date.UTC(2026, 10, 23, 8) };
  table = await engine.createTable();
  await writeStatusList(engine.client, table, clock.at);
});

const open = () => openDevices(engine.client, table, clock, aPolicy());
const anAndroid = (options: Parameters<typeof softwareAndroid>[0] = {}) =>
  softwareAndroid({ now: () => clock.at, ...options });

describe('with Play Integrity', () => {
  const withPlay = (tokens: 'classic' | 'standard', decodeStandard = async () => noServer) => {
    const { deps, ...rest } = open();
    const { android } = deps;
    if (!android) throw new Error('the local stage has no policy for Android');
    const playIntegrity = { tokens, secretArn: 'none', requireLicensed: true };
    const readPlayToken = playTokens({
      policy: { ...android, playIntegrity },
      proofs: deps.proofs,
      now: deps.now,
      classicKeys: async () => readClassicKeys(JSON.stringify(playKeys())),
      decodeStandard: decodeStandard as never,
    });
    return { ...rest, deps: { ...deps, readPlayToken } };
  };
  const noServer = { status: 'unavailable', reason: 'no-answer' };

  const enrolWith = async (
    { deps, challenge }: ReturnType<typeof withPlay>,
    integrityToken?: (nonce: string) => string | Promise<string>,
    change: object = {},
  ) => {
    const driver = unique('driver');
    const body = await androidEvidence(anAndroid(), await challenge(driver, 'android'), { integrityToken });
    return enrolDevice(deps, {
      accountId: driver,
      body: { ...body, ...change },
      requestId: unique('request'),
    });
  };
  const classic = (payload: PlayOverrides) => (nonce: string) =>
    signPlayToken({ nonce, payload, now: clock.at });
  const withLabels = (...deviceRecognitionVerdict: string[]) =>
    classic({ deviceIntegrity: { deviceRecognitionVerdict, deviceAttributes: { sdkVersion: 30 } } });

  type MakeToken = (nonce: string) => string | Promise<string>;
  it.each<[string, string, () => MakeToken | undefined, object]>([
    ['A', 'STRONG', () => withLabels(deviceLabels.basic, deviceLabels.device, deviceLabels.strong), {}],
    ['B', 'DEVICE', () => withLabels(deviceLabels.basic, deviceLabels.device), {}],
    ['C', 'no token', () => undefined, {}],
    ['C', 'a token of another request', () => () => classic({})('of-another-request'), {}],
    [
      'C',
      'Android 11 without a key of its own',
      () => withLabels(deviceLabels.device),
      { certificateChain: undefined },
    ],
    ['D', 'BASIC', () => withLabels(deviceLabels.basic), {}],
    ['D', 'VIRTUAL', () => withLabels(deviceLabels.virtual), {}],
  ])('tier %s: %s', async (tier, _, token, change) => {
    expect(await enrolWith(withPlay('classic'), token(), change)).toMatchObject({ device: { tier } });
  });

  it('a phone without a key of its own needs a token that holds', async () => {
    const foreign = () => classic({})('of-another-request');
    expect(await enrolWith(withPlay('classic'), foreign, { certificateChain: undefined })).toMatchObject({
      code: 'attestation-rejected',
      reason: 'play-other-nonce',
    });
  });

  it('a standard token is opened by the server of its maker, and used once', async () => {
    const kept: string[] = [];
    const opened = withPlay('standard', (async (token: string) => ({
      status: 'decoded',
      payload: decodedVerdict({ requestHash: kept.at(-1) ?? token, now: clock.at }).tokenPayloadExternal,
    })) as never);
    const token = (nonce: string) => {
      kept.push(nonce);
      return 'standard-token';
    };
    expect(await enrolWith(opened, token)).toMatchObject({ device: { tier: 'A' } });
    expect(await enrolWith(opened, token)).toMatchObject({
      device: { tier: 'C', reasons: ['play-token-used'] },
    });
  });

  it('waits when the server of its maker does not answer', async () => {
    expect(await enrolWith(withPlay('standard'), () => 'standard-token')).toMatchObject({
      code: 'try-again',
      reason: 'no-answer',
    });
  });
});
