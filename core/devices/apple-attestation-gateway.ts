import { createPrivateKey } from 'node:crypto';
import { SignJWT } from 'jose';
import { askServer } from '#core/shared/https-gateway.ts';

/** https://developer.apple.com/documentation/devicecheck/assessing-fraud-risk */
export const applesAttestationData = {
  production: 'https://data.appattest.apple.com/v1/attestationData',
  development: 'https://data-development.appattest.apple.com/v1/attestationData',
} as const;

export type ReceiptAnswer =
  /** Not yet verified. */
  | { status: 'refreshed'; receipt: Buffer }
  | { status: 'too-early' }
  /** About this receipt: asking again at once is no use. */
  | { status: 'rejected'; reason: string }
  /** About all of them. */
  | { status: 'unavailable'; reason: string };

export type ExchangeReceipt = (receipt: string) => Promise<ReceiptAnswer>;

/** What a developer account signs its requests with, as its secret holds it. */
interface AppleKey {
  keyId: string;
  teamId: string;
  privateKeyPem: string;
}

const timeoutMs = 10_000;
/** Base64 of the 16 KB that a receipt may have. */
const sizeLimit = 24 * 1024;
/** A token of its own for each request: signing costs less than keeping one would. */
const tokenLifetimeMs = 300_000;

const isAppleKey = (value: unknown): value is AppleKey =>
  ['keyId', 'teamId', 'privateKeyPem'].every(
    (name) => typeof (value as Record<string, unknown> | null)?.[name] === 'string',
  );

/** Undefined for a secret that cannot be read or holds no such key: what it does hold must not become part of an error. */
const signToken = async (readSecret: () => Promise<string>, now: number): Promise<string | undefined> => {
  try {
    const key: unknown = JSON.parse(await readSecret());
    if (!isAppleKey(key)) return undefined;
    const { keyId, teamId, privateKeyPem } = key;
    const issuedAt = Math.floor(now / 1_000);
    return await new SignJWT()
      .setProtectedHeader({ alg: 'ES256', kid: keyId })
      .setIssuer(teamId)
      .setIssuedAt(issuedAt)
      .setExpirationTime(new Date(now + tokenLifetimeMs))
      .sign(createPrivateKey(privateKeyPem));
  } catch {
    return undefined;
  }
};

/** Strict: Apple writes base64, and anything else is no receipt. */
const bytesOf = (text: string): Buffer | undefined => {
  const base64 = text.trim();
  const bytes = Buffer.from(base64, 'base64');
  return bytes.length > 0 && bytes.toString('base64') === base64 ? bytes : undefined;
};

/** RC5: a receipt for a newer one, which knows the risk metric. */
export const appleAttestationGateway =
  (deps: { url: string; readSecret: () => Promise<string>; now: () => number }): ExchangeReceipt =>
  async (receipt) => {
    const token = await signToken(deps.readSecret, deps.now());
    if (!token) return { status: 'unavailable', reason: 'unusable-secret' };
    const answer = await askServer({
      method: 'POST',
      url: deps.url,
      headers: { authorization: token, 'content-type': 'application/octet-stream' },
      body: receipt,
      timeoutMs,
      sizeLimit,
    });
    if (answer.status === 'unavailable')
      return answer.reason === 'too-large' ? { status: 'rejected', reason: answer.reason } : answer;
    const { code, body } = answer;
    if (code === 304) return { status: 'too-early' };
    if (code === 200) {
      const bytes = bytesOf(body.toString('latin1'));
      return bytes ? { status: 'refreshed', receipt: bytes } : { status: 'rejected', reason: 'not-base64' };
    }
    const isAboutReceipt = code === 400 || code === 404;
    return { status: isAboutReceipt ? 'rejected' : 'unavailable', reason: `status-${code}` };
  };
