import type { BeaconChain } from '#contract/sharing-policy.ts';
import { askServer } from '#core/shared/https-gateway.ts';
import { isBeaconValue } from './beacon.ts';

export type BeaconAnswer =
  /** Verified: it is the chain's own value of that round. */
  | { status: 'known'; signature: string }
  /** Its time has not come. */
  | { status: 'not-yet' }
  | { status: 'unavailable' };

/** Never rejects. */
export type FetchBeacon = (round: number) => Promise<BeaconAnswer>;

/** A draw waits for it: rather ask the next server. */
const timeoutMs = 800;
/** An answer is 250 bytes. */
const sizeLimit = 4_096;
/** Of rounds that are to come, and of those that a server does not have yet. */
const notYetCodes: readonly number[] = [404, 425];

/** The value in `{"round":1000,"randomness":"fe29…","signature":"b446…"}`, whatever else is in it. */
const signatureIn = (body: Buffer): string | undefined => {
  try {
    const { signature } = JSON.parse(body.toString()) as { signature?: unknown };
    return typeof signature === 'string' ? signature : undefined;
  } catch {
    return undefined;
  }
};

/** An address that can never be asked is found out at the start, not when a draw waits. */
const addressOf = (text: string): string => {
  const { protocol, href } = new URL(text);
  if (protocol !== 'https:' && protocol !== 'http:')
    throw new Error(`beacon: ${text} is no address of a server`);
  return href;
};

/**
 * Asks servers of the beacon one after the other, in drand's first form of addresses, which all relays know
 * (https://docs.drand.love/developer/http-api). None of them is believed: a value that is not the chain's counts as no answer.
 */
export const beaconGateway = ({
  chain,
  urls,
}: {
  chain: BeaconChain;
  urls: readonly string[];
}): FetchBeacon => {
  const rounds = urls.map((url) => addressOf(`${url.replace(/\/+$/, '')}/${chain.chainHash}/public/`));

  const ask = async (url: string, round: number): Promise<BeaconAnswer> => {
    const answer = await askServer({ method: 'GET', url, timeoutMs, sizeLimit });
    if (answer.status === 'unavailable') return answer;
    if (notYetCodes.includes(answer.code)) return { status: 'not-yet' };
    const signature = answer.code === 200 ? signatureIn(answer.body) : undefined;
    return signature !== undefined && isBeaconValue(chain, round, signature)
      ? { status: 'known', signature }
      : { status: 'unavailable' };
  };

  return async (round) => {
    let isNotYet = false;
    for (const url of rounds) {
      const answer = await ask(`${url}${round}`, round);
      if (answer.status === 'known') return answer;
      // Another server may have it: they do not all learn of it at once.
      isNotYet ||= answer.status === 'not-yet';
    }
    return { status: isNotYet ? 'not-yet' : 'unavailable' };
  };
};
