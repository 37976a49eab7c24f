import { oneSpelling } from './signature-form.ts';

/** A key that what we publish is signed with. */
export interface JwsSigner {
  /** ECDSA on P-256 with SHA-256: the 64 bytes r and s. */
  sign: (message: Buffer) => Promise<Buffer>;
  /** RFC 7638 thumbprint of the key. */
  kid: string;
}

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** The header in the one spelling that we write, so that no other is ever considered. */
export const jwsHeader = (typ: string, kid: string): string => part({ alg: 'ES256', kid, typ });

/** A compact JWS (RFC 7515 section 7.1). `typ` says what it is: nothing else that the same key signs is taken for it. */
export const signJws = async ({ sign, kid }: JwsSigner, typ: string, payload: unknown): Promise<string> => {
  const message = `${jwsHeader(typ, kid)}.${part(payload)}`;
  const signature = oneSpelling(await sign(Buffer.from(message)));
  return `${message}.${signature.toString('base64url')}`;
};
