import {
  createHash,
  createPrivateKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  randomUUID,
  sign,
} from 'node:crypto';

/** A public P-256 key with its required members only (RFC 7638). */
export interface PublicJwk {
  kty: 'EC';
  crv: 'P-256';
  x: string;
  y: string;
}

export interface DpopKey {
  privateKey: KeyObject;
  jwk: PublicJwk;
  /** RFC 7638 thumbprint: what an access token is bound to. */
  jkt: string;
}

const hash = (bytes: string | Uint8Array) => createHash('sha256').update(bytes).digest('base64url');

/** RFC 7638: the required members in alphabetical order, no spaces. */
export const thumbprint = ({ crv, kty, x, y }: PublicJwk): string => hash(JSON.stringify({ crv, kty, x, y }));

export const dpopKeyFrom = (privateKey: KeyObject): DpopKey => {
  const { x = '', y = '' } = privateKey.export({ format: 'jwk' });
  const jwk: PublicJwk = { kty: 'EC', crv: 'P-256', x, y };
  return { privateKey, jwk, jkt: thumbprint(jwk) };
};

/** A new key, or one that was kept as a private JWK. */
export const dpopKey = (kept?: JsonWebKey): DpopKey =>
  dpopKeyFrom(
    kept
      ? createPrivateKey({ format: 'jwk', key: kept })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  );

export interface ProofInput {
  key: DpopKey;
  htm: string;
  /** Origin and path; `publicApiOrigin` of /v1/configuration, whatever the connection goes to. */
  htu: string;
  /** Binds the proof to the access token (`ath`). */
  accessToken?: string | undefined;
  /** The raw body; its hash becomes `bd`. Every method but GET has one, an empty one too. */
  body?: Uint8Array | string | undefined;
  nonce?: string | undefined;
  /** Seconds. */
  iat?: number;
  jti?: string;
  /** Members to write otherwise; `undefined` leaves one out. */
  header?: Record<string, unknown>;
  claims?: Record<string, unknown>;
  /** Signs instead of the key in the header. */
  signer?: KeyObject;
}

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A DPoP proof (RFC 9449 section 4.2) with the body hash: a compact JWS, signed in the form r||s. */
export const signProof = ({
  key,
  htm,
  htu,
  accessToken,
  body,
  nonce,
  iat = Math.floor(Date.now() / 1000),
  jti = randomUUID(),
  header,
  claims,
  signer = key.privateKey,
}: ProofInput): string => {
  const signed = `${part({ typ: 'dpop+jwt', alg: 'ES256', jwk: key.jwk, ...header })}.${part({
    jti,
    htm,
    htu,
    iat,
    ...(accessToken === undefined ? {} : { ath: hash(accessToken) }),
    ...(body === undefined ? {} : { bd: hash(body) }),
    ...(nonce === undefined ? {} : { nonce }),
    ...claims,
  })}`;
  const signature = sign('sha256', Buffer.from(signed), { key: signer, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
};
