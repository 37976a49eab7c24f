import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';

/**
 * Who is drawn before whom. Everything here is a function of what is published, so that anybody can do it again:
 *
 *     seed = HMAC-SHA-256(secret, 'evenfield-draw|v1|' drawId '|' chainHash '|' round '|' beacon signature)
 *     rank = HMAC-SHA-256(seed, drawId '|' entrant), smallest first
 *
 * The secret was committed to before anybody could enter, the beacon's value was known to nobody before the close.
 */

const sha256 = (message: string | Uint8Array) => hash('sha256', message, 'buffer');

/** What is published of a secret (32 bytes in base64url) before the draw. */
export const commitmentOf = (secret: string): string =>
  sha256(Buffer.from(secret, 'base64url')).toString('base64url');

/** How a driver is named in the record of one draw: 16 bytes in base64url, another one in every draw. */
export const entrantOf = (drawId: string, driverId: string): string =>
  sha256(`${drawId}|${driverId}`).subarray(0, 16).toString('base64url');

export const seedOf = (
  secret: string,
  {
    drawId,
    chainHash,
    round,
    signature,
  }: { drawId: string; chainHash: string; round: number; signature: string },
): Buffer =>
  createHmac('sha256', Buffer.from(secret, 'base64url'))
    .update(`evenfield-draw|v1|${drawId}|${chainHash}|${round}|${signature}`)
    .digest();

/** 32 bytes in hex: they sort as text. */
export const rankOf = (seed: Uint8Array | KeyObject, drawId: string, entrant: string): string =>
  createHmac('sha256', seed).update(`${drawId}|${entrant}`).digest('hex');

/** The order in which entries are drawn: who is behind comes last, by rank among each other. */
export const inOrder = <E extends { entrant: string; behind?: boolean | undefined }>(
  entries: readonly E[],
  seed: Uint8Array,
  drawId: string,
): E[] => {
  // Read once: with bytes every HMAC would make a key of its own, which takes six times as long as the rest.
  const secret = createSecretKey(seed);
  return entries
    .map((entry) => ({
      entry,
      key: `${entry.behind ? 1 : 0}${rankOf(secret, drawId, entry.entrant)}${entry.entrant}`,
    }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ entry }) => entry);
};

/** What is published of the roll when it is sealed: SHA-256 in base64url over its lines, sorted. */
export const rollDigestOf = (
  entries: readonly {
    entrant: string;
    choices: readonly number[];
    behind?: boolean | undefined;
    asked?: boolean | undefined;
  }[],
): string =>
  sha256(
    entries
      .map(
        ({ entrant, choices, behind, asked }) =>
          `${entrant}|${choices.join(',')}|${behind ? 'behind' : ''}|${asked ? 'asked' : ''}\n`,
      )
      .sort()
      .join(''),
  ).toString('base64url');
