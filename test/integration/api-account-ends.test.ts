import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '#contract/client.ts';
import type { Offer } from '#contract/offers.ts';
import { verifyReceipt } from '#core/privacy/verify-receipt.ts';
import { openSession } from '#phone/session.ts';
import { softwareIphone } from '#phone/software-iphone.ts';
import { phonesAt, tokenOf } from '#test/support/api-phones.ts';
import { type Cases, casesAt, eventually, good, type Suspect, said } from '#test/support/cases.ts';
import { type Marketplace, openMarketplace } from '#test/support/marketplace.ts';
import { claim, published } from '#test/support/working.ts';

let market: Marketplace;
let cases: Cases;
let staff: Record<'analyst' | 'analyst2' | 'analyst3' | 'approver', Client>;
/** Removed before any claim: functions that take claims know it from the start. */
let removed: Suspect & { caseId: string };

const { aClaim, send, withPhone, aDriver: aUser } = phonesAt(() => market);

/** What two people decided takes effect. */
const remove = async (driver: Suspect): Promise<string> => {
  const { caseId } = await cases.proposed(driver, staff.analyst, staff.analyst2);
  good(await cases.decide(staff.approver, caseId, 'approve-offboarding'));
  await cases.runOut(caseId);
  await cases.settled(caseId, 'offboarded');
  return caseId;
};

beforeAll(async () => {
  market = await openMarketplace();
  cases = casesAt(market);
  const [analyst, analyst2, analyst3, approver] = await Promise.all([
    cases.operator('analyst'),
    cases.operator('analyst2'),
    cases.operator('analyst3', ['analyst']),
    cases.operator('approver'),
  ]);
  staff = { analyst, analyst2, analyst3, approver };
  const driver = await cases.aDriver();
  removed = { ...driver, caseId: await remove(driver) };
});
afterAll(() => market?.stop());

