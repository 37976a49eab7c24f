import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '#contract/client.ts';
import type { Offer } from '#contract/offers.ts';
import { verifyAudit } from '#core/evidence/audit/verify.ts';
import { because, type Cases, casesAt, good, readAudit, type Suspect, said } from '#test/support/cases.ts';
import { hour, type Marketplace, nextMonday, openMarketplace } from '#test/support/marketplace.ts';
import { arrive, claim, published } from '#test/support/working.ts';

let market: Marketplace;
let cases: Cases;
let staff: Record<'analyst' | 'analyst2' | 'analyst3' | 'approver' | 'legal', Client>;
/** Has a case before any claim: functions that take claims know of the friction from the start. */
let watched: Suspect & { caseId: string };

const reasonCode = 'automated-claiming';

beforeAll(async () => {
  market = await openMarketplace();
  cases = casesAt(market);
  const [analyst, analyst2, analyst3, approver, legal] = await Promise.all([
    cases.operator('analyst'),
    cases.operator('analyst2'),
    cases.operator('analyst3', ['analyst']),
    cases.operator('approver'),
    cases.operator('legal'),
  ]);
  staff = { analyst, analyst2, analyst3, approver, legal };
  const driver = await cases.aDriver();
  watched = { ...driver, caseId: await cases.find(driver) };
  await cases.settled(watched.caseId, 'review');
});
afterAll(() => market?.stop());

const scheduled = async ({ client }: { client: Client }) => good(await client.listSchedule()).blocks;

