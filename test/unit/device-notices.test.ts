import { describe, expect, it } from 'vitest';
import { noticeKinds } from '#core/devices/notice.ts';
import { noticeText, type StoredNotice } from '#core/devices/notice-text.ts';
import { readNotice, sendNotice } from '#core/devices/send-notice.ts';
import type { Mail } from '#core/shared/mail-gateway.ts';

const aNotice = (facts: Partial<StoredNotice> = {}): StoredNotice => ({
  kind: 'enrolled',
  deviceId: 'a-phone',
  platform: 'android',
  accountId: 'a-driver',
  at: Date.UTC(2027, 0, 4, 8, 5),
  ...facts,
});

describe('a notice', () => {
  it.each(noticeKinds)('%s says what happened and when, and never asks for anything secret', (kind) => {
    const { subject, text } = noticeText(aNotice({ kind }));
    expect(subject).toMatch(/^[A-Z][^\n]{10,60}$/);
    expect(text).toContain('On Monday, 4 January 2027 at 08:05 UTC');
    expect(text).toContain('an Android phone');
    expect(text).toContain('Never share it');
    expect(text).not.toMatch(/undefined|a-driver|a-phone|[^\x20-\x7E\n]/);
  });

  it.each(['enrolled', 'pending', 'approved', 'removed'] as const)(
    '%s says what to do when it was somebody else',
    (kind) => {
      const { text } = noticeText(aNotice({ kind }));
      for (const words of ['If it was not you', 'remove', 'hange your password'])
        expect(text).toContain(words);
    },
  );

  it('accuses nobody whose phone is suspended, and says how it goes on', () => {
    const { text } = noticeText(aNotice({ kind: 'suspended' }));
    expect(text).toContain('nothing wrong');
    expect(text).toContain('Add another phone');
    expect(text).not.toMatch(/fraud|violat|bot|cheat|forg/i);
  });

  it('says when a new phone takes over', () => {
    const claimsFrom = Date.UTC(2027, 0, 5, 8, 5);
    const { text } = noticeText(aNotice({ kind: 'approved', platform: 'ios', claimsFrom }));
    expect(text).toContain('an iPhone');
    expect(text).toContain('from Tuesday, 5 January 2027 at 08:05 UTC');
  });

  it('is read as it was stored', () => {
    const notice = aNotice({ kind: 'approved', claimsFrom: 5 });
    expect(readNotice(JSON.stringify(notice))).toEqual(notice);
    expect(readNotice(JSON.stringify(aNotice()))).toEqual(aNotice());
    for (const text of [undefined, '', 'null', '{}', JSON.stringify({ ...notice, kind: 'other' })])
      expect(readNotice(text)).toBeUndefined();
  });

  it('goes to the address of the account, if it has one', async () => {
    const sent: Mail[] = [];
    const deps = {
      findAddress: async (accountId: string) =>
        accountId === 'a-driver' ? 'driver@example.test' : undefined,
      sendMail: async (mail: Mail) => {
        sent.push(mail);
        return { status: 'sent' as const };
      },
    };
    expect(await sendNotice(deps, aNotice())).toEqual({ status: 'sent' });
    expect(await sendNotice(deps, aNotice({ accountId: 'another' }))).toEqual({ status: 'no-address' });
    expect(sent).toEqual([{ to: 'driver@example.test', ...noticeText(aNotice()) }]);
  });
});
