import { createHmac, timingSafeEqual } from 'node:crypto';
import { offerMode } from '#contract/primitives.ts';
import type { BlockFacts } from './block.ts';

/** What a claim needs to know about a block, so that it reads nothing. */
export interface OfferFacts extends Omit<BlockFacts, 'dropId'> {
  version: number;
}

/** Keys by generation; tokens are signed with the newest and accepted from every one listed. */
export interface OfferKeys {
  current: string;
  keys: ReadonlyMap<string, string>;
}

/** Half of HMAC-SHA-256, the shortest that RFC 2104 section 5 advises: a list of 200 offers stays small. */
const macLength = 16;
const separator = '~';

const macOf = (key: string, message: string) =>
  createHmac('sha256', key).update(message).digest().subarray(0, macLength).toString('base64url');

/** Deterministic, so that an unchanged list of offers keeps its ETag. */
export const signOffer = ({ current, keys }: OfferKeys, offer: OfferFacts): string => {
  const key = keys.get(current);
  if (!key) throw new Error(`no offer key of generation ${current}`);
  const message = [
    current,
    offer.blockId,
    offer.version.toString(36),
    offer.stationId,
    offer.startsAt.toString(36),
    offer.endsAt.toString(36),
    offer.opensAt.toString(36),
    offer.amount.toString(36),
    offer.currency,
    offer.mode,
  ].join(separator);
  return `${message}${separator}${macOf(key, message)}`;
};

/** Verified tokens that are remembered. One token serves every driver, so a rush checks its signature once. */
const remembered = 5_000;
const verified = new WeakMap<OfferKeys, Map<string, OfferFacts>>();

/** The offer that a token speaks of, or nothing if we did not sign it. */
export const readOfferToken = (offerKeys: OfferKeys, token: string): OfferFacts | undefined => {
  let known = verified.get(offerKeys);
  if (!known) {
    known = new Map();
    verified.set(offerKeys, known);
  }
  const offer = known.get(token) ?? verifyOfferToken(offerKeys, token);
  if (offer && !known.has(token)) {
    if (known.size >= remembered) known.delete(known.keys().next().value as string);
    known.set(token, offer);
  }
  return offer;
};

const verifyOfferToken = ({ keys }: OfferKeys, token: string): OfferFacts | undefined => {
  const end = token.lastIndexOf(separator);
  const message = token.slice(0, Math.max(end, 0));
  const fields = message.split(separator);
  const key = keys.get(fields[0] ?? '');
  if (!key || fields.length !== 10) return undefined;
  // As text: base64url has several spellings of one value, and a token must have one.
  const [mac, due] = [Buffer.from(token.slice(end + 1)), Buffer.from(macOf(key, message))];
  if (mac.length !== due.length || !timingSafeEqual(mac, due)) return undefined;
  const [, blockId, version, stationId, startsAt, endsAt, opensAt, amount, currency, mode] = fields as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  return {
    blockId,
    version: Number.parseInt(version, 36),
    stationId,
    startsAt: Number.parseInt(startsAt, 36),
    endsAt: Number.parseInt(endsAt, 36),
    opensAt: Number.parseInt(opensAt, 36),
    amount: Number.parseInt(amount, 36),
    currency,
    mode: offerMode.parse(mode),
  };
};