describe('from a suspicion to a removal, and back', () => {
  let warning: string;
  let repeat: string;

  it('a suspicion is a case in the queue, and friction in claims; nothing is decided', async () => {
    const { cases: listed } = good(await staff.analyst.listCases());
    expect(listed).toContainEqual(
      expect.objectContaining({ caseId: watched.caseId, driverId: watched.driverId, state: 'review' }),
    );
    const seen = good(await staff.analyst.getCase({ params: { caseId: watched.caseId } }));
    expect(seen).toMatchObject({
      openedBy: 'machine',
      actions: ['dismiss', 'warn'],
      reasonCodes: [reasonCode],
      evidence: [{ visibility: 'driver', pValue: 0.0004 }],
      strikes: [],
      jurisdiction: 'US-SEA',
    });
    expect(good(await watched.client.getMe())).toMatchObject({ standing: 'active', strikes: [] });
    expect(good(await watched.client.listNotices())).toEqual({ notices: [] });
    // A function reads what is said of accounts beside its first claim.
    await claim({ client: await market.driver() }, (await published(market))[0]);
    const [offer] = await published(market);
    expect(await claim(watched, offer)).toMatchObject({ wasAsked: true, answer: { status: 201 } });
  });

  it('a warning is mailed and shown word for word, and the driver answers', async () => {
    const { caseId, client } = watched;
    const warned = good(await cases.decide(staff.analyst, caseId, 'warn', { reasonCode }));
    expect(warned).toMatchObject({ state: 'observing', appeal: 'none' });
    const notice = await cases.noticeOf(watched, caseId, 'warning');
    warning = notice.noticeId;
    expect(notice).toMatchObject({ noticeId: warned.noticeId, delivery: 'sent', responses: [] });
    expect(notice.evidence.map(({ itemId }) => itemId)).toEqual(
      good(await staff.analyst.getCase({ params: { caseId } })).evidence.map(({ itemId }) => itemId),
    );
    const [mail, ...more] = await cases.mailsTo(watched);
    expect(more).toEqual([]);
    expect(mail).toMatchObject({ subject: notice.subject, body: { text: notice.text } });
    const me = good(await client.getMe());
    expect(me).toMatchObject({ standing: 'active', strikes: [{ caseId, noticeId: warning, reasonCode }] });
    const text = 'I sit in the car and look at the list all day.';
    good(await client.respondToNotice({ params: { noticeId: warning }, body: { text } }));
    expect(good(await client.listNotices()).notices[0]?.responses).toMatchObject([{ text }]);
    const { timeline } = good(await staff.analyst.getCase({ params: { caseId } }));
    expect(timeline.map(({ what }) => what)).toEqual(['case.opened', 'decision.warn', 'response.received']);
    expect(timeline.at(-1)).toMatchObject({ by: 'driver', text });
  });

  it('a repeat is a second case, on which two people decide', async () => {
    const evidenceId = 'B'.repeat(22);
    repeat = await cases.find(watched, { evidenceId });
    await Promise.all([
      cases.settled(repeat, 'review'),
      cases.settled(watched.caseId, 'repeated'),
      cases.find(watched, { evidenceId }),
      cases.find(watched, { until: Date.now() - 60 * hour }),
    ]);
    const proposal = await cases.decide(staff.analyst2, repeat, 'propose-offboarding', { reasonCode });
    expect(proposal.body).toMatchObject({ state: 'proposed' });
    const approval = good(await cases.decide(staff.approver, repeat, 'approve-offboarding'));
    expect(approval).toMatchObject({ state: 'notice', appeal: 'none' });
    const days = (Date.parse(approval.dueAt ?? '') - Date.parse(approval.decidedAt)) / (24 * hour);
    expect(Math.round(days)).toBe(14);
    const notice = await cases.noticeOf(watched, repeat, 'removal-planned');
    expect(notice).toMatchObject({ delivery: 'sent', appealUntil: expect.any(String) });
    const me = good(await watched.client.getMe());
    expect(me).toMatchObject({ standing: 'active', strikes: [{ caseId: watched.caseId }] });
    // The same finding again, and one from before, opened nothing.
    expect((await cases.standing(watched)).cases).toEqual([watched.caseId, repeat]);
  });

  it('work goes on in the notice period: claims, booked blocks, check-in and pay', async () => {
    const booked = await scheduled(watched);
    expect(booked).toHaveLength(1);
    const quarter = 900_000;
    const soon = Math.ceil((Date.now() + 60_000) / quarter) * quarter;
    const [next, now] = (await published(market, [
      { startsAt: nextMonday + 5 * hour, amount: 7_100 },
      { startsAt: soon, amount: 5_300 },
    ])) as [Offer, Offer];
    for (const offer of [next, now]) expect((await claim(watched, offer)).answer.status).toBe(201);
    const pays = (await scheduled(watched)).map(({ pay }) => pay.amount);
    expect(pays).toEqual([5_300, 6_400, 7_100]);
    expect((await arrive(market, watched, now.blockId)).body).toMatchObject({ status: 'checked-in' });
  });

  it('an appeal holds the removal until somebody without a part in it has answered', async () => {
    const { noticeId } = await cases.noticeOf(watched, repeat, 'removal-planned');
    const text = 'On those days my phone was in repair.';
    const filed = good(await watched.client.fileAppeal({ body: { noticeId, text } }));
    const shown = await cases.noticeOf(watched, repeat, 'removal-planned');
    expect(shown).toMatchObject({ answerBy: filed.answerBy });
    expect(shown).not.toHaveProperty('appealUntil');
    await cases.runOut(repeat);
    const seen = good(await staff.analyst3.getCase({ params: { caseId: repeat } }));
    expect(seen).toMatchObject({ state: 'notice', appeal: 'open', dueAt: filed.answerBy });
    for (const who of [staff.analyst2, staff.approver])
      expect(said(await cases.decide(who, repeat, 'overturn'))).toBe('403 same-reviewer');
    expect(good(await cases.decide(staff.analyst3, repeat, 'overturn'))).toMatchObject({
      state: 'overturned',
      appeal: 'overturned',
    });
    const overturned = await cases.noticeOf(watched, repeat, 'overturned');
    const mails = (await cases.mailsTo(watched)).map(({ subject }) => subject);
    expect(mails).toHaveLength(4);
    expect(mails).toContain(overturned.subject);
    expect(good(await watched.client.getMe())).toMatchObject({
      standing: 'active',
      strikes: [{ caseId: watched.caseId, noticeId: warning }],
      owed: [],
    });
    expect(await scheduled(watched)).toHaveLength(3);
    await cases.settled(repeat, 'overturned');
    expect(await cases.standing(watched)).not.toHaveProperty('openCase');
  });
});

it('the audit of it all is one unbroken chain, for approvers and legal alone', async () => {
  for (const who of [staff.approver, staff.legal]) {
    const entries = await readAudit(who);
    expect(await verifyAudit(entries, { first: 1 })).toMatchObject({ status: 'verified' });
    const decisions = entries.filter(({ action }) => action.startsWith('decision.'));
    expect(decisions.every(({ actor }) => actor.kind === 'person')).toBe(true);
    expect(JSON.stringify(entries)).not.toContain(because);
  }
  expect(said(await staff.analyst.listAudit())).toBe('403 forbidden');
});