describe.concurrent('an account', () => {
  it('a removal refuses claims, leaves every way to answer open, and is taken back', async () => {
    const { client, caseId } = removed;
    const [offer] = await published(market);
    expect(said((await claim(removed, offer)).answer)).toBe('403 account-restricted');
    expect(good(await client.getMe())).toMatchObject({ standing: 'offboarded' });
    const { noticeId } = await cases.noticeOf(removed, caseId, 'removed');
    good(await client.respondToNotice({ params: { noticeId }, body: { text: 'I ask for a second look.' } }));
    good(await client.fileAppeal({ body: { noticeId, text: 'That was not me.' } }));
    expect(said(await cases.decide(staff.approver, caseId, 'overturn'))).toBe('403 same-reviewer');
    good(await cases.decide(staff.analyst3, caseId, 'overturn'));
    await cases.settled(caseId, 'overturned');
    // That an account is open again is told over the bus as well.
    const me = await eventually('the account is open', async () => {
      const { body } = await client.getMe();
      return 'standing' in body && body.standing === 'active' && body;
    });
    expect(me.strikes).toHaveLength(1);
    const answers = new Set<string>();
    await eventually('claims are back', async () => {
      const { answer } = await claim(removed, offer);
      answers.add(said(answer));
      return answer.ok;
    });
    expect([...answers].filter((answer) => answer !== '201' && answer !== '403 account-restricted')).toEqual(
      [],
    );
  });

  it('a driver whose password was used is helped: old sessions are dead within a minute', async () => {
    const email = await aUser();
    const phone = softwareIphone();
    const [own, foreign] = [await withPhone(email, phone), await withPhone(email, softwareIphone())];
    const { driverId } = good(await own.login.getMe());
    const victim = { email, driverId, client: own.login, token: await market.system.signIn(email) };
    const [login, token] = [{ authorization: `Bearer ${victim.token}` }, await tokenOf(own)];
    const claims = async (headers: Record<string, string>) => {
      const { status, code } = (await (await send(headers, aClaim('nothing'))).json()) as never;
      return `${status} ${code}`;
    };
    const device = { authorization: `DPoP ${token}` };
    for (const headers of [login, device]) expect(await claims(headers)).toBe('400 invalid-offer-token');
    const phones = good(await victim.client.listDevices()).devices;
    const deviceId = phones.find(({ status }) => status === 'active')?.deviceId ?? '';
    // Times of sign-ins are told in whole seconds.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const caseId = await cases.find(victim, { kind: 'credentials-shared' });
    const { openedAt } = await cases.settled(caseId, 'securing');
    const old = cases.signedIn(victim.token);
    const tries = [
      old.recoverAccount({ body: { deviceId } }),
      old.listNotices(),
      old.leave(),
      old.getMe(),
      old.listDevices(),
      old.removeDevice({ params: { deviceId } }),
    ];
    for (const answer of tries) expect(said(await answer)).toBe('401 sign-in-required');
    const ended = (headers: Record<string, string>, answer: string) =>
      eventually('the session is over', async () => (await claims(headers)) === answer && Date.now());
    const endedAt = await Promise.all([
      ended(login, '401 sign-in-required'),
      ended(device, '401 proof-invalid'),
    ]);
    expect(Math.max(...endedAt) - openedAt).toBeLessThan(60_000);

    const fresh = cases.signedIn(await market.system.signIn(email));
    const { evidence } = await cases.noticeOf({ ...victim, client: fresh }, caseId, 'secure-account');
    expect(evidence).toMatchObject([{ source: 'credential-sharing-v1' }]);
    const recovered = good(await fresh.recoverAccount({ body: { deviceId } }));
    expect(recovered).toEqual({ removedPhones: 1, securedCase: caseId });
    await cases.settled(caseId, 'secured');
    expect(good(await fresh.getMe())).toMatchObject({ standing: 'active', strikes: [] });
    const back = await openSession({ api: market.system.url, user: email, phone });
    expect((await back.token()).ok).toBe(true);
    for (const gone of [own, foreign]) expect((await gone.token(true)).ok).toBe(false);
    const [offer] = await published(market);
    expect((await claim(back, offer)).answer.status).toBe(201);
  });

  it('blocks that a removal took come back, or are owed to who has left meanwhile', async () => {
    const [stays, leaves] = await Promise.all([cases.aDriver(), cases.aDriver()]);
    const offers = await published(market, [{}, { amount: 5_700 }]);
    const overturned = async (driver: Suspect, offer: Offer | undefined) => {
      if (offer) expect((await claim(driver, offer)).answer.status).toBe(201);
      const caseId = await remove(driver);
      const { released: taken } = await cases.settled(caseId, 'offboarded');
      expect(taken.map(({ blockId }) => blockId)).toEqual([offer?.blockId]);
      if (driver === leaves) good(await driver.client.leave());
      good(await cases.decide(staff.analyst3, caseId, 'overturn'));
      await cases.settled(caseId, 'overturned');
      const [me, { blocks }] = [good(await driver.client.getMe()), good(await driver.client.exportMe())];
      const { state } = await cases.standing(driver);
      return { standing: state, owed: me.owed, blocks: blocks.map(({ blockId }) => blockId) };
    };
    const [one, other] = await Promise.all([overturned(stays, offers[0]), overturned(leaves, offers[1])]);
    expect(one).toEqual({ standing: 'active', owed: [], blocks: [offers[0].blockId] });
    expect(other).toMatchObject({ standing: 'left', owed: [{ pay: { amount: 5_700 } }], blocks: [] });
  });

  it('who leaves gives blocks back, is erased with a receipt, and may say so twice', async () => {
    const driver = await cases.aDriver();
    const { client } = driver;
    const { release } = good(await client.getIdentity());
    good(await client.putConsent({ body: { version: release.version } }));
    const [offer] = await published(market);
    expect((await claim(driver, offer)).answer.status).toBe(201);
    const left = good(await client.leave());
    expect(left).toMatchObject({ releasedBlocks: 1, kept: [{}, {}] });
    expect(good(await client.leave())).toEqual(left);
    expect(good(await client.getMe())).toMatchObject({ standing: 'left' });
    const { receipt } = await eventually(
      'a receipt',
      async () => good(await client.listReceipts()).receipts[0],
    );
    const keys = good(await market.anonymous.getKeys());
    expect(verifyReceipt(receipt, keys)).toMatchObject({ status: 'verified', payload: { reason: 'left' } });
    const blockId = await eventually('the block is offered again', async () =>
      (await market.offers()).find((one) => one.blockId === offer.blockId),
    );
    expect(blockId).toMatchObject({ blockId: offer.blockId });
  });
});
