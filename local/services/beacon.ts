import { createHash } from 'node:crypto';
import { bls12_381 } from '@noble/curves/bls12-381.js';
import { type BeaconChain, localBeaconKey, type SharingPolicy } from '#contract/sharing-policy.ts';
import { listenOnLoopback } from './aws-json-server.ts';
import { valuesOf } from './function-variables.ts';
import type { Service, ServiceDeps } from './types.ts';

/** A server of the beacon, as https://docs.drand.love/developer/http-api describes one, for the chain of this machine. */
export interface Beacon extends Service {
  /** Environment of functions: where the server is. */
  readonly variables: Readonly<Record<string, string>>;
}

interface BeaconDeps extends Pick<ServiceDeps, 'resources'> {
  readonly now?: () => number;
}

const scheme = bls12_381.shortSignatures;
const schemeID = 'bls-unchained-g1-rfc9380';
const domain = 'BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_';
/** A private key that is in the open; without its two top bits the digest is below the order of the group. */
const privateKey = createHash('sha256').update('evenfield local beacon: everybody has this key').digest();
privateKey[0] = (privateKey[0] as number) & 0x3f;

/** Signing takes some ten milliseconds, and whoever waits for a round asks for it again and again. */
const mostRemembered = 32;

/** What the beacon of this machine says in a round, whenever that is: 48 bytes in hex. */
export const localBeaconSignature = (round: number): string => {
  const number = Buffer.alloc(8);
  number.writeBigUInt64BE(BigInt(round));
  const message = scheme.hash(createHash('sha256').update(number).digest(), domain);
  return scheme.sign(message, privateKey).toHex(true);
};

const rememberedSignatures = () => {
  const known = new Map<number, string>();
  return (round: number): string => {
    const signature = known.get(round) ?? localBeaconSignature(round);
    known.set(round, signature);
    if (known.size > mostRemembered) known.delete(known.keys().next().value as number);
    return signature;
  };
};

/** The chain that functions wait for, if it is the one whose key is here. */
const localChainIn = (resources: ServiceDeps['resources']): BeaconChain | undefined =>
  valuesOf(resources, 'SHARING')
    .map((policy) => (JSON.parse(policy) as SharingPolicy).draws.beacon)
    .find(({ publicKey }) => publicKey === localBeaconKey);

const infoOf = ({ chainHash, publicKey, period, genesis }: BeaconChain) => ({
  public_key: publicKey,
  period,
  genesis_time: genesis,
  hash: chainHash,
  schemeID,
  metadata: { beaconID: 'local' },
});

/** It signs rounds whose time has come, and no others. */
export async function startBeacon({ resources, now = Date.now }: BeaconDeps): Promise<Beacon> {
  const chain = localChainIn(resources);
  const signatureOf = rememberedSignatures();

  const roundOf = ({ genesis, period }: BeaconChain, round: number): unknown => {
    if (!Number.isSafeInteger(round) || now() < (genesis + (round - 1) * period) * 1_000) return undefined;
    const signature = signatureOf(round);
    const randomness = createHash('sha256').update(Buffer.from(signature, 'hex')).digest('hex');
    return { round, randomness, signature };
  };
  const answerTo = (url: string): unknown => {
    const [, chainHash, path = ''] = /^\/([0-9a-f]{64})\/(.*)$/.exec(url) ?? [];
    if (!chain || chainHash !== chain.chainHash) return undefined;
    if (path === 'info') return infoOf(chain);
    const [, number] = /^public\/([1-9]\d*)$/.exec(path) ?? [];
    return number === undefined ? undefined : roundOf(chain, Number(number));
  };

  const service = await listenOnLoopback(({ method, url = '' }, response) => {
    const answer = method === 'GET' ? answerTo(url) : undefined;
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(answer === undefined ? '{}' : JSON.stringify(answer));
  });
  return { ...service, variables: { BEACON_URL: service.endpoint } };
}
