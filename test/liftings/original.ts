import { createHash } from 'node:crypto';
import type { DeviceTokenClaims } from '#core/devices/device-token.ts';
import { type DpopKey, type ProofInput, signProof } from '#phone/dpop.ts';
import { claimClientData } from '#phone/proving-fetch.ts';
import type { AssertionOverrides, SoftwareIphone } from '#phone/software-iphone.ts';
import type { Chance } from '#test/faults/chance.ts';

export interface Sent {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: Buffer;
}

/** A driver with an enrolled phone and the access token that it was given. */
export interface Holder {
  accountId: string;
  key: DpopKey;
  iphone?: SoftwareIphone;
  /** Before iOS 27: its assertions may lack what later ones must have. */
  isOld?: boolean;
  token: string;
  /** A login of the same account, without a phone. */
  login: string;
}

/** A valid request of a phone, and what it was made from. */
export interface Original extends Sent {
  holder: Holder;
  isClaim: boolean;
  jti: string;
  iat: number;
  nonce: string | undefined;
}

/** What those who lift requests can do. */
export interface Means {
  chance: Chance;
  origin: string;
  /** Milliseconds. */
  now: () => number;
  /** Other valid requests, of the same phone and of others. */
  others: readonly Original[];
  holders: readonly Holder[];
  /** Phones that the service has never seen. */
  stranger: Holder;
  /** Bodies that claim something else. */
  bodies: readonly Buffer[];
  /** Only where the service's own keys are at hand. */
  nonceAt?: (at: number) => string;
  signToken?: (holder: Holder, changes: Partial<DeviceTokenClaims>, generation?: 'unknown') => string;
}

export interface Lifted extends Sent {
  /** The service's clock at that moment, ms from now. */
  clockShift?: number;
  /** What the service depends on and does not get. */
  missing?: 'ledger' | 'revocations';
}

export interface Kind {
  name: string;
  /** Whether the original may have been used already: what only the ledger refuses is tried afterwards. */
  when: 'before' | 'after' | 'both';
  make: (original: Original, means: Means) => Lifted | undefined;
}

export const isSamePhone = (one: Original, other: Original): boolean =>
  one.holder.accountId === other.holder.accountId;

export const hashOf = (bytes: string | Uint8Array) => createHash('sha256').update(bytes).digest('base64url');

const isRead = (method: string) => method === 'GET';

/** Signs as the phone of `holder` would, with whatever is said otherwise. */
export const proofFor = (
  request: Pick<Original, 'method' | 'path' | 'body' | 'holder' | 'jti' | 'iat' | 'nonce'>,
  origin: string,
  changes: Partial<ProofInput> = {},
): string =>
  signProof({
    key: request.holder.key,
    htm: request.method,
    htu: origin + request.path,
    accessToken: request.holder.token,
    body: isRead(request.method) ? undefined : request.body,
    nonce: request.nonce,
    jti: request.jti,
    iat: request.iat,
    ...changes,
  });

export const assertionFor = (
  { holder, method, path, body, jti, nonce }: Original,
  changes: Record<string, unknown> = {},
  wrong: Partial<AssertionOverrides> = {},
): Record<string, string> => {
  const due = { account: holder.accountId, method, path, nonce, jti, bd: hashOf(body) };
  const clientData = claimClientData({ ...due, ...changes } as typeof due);
  const made = holder.iphone?.assert(clientData, wrong);
  return made
    ? {
        'app-attest-client-data': clientData.toString('base64url'),
        'app-attest-assertion': made.assertion.toString('base64url'),
      }
    : {};
};

export const originalOf = (
  parts: Omit<Original, 'headers' | 'jti' | 'iat'>,
  origin: string,
  jti: string,
  iat: number,
): Original => {
  const bare: Original = { ...parts, jti, iat, headers: {} };
  return {
    ...bare,
    headers: {
      authorization: `DPoP ${parts.holder.token}`,
      dpop: proofFor(bare, origin),
      ...(bare.isClaim && assertionFor(bare)),
    },
  };
};

/** As sent, with some headers otherwise; `undefined` leaves one out. */
export const withHeaders = (sent: Sent, headers: Record<string, string | undefined>): Sent => ({
  method: sent.method,
  path: sent.path,
  body: sent.body,
  headers: Object.fromEntries(
    Object.entries({ ...sent.headers, ...headers }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    ),
  ),
});
