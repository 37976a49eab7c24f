import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { localBeaconKey } from '#contract/sharing-policy.ts';
import { isBeaconValue } from '#core/draws/beacon.ts';
import { beaconGateway } from '#core/draws/beacon-gateway.ts';
import { timeOfRound } from '#core/draws/beacon-rounds.ts';
import { quicknet } from '#core/draws/known-beacons.ts';
import { type Beacon, localBeaconSignature, startBeacon } from '#local/services/beacon.ts';
import type { ResolvedResource } from '#local/services/types.ts';
import local from '../../lib/stages/local.json' with { type: 'json' };

const { beacon: chain } = local.sharing.draws;

/** A function that waits for values of a chain. */
const aFunction = (beacon: object): ResolvedResource => ({
  logicalId: 'Worker',
  type: 'AWS::Lambda::Function',
  physicalId: 'worker',
  attributes: {},
  properties: { Environment: { Variables: { SHARING: JSON.stringify({ draws: { beacon } }) } } },
});

describe('the beacon of the local stage', () => {
  let now = timeOfRound(chain, 500);
  let running: Beacon;
  beforeAll(async () => {
    running = await startBeacon({ resources: [aFunction(chain)], now: () => now });
  });
  afterAll(() => running.stop());

  const get = async (path: string, method = 'GET') => {
    const response = await fetch(`${running.endpoint}${path}`, { method });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const roundOf = (round: number | string) => get(`/${chain.chainHash}/public/${round}`);
  const urls = () => [running.variables.BEACON_URL ?? ''];

  it('signs a round when its time has come, with the key that the stage names', async () => {
    now = timeOfRound(chain, 500) - 1;
    expect(await roundOf(500)).toEqual({ status: 404, body: {} });
    now += 1;
    const { status, body } = await roundOf(500);
    expect(status).toBe(200);
    const signature = body.signature as string;
    expect(isBeaconValue(chain, 500, signature)).toBe(true);
    const randomness = createHash('sha256').update(Buffer.from(signature, 'hex')).digest('hex');
    expect(body).toEqual({ round: 500, randomness, signature });
    expect(await roundOf(501)).toEqual({ status: 404, body: {} });
  });

  it('says the same again, and of every round that was', async () => {
    now = timeOfRound(chain, 500);
    for (const round of [500, 1, 499, 500])
      expect((await roundOf(round)).body.signature).toBe(localBeaconSignature(round));
  });

  it('is asked by the same gateway as any other', async () => {
    const fetchBeacon = beaconGateway({ chain, urls: urls() });
    now = timeOfRound(chain, 600) - 1;
    expect(await fetchBeacon(600)).toEqual({ status: 'not-yet' });
    now += 1;
    expect(await fetchBeacon(600)).toEqual({ status: 'known', signature: localBeaconSignature(600) });
    expect(await beaconGateway({ chain: quicknet, urls: urls() })(600)).toEqual({ status: 'not-yet' });
  });

  it('describes its chain as a server of drand does', async () => {
    expect((await get(`/${chain.chainHash}/info`)).body).toEqual({
      public_key: localBeaconKey,
      period: chain.period,
      genesis_time: chain.genesis,
      hash: chain.chainHash,
      schemeID: 'bls-unchained-g1-rfc9380',
      metadata: { beaconID: 'local' },
    });
  });

  it('answers nothing else', async () => {
    for (const round of [0, -1, '01', '1.0', '1e2', 'latest', '500?', '9'.repeat(17)])
      expect(await roundOf(round)).toEqual({ status: 404, body: {} });
    for (const path of ['/', '/info', `/${quicknet.chainHash}/info`, '/public/1'])
      expect((await get(path)).status).toBe(404);
    expect((await get(`/${chain.chainHash}/info`, 'POST')).status).toBe(404);
  });

  it('signs for no chain but its own', async () => {
    const other = await startBeacon({ resources: [aFunction(quicknet)] });
    try {
      expect((await fetch(`${other.endpoint}/${quicknet.chainHash}/public/1`)).status).toBe(404);
    } finally {
      await other.stop();
    }
  });
});
