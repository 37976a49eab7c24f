import { type ErasureReceipt, erasureReceipt, receiptType } from '#contract/receipts.ts';
import { oneSpelling } from './signature-form.ts';

export interface ReceiptSigner {
  /** ECDSA on P-256 with SHA-256: the 64 bytes r and s. */
  sign: (message: Buffer) => Promise<Buffer>;
  /** RFC 7638 thumbprint of the key. */
  kid: string;
}

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** The header in the one spelling that we write, so that no other is ever considered. */
export const receiptHeader = (kid: string): string => part({ alg: 'ES256', kid, typ: receiptType });

/** A compact JWS (RFC 7515 section 7.1). Throws for a payload that no reader would accept. */
export const signReceipt = async ({ sign, kid }: ReceiptSigner, payload: ErasureReceipt): Promise<string> => {
  const message = `${receiptHeader(kid)}.${part(erasureReceipt.parse(payload))}`;
  const signature = oneSpelling(await sign(Buffer.from(message)));
  return `${message}.${signature.toString('base64url')}`;
};
