import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '#contract/client.ts';
import { verifyAudit } from '#core/evidence/audit/verify.ts';
import { type Cases, casesAt, good, readAudit, said } from '#test/support/cases.ts';
import { type Marketplace, openMarketplace } from '#test/support/marketplace.ts';

let market: Marketplace;
let cases: Cases;
let staff: Record<'analyst' | 'analyst2' | 'approver', Client>;
const reasonCode = 'automated-claiming';

beforeAll(async () => {
  market = await openMarketplace();
  cases = casesAt(market);
  const [analyst, analyst2, approver] = await Promise.all([
    cases.operator('analyst'),
    cases.operator('analyst2'),
    cases.operator('approver'),
  ]);
  staff = { analyst, analyst2, approver };
});
afterAll(() => market?.stop());

describe.concurrent('at the same time', () => {
  const rounds = [1, 2, 3];
  const both = async (...answers: Promise<Parameters<typeof said>[0]>[]) =>
    (await Promise.all(answers)).map(said).sort();

  it.each(rounds)('two analysts decide: one of them does, and one notice goes out (%i)', async (round) => {
    const driver = await cases.aDriver();
    const caseId = await cases.find(driver);
    await cases.settled(caseId, 'review');
    const second = round === 1 ? 'warn' : 'dismiss';
    const decided = await both(
      cases.decide(staff.analyst, caseId, 'warn', { reasonCode }),
      cases.decide(staff.analyst2, caseId, second, second === 'warn' ? { reasonCode } : {}),
    );
    expect(decided).toEqual(['201', '409 wrong-state']);
    const { state } = await cases.settled(caseId);
    const warnings = state === 'observing' ? 1 : 0;
    expect(good(await driver.client.listNotices()).notices).toHaveLength(warnings);
    expect(good(await driver.client.getMe()).strikes).toHaveLength(warnings);
    expect(await cases.mailsTo(driver)).toHaveLength(warnings);
  });

  it.each(rounds)('a decision that is sent twice is made once (%i)', async () => {
    const driver = await cases.aDriver();
    const caseId = await cases.find(driver);
    await cases.settled(caseId, 'review');
    const submit = () => cases.decide(staff.analyst, caseId, 'warn', { reasonCode });
    expect(await both(submit(), submit())).toEqual(['201', '409 wrong-state']);
    await cases.settled(caseId, 'observing');
    expect(await cases.mailsTo(driver)).toHaveLength(1);
    expect(await cases.auditedOf(caseId, 'decision.warn')).toBe(1);
  });

  it.each(rounds)(
    'a dispute of the warning and an approval: what counts is who came first (%i)',
    async () => {
      const driver = await cases.aDriver();
      const { caseId, first } = await cases.proposed(driver, staff.analyst, staff.analyst2);
      const body = { noticeId: first.noticeId, text: 'I dispute this.' };
      const [approval, appeal] = await Promise.all([
        cases.decide(staff.approver, caseId, 'approve-offboarding'),
        driver.client.fileAppeal({ body }),
      ]);
      expect(said(appeal)).toBe('201');
      expect(['201', '409 warning-required']).toContain(said(approval));
      const { state, events } = await cases.settled(caseId);
      expect(state).toBe(approval.ok ? 'notice' : 'proposed');
      expect(events.filter(({ what }) => what === 'decision.approve')).toHaveLength(approval.ok ? 1 : 0);
      const kinds = (await cases.notices(driver)).map(({ kind }) => kind);
      expect(kinds.includes('removal-planned')).toBe(approval.ok);
      const answered = await cases.decide(staff.analyst2, first.caseId, 'uphold');
      expect(said(answered)).toBe('403 same-reviewer');
      if (!approval.ok) return;
      // Nothing is taken away while somebody looks at what it rests on.
      await cases.runOut(caseId);
      expect(await cases.settled(caseId)).toMatchObject({ state: 'notice' });
    },
  );

  it.each(rounds)(
    'a warning expires and is repeated: nothing is built on it afterwards (%i)',
    async (round) => {
      const driver = await cases.aDriver();
      const first = await cases.warned(driver, staff.analyst);
      await cases.settled(first.caseId, 'observing');
      await cases.expireWarnings(driver, Date.now() + round * 25);
      const caseId = await cases.find(driver);
      const { restsOn } = await cases.settled(caseId, 'review');
      const { state } = await cases.settled(first.caseId);
      expect(state).toBe(restsOn === first.caseId ? 'repeated' : 'observing');
      expect(good(await driver.client.getMe()).strikes).toEqual([]);
      const proposal = await cases.decide(staff.analyst, caseId, 'propose-offboarding', { reasonCode });
      expect(said(proposal)).toBe('409 warning-required');
      good(await cases.decide(staff.analyst, caseId, 'warn', { reasonCode }));
    },
  );

  it.each(rounds)('two appeals of one decision: one is filed (%i)', async () => {
    const driver = await cases.aDriver();
    const { noticeId } = await cases.warned(driver, staff.analyst);
    const appeal = (text: string) => driver.client.fileAppeal({ body: { noticeId, text } });
    expect(await both(appeal('Not me.'), appeal('I dispute this.'))).toEqual(['201', '409 window-closed']);
    const kinds = (await cases.notices(driver)).map(({ kind }) => kind);
    expect(kinds.sort()).toEqual(['appeal-received', 'warning']);
  });
});

it('every look is in the audit, which is one unbroken chain over all its pages', async () => {
  for (let round = 0; round < 5; round += 1)
    await Promise.all(Array.from({ length: 30 }, async () => good(await staff.analyst.listCases())));
  const entries = await readAudit(staff.approver);
  expect(entries.length).toBeGreaterThan(200);
  expect(entries.filter(({ action }) => action === 'cases.listed')).toHaveLength(150);
  expect(await verifyAudit(entries, { first: 1 })).toMatchObject({ status: 'verified' });
});
