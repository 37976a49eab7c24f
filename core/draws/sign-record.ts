import { createHash } from 'node:crypto';
import { type DrawRecord, drawRecordType } from '#contract/draw-record.ts';
import type { ReceiptSigner } from '#core/privacy/receipt.ts';
import { signJws } from '#core/privacy/sign-jws.ts';

/** What is signed of a record: it may be longer than what a key service takes. */
export interface SignedDraw {
  drawId: string;
  /** SHA-256 in base64url over the record as JSON, as it is published. */
  sha256: string;
}

export const recordDigest = (record: DrawRecord): string =>
  createHash('sha256').update(JSON.stringify(record)).digest('base64url');

export const signDraw = (signer: ReceiptSigner, { drawId, sha256 }: SignedDraw): Promise<string> =>
  signJws(signer, drawRecordType, { drawId, sha256 });
