import type { Network } from '#contract/events.ts';

export type EdgeHeaders = Readonly<Record<string, string | undefined>>;

/** IPv4 to 24 bits, IPv6 to 48: what a household or a mast is known by, and no phone. */
export const prefixOf = (address: string): string | undefined => {
  const [, v4] = /(\d+\.\d+\.\d+)\.\d+$/.exec(address) ?? [];
  if (v4 || !/^[\da-f]*:[\da-f:]+$/i.test(address)) return v4;
  const [before = ''] = address.toLowerCase().split('::');
  return [...before.split(':').filter(Boolean), 0, 0, 0].slice(0, 3).join(':');
};

/**
 * The firewall's word, which overwrites a client's of this name: who comes from a host cannot hide it. Who writes it from
 * elsewhere, or where there is no firewall, speaks against nobody else. Of the same header twice the gateway makes a list.
 */
const kindOf = (headers: EdgeHeaders): { kind?: 'hosting' } =>
  headers['x-amzn-waf-network']?.split(',').some((word) => word.trim() === 'hosting')
    ? { kind: 'hosting' }
    : {};

/**
 * Where a request came from. The last address of the header is the edge's own, which the gateway has seen; the one before
 * is the client's, which the edge has seen. What stands further left, anybody may have written.
 */
export const networkOf = (headers: EdgeHeaders = {}): { network?: Network } => {
  const address = headers['x-forwarded-for']?.split(',').at(-2)?.trim();
  const prefix = address && prefixOf(address);
  return prefix ? { network: { prefix, ...kindOf(headers) } } : {};
};
