import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { receiptKey, receiptsDuePartition, sortableTime } from '#core/devices/keys.ts';
import { softwareAppleServer } from '#phone/apple-receipt.ts';
import type { SoftwarePhone } from '#phone/enrolment.ts';
import { openSession } from '#phone/session.ts';
import { aBatch, softwareAndroid } from '#phone/software-android.ts';
import { softwareIphone } from '#phone/software-iphone.ts';
import { unique } from '#test/support/builders.ts';
import { type Marketplace, openMarketplace } from '#test/support/marketplace.ts';

let market: Marketplace;
beforeAll(async () => {
  market = await openMarketplace();
});
afterAll(() => market?.stop());

const enrolled = async (phone: SoftwarePhone) => {
  const user = `${unique('driver')}@evenfield.test`;
  await market.system.createUser(user);
  const session = await openSession({ api: market.system.url, user, phone });
  const answer = await session.enrol();
  if (!answer.ok) throw new Error(answer.body.code);
  return { session, deviceId: answer.body.deviceId, user };
};

const mailsTo = async (user: string): Promise<string> => {
  const { emails } = (await (await fetch(`${market.system.url}/mailbox/store`)).json()) as {
    emails: { destination: { to: string[] }; subject: string }[];
  };
  return emails
    .filter(({ destination }) => destination.to.some((to) => to.includes(user)))
    .map(({ subject }) => subject)
    .join('; ');
};

describe('a phone whose key is put on the status list', () => {
  it('waits, its driver has a mail, and it is back when the key is off the list', async () => {
    const { system } = market;
    const batch = aBatch();
    const { session, user } = await enrolled(softwareAndroid({ provisioning: 'factory', ...batch }));
    expect(await session.token(true)).toMatchObject({ ok: true });

    system.attestationProviders.list({ [batch.deviceSerial.replace(/^0+/, '')]: 'REVOKED' });
    await market.run('DeviceUpkeepStatusList');
    expect(await session.token(true)).toMatchObject({ ok: false, problem: { reason: 'suspended' } });
    const devices = await session.login.listDevices();
    expect(devices).toMatchObject({
      body: { devices: [{ status: 'suspended', reasons: expect.arrayContaining(['key-revoked']) }] },
    });
    const refused = await session.token(true);
    expect(refused.ok ? [] : refused.problem.ways?.map(({ way }) => way)).toEqual([
      'another-phone',
      'maker',
      'person',
    ]);
    await expect.poll(() => mailsTo(user), { timeout: 15_000 }).not.toBe('');

    system.attestationProviders.list({});
    await market.run('DeviceUpkeepStatusList');
    expect(await session.token(true)).toMatchObject({ ok: true, token: { status: 'active' } });
  });
});

describe('the receipt of an iPhone', () => {
  it('is exchanged at its maker when it is due, and its risk metric is kept', async () => {
    const { system } = market;
    system.attestationProviders.answerReceipts(softwareAppleServer({ riskMetric: 3, refreshAfterMs: 0 }));
    const { session, deviceId } = await enrolled(softwareIphone({}));
    const { database, TableName } = market.devicesTable;
    const due = `${sortableTime(Date.now() - 1_000)}#${session.accountId()}#${deviceId}`;
    await database.send(
      new PutItemCommand({ TableName, Item: { pk: receiptsDuePartition, sk: { S: due } } }),
    );
    await market.run('DeviceUpkeepReceipts');
    const Key = receiptKey(session.accountId(), deviceId);
    const { Item } = await database.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }));
    expect(Item?.rm).toEqual({ N: '3' });
    // It says something about a phone to people who look; the phone claims as before.
    expect(await session.token(true)).toMatchObject({ ok: true, token: { tier: 'A' } });
  });
});

describe('where proofs are measured', () => {
  it('a login is enough, and the record says what would have been refused', async () => {
    const [offer, another] = await market.publish([{}, {}]);
    const bearer = await market.driver();
    expect(await bearer.claimBlock({ body: { offerToken: offer?.offerToken ?? '' } })).toMatchObject({
      status: 201,
    });
    const { session, deviceId } = await enrolled(softwareIphone({}));
    expect(session.isProving).toBe(true);
    expect(
      await session.client.claimBlock({ body: { offerToken: another?.offerToken ?? '' } }),
    ).toMatchObject({
      status: 201,
    });
    const claimsOf = async (driverId: string) =>
      (await market.activityOf(driverId)).filter(({ route }) => route === 'offers.claim');
    const bearerId = JSON.parse(Buffer.from(bearer.token.split('.')[1] ?? '', 'base64url').toString()).sub;
    const recorded = async () => [...(await claimsOf(bearerId)), ...(await claimsOf(session.accountId()))];
    await expect
      .poll(recorded, { timeout: 20_000, interval: 500 })
      .toEqual([
        expect.objectContaining({ outcome: 'won', reason: 'no-proof' }),
        expect.objectContaining({ outcome: 'won', attestation: { verdict: 'A', keyId: expect.any(String) } }),
      ]);
    const [unproven, proven] = await recorded();
    expect(unproven).not.toHaveProperty('attestation');
    expect(proven).not.toHaveProperty('reason');
    // Phones have other names in the archive.
    expect(proven?.deviceId).not.toBe(deviceId);
  });
});
