import * as z from 'zod/mini';
import { platform } from '#contract/primitives.ts';
import type { FindAddress } from '#core/shared/accounts-gateway.ts';
import type { SendMail } from '#core/shared/mail-gateway.ts';
import { noticeKinds } from './notice.ts';
import { noticeText, type StoredNotice } from './notice-text.ts';

const storedNotice = z.object({
  kind: z.enum(noticeKinds),
  deviceId: z.string(),
  platform,
  claimsFrom: z.optional(z.number()),
  accountId: z.string().check(z.minLength(1)),
  at: z.number(),
});

/** Undefined for what is no notice of ours. */
export const readNotice = (json: string | undefined): StoredNotice | undefined => {
  try {
    const { success, data } = z.safeParse(storedNotice, JSON.parse(json ?? ''));
    if (!success) return undefined;
    const { claimsFrom, ...notice } = data;
    return { ...notice, ...(claimsFrom !== undefined && { claimsFrom }) };
  } catch {
    return undefined;
  }
};

export interface NoticeDeps {
  findAddress: FindAddress;
  sendMail: SendMail;
}

export type NoticeOutcome =
  | { status: 'sent' | 'no-address' }
  /** By the mail service, for good. */
  | { status: 'refused'; reason: string };

/** E5: tells the owner of the account, at least once. Throws what may work the next time. */
export const sendNotice = async (deps: NoticeDeps, notice: StoredNotice): Promise<NoticeOutcome> => {
  const to = await deps.findAddress(notice.accountId);
  if (!to) return { status: 'no-address' };
  return deps.sendMail({ to, ...noticeText(notice) });
};
