import { type BeaconChain, localBeaconKey } from '#contract/sharing-policy.ts';

/** drand's chain `quicknet`: a value every three seconds, signed by a threshold of independent organisations together. */
export const quicknet: BeaconChain = {
  chainHash: '52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971',
  publicKey:
    '83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d1064510d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a',
  genesis: 1_692_803_367,
  period: 3,
};

/** `local`: everybody can make its values, so it binds nobody. */
export type KnownBeacon = 'quicknet' | 'local';

/**
 * Who runs a draw writes its record, with the chain in it. A chain of their own would sign whatever they want, and one that
 * began at another time would make a value that everybody knows one of the future.
 */
export const knownBeacon = ({
  chainHash,
  publicKey,
  genesis,
  period,
}: BeaconChain): KnownBeacon | undefined => {
  if (publicKey === localBeaconKey) return 'local';
  const isQuicknet =
    chainHash === quicknet.chainHash &&
    publicKey === quicknet.publicKey &&
    genesis === quicknet.genesis &&
    period === quicknet.period;
  return isQuicknet ? 'quicknet' : undefined;
};
