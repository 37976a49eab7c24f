import { offerMode } from '#contract/primitives.ts';
import { currentKey, isSameText, type KeyGenerations, macOf } from '#core/shared/key-generations.ts';
import { remembered } from '#core/shared/remembered.ts';
import type { BlockFacts } from './block.ts';

/** What a claim needs to know about a block, so that it reads nothing. */
export interface OfferFacts extends Omit<BlockFacts, 'dropId' | 'commitment'> {
  version: number;
}

/** Half of HMAC-SHA-256, the shortest that RFC 2104 section 5 advises: a list of 200 offers stays small. */
const macLength = 16;
const separator = '~';

/** Deterministic, so that an unchanged list of offers keeps its ETag. */
export const signOffer = (keys: KeyGenerations, offer: OfferFacts): string => {
  const message = [
    keys.current,
    offer.blockId,
    offer.version.toString(36),
    offer.stationId,
    offer.startsAt.toString(36),
    offer.endsAt.toString(36),
    offer.opensAt.toString(36),
    offer.amount.toString(36),
    offer.currency,
    offer.mode,
    ...(offer.closesAt === undefined ? [] : [offer.closesAt.toString(36), offer.drawId ?? '']),
  ].join(separator);
  return `${message}${separator}${macOf(currentKey(keys), message, macLength)}`;
};

/** Verified tokens that are remembered. One token serves every driver, so a rush checks its signature once. */
const memory = 5_000;
const verified = new WeakMap<KeyGenerations, ReturnType<typeof remembered<OfferFacts>>>();

/** The offer that a token speaks of, or nothing if we did not sign it. */
export const readOfferToken = (keys: KeyGenerations, token: string): OfferFacts | undefined => {
  let known = verified.get(keys);
  if (!known) {
    known = remembered(memory);
    verified.set(keys, known);
  }
  const earlier = known.get(token);
  if (earlier) return earlier;
  const offer = verifyOfferToken(keys, token);
  if (offer) known.set(token, offer);
  return offer;
};

const verifyOfferToken = ({ keys }: KeyGenerations, token: string): OfferFacts | undefined => {
  const end = token.lastIndexOf(separator);
  const message = token.slice(0, Math.max(end, 0));
  const fields = message.split(separator);
  const key = keys.get(fields[0] ?? '');
  if (!key || fields.length < 10) return undefined;
  if (!isSameText(token.slice(end + 1), macOf(key, message, macLength))) return undefined;
  const [, blockId = '', version, stationId = '', startsAt, endsAt, opensAt, amount, currency = '', mode] =
    fields;
  const [closesAt, drawId] = fields.slice(10);
  const number = (digits = '') => Number.parseInt(digits, 36);
  return {
    blockId,
    version: number(version),
    stationId,
    startsAt: number(startsAt),
    endsAt: number(endsAt),
    opensAt: number(opensAt),
    amount: number(amount),
    currency,
    mode: offerMode.parse(mode),
    ...(closesAt && { closesAt: number(closesAt) }),
    ...(drawId && { drawId }),
  };
};
