import { type ErasureReceipt, erasureReceipt, receiptType } from '#contract/receipts.ts';
import { type JwsRefusal, verifyJws } from './verify-jws.ts';

export type ReceiptRefusal =
  | JwsRefusal
  /** Signed by us, in a form that this version does not know. */
  | 'other-form';

export type ReceiptOutcome =
  | { status: 'verified'; payload: ErasureReceipt; kid: string }
  | { status: 'refused'; reason: ReceiptRefusal };

/** Thirty-two entries of either kind at their longest, in a script of three bytes a letter, are 120 KB. */
const longest = 131_072;

/** Checks a receipt with nothing but the published keys: a receipt does not run out. */
export const verifyReceipt = (text: string, keySet: unknown): ReceiptOutcome => {
  const signed = verifyJws(text, keySet, { typ: receiptType, longest });
  if (signed.status === 'refused') return signed;
  const payload = erasureReceipt.safeParse(signed.payload);
  return payload.success
    ? { status: 'verified', payload: payload.data, kid: signed.kid }
    : { status: 'refused', reason: 'other-form' };
};
