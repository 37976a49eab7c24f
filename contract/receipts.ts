import * as z from 'zod/mini';
import { instant } from './primitives.ts';

/** What a person reads in a terminal or on a page: nothing that moves the cursor or turns the text around. */
const plainText = z
  .string()
  .check(
    z.minLength(1),
    z.maxLength(300),
    z.regex(/^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+$/u, 'expected plain text'),
  );

const coordinate = z.string().check(z.regex(/^[A-Za-z0-9_-]{43}$/));

/** `typ` of the JWS around a receipt (RFC 7515 section 4.1.9): nothing else that the same key signs is taken for one. */
export const receiptType = 'evenfield-erasure+jws';

export const erasureReason = z.enum(['asked', 'consent-withdrawn', 'offboarded', 'left', 'expired']);
export type ErasureReason = z.infer<typeof erasureReason>;

/** What an erasure receipt says: what was deleted, what is kept, why and until when. It names nobody. */
export const erasureReceipt = z.strictObject({
  v: z.literal(1),
  receiptId: z.string().check(z.regex(/^[A-Za-z0-9_-]{22}$/)),
  /** A pseudonym in base64url: 16 random bytes, or a salted SHA-256 whose salt is kept nowhere else. */
  subject: z.string().check(z.regex(/^(?:[A-Za-z0-9_-]{22}|[A-Za-z0-9_-]{43})$/)),
  requestedAt: instant,
  erasedAt: instant,
  reason: erasureReason,
  deleted: z
    .array(z.strictObject({ what: plainText, count: z.int().check(z.gte(0)) }))
    .check(z.maxLength(32)),
  kept: z.array(z.strictObject({ what: plainText, why: plainText, until: instant })).check(z.maxLength(32)),
  /** The longest that a copy of a provider may still hold any of it. */
  backupHorizon: z.strictObject({ what: plainText, until: instant }),
  /** From then on nobody can read what was encrypted for this driver, wherever a copy is. */
  keyDestroyedAt: instant,
});
export type ErasureReceipt = z.infer<typeof erasureReceipt>;

/**
 * A public key that receipts are signed with (RFC 7517); `kid` is its thumbprint (RFC 7638). `GET /v1/keys` lists
 * the current one: whoever keeps a receipt keeps its key as well.
 */
export const receiptKey = z.strictObject({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: coordinate,
  y: coordinate,
  kid: coordinate,
  alg: z.literal('ES256'),
  use: z.literal('sig'),
});
export type ReceiptKey = z.infer<typeof receiptKey>;
