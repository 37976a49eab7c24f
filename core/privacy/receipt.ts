import { type ErasureReceipt, erasureReceipt, receiptType } from '#contract/receipts.ts';
import { type JwsSigner, signJws } from './sign-jws.ts';

export type ReceiptSigner = JwsSigner;

/** Throws for a payload that no reader would accept. */
export const signReceipt = async (signer: ReceiptSigner, payload: ErasureReceipt): Promise<string> =>
  signJws(signer, receiptType, erasureReceipt.parse(payload));
