import { randomBytes } from 'node:crypto';
import { GetItemCommand, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { AuditEntry } from '#contract/cases.ts';
import { type Client, createClient } from '#contract/client.ts';
import type { DecisionAction, NoticeKind } from '#contract/enforcement.ts';
import { botSuspected, type credentialsShared, detectionSource } from '#contract/findings.ts';
import type { Case, Standing } from '#core/enforcement/case.ts';
import { type CasesStore, casesStore } from '#core/enforcement/cases-store.ts';
import { caseIdOf } from '#core/enforcement/change.ts';
import { caseKey, duePartition, rowKey, standingKey } from '#core/enforcement/keys.ts';
import { callAwsJson } from '#local/services/aws-json-client.ts';
import { unique } from './builders.ts';
import type { Marketplace } from './marketplace.ts';

const dayMs = 86_400_000;
const iso = (at: number) => new Date(at).toISOString();

/** Waits for what the system does by itself; gives the first value that is there. */
export const eventually = async <T>(what: string, look: () => Promise<T | undefined | false>): Promise<T> => {
  for (const patience = Date.now() + 45_000; Date.now() < patience; ) {
    const value = await look();
    if (value !== undefined && value !== false) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`it did not come about: ${what}`);
};

/** A driver with the sign-in alone: enough where proofs are measured. */
export interface Suspect {
  email: string;
  driverId: string;
  client: Client;
  token: string;
}

export interface Finding {
  kind?: typeof botSuspected | typeof credentialsShared;
  /** The same id is the same finding. */
  evidenceId?: string;
  /** The last of what was looked at, in milliseconds since the epoch; now unless told otherwise. */
  until?: number;
  release?: string;
  words?: string;
}

export interface Mailed {
  messageId: string;
  subject: string;
  body: { text: string; html: string };
  destination: { to: string[] };
}

/** The body of an answer that has to be a good one. */
export const good = <T extends { ok: boolean; status: number; body: unknown }>(
  answer: T,
): Extract<T, { ok: true }>['body'] => {
  if (!answer.ok) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body as Extract<T, { ok: true }>['body'];
};

/** Status, and the code of a refusal. */
export const said = ({ ok, status, body }: { ok: boolean; status: number; body: unknown }): string =>
  ok ? String(status) : `${status} ${(body as { code: string }).code}`;

/** RFC 2045 section 6.7. */
const quotedPrintable = (text: string): string => {
  const bytes = text
    .replaceAll(/=\r?\n/g, '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
};

/** All pages of the audit. */
export const readAudit = async (who: Client): Promise<AuditEntry[]> => {
  const entries: AuditEntry[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = good(await who.listAudit({ query: cursor ? { cursor } : {} }));
    entries.push(...page.entries);
    cursor = page.cursor;
    if (!cursor) return entries;
  }
};

export const because = 'Claims on nine days, each within a tenth of a second.';

/** Cases of a running marketplace: its people through the API, the detector over the bus, the clocks in the table. */
export const casesAt = (market: Marketplace) => {
  const { system } = market;
  const { database } = market.devicesTable;
  const tables = system.resources().filter(({ type }) => type === 'AWS::DynamoDB::GlobalTable');
  const TableName = tables.find(({ logicalId }) => logicalId.startsWith('Enforcement'))?.physicalId ?? '';
  const bus = system.resource('AWS::Events::EventBus').physicalId;
  const store: CasesStore = casesStore(database, TableName, Date.now);

  const signedIn = (token: string): Client => createClient({ origin: system.url, token });
  const operator = async (name: string, groups?: readonly string[]): Promise<Client & { token: string }> => {
    const email = `${name}@evenfield.test`;
    if (groups) await system.createUser(email, groups);
    const token = await system.signIn(email);
    return { ...signedIn(token), token };
  };
  const aDriver = async (): Promise<Suspect> => {
    const email = `${unique('suspect')}@evenfield.test`;
    await system.createUser(email);
    const token = await system.signIn(email);
    const client = signedIn(token);
    const { driverId } = good(await client.getMe());
    return { email, driverId, client, token };
  };

  /** What the detector tells of a driver; gives the id of the case that it would open. */
  const find = async ({ driverId }: { driverId: string }, finding: Finding = {}): Promise<string> => {
    const { kind = botSuspected, until = Date.now() } = finding;
    const evidenceId = finding.evidenceId ?? randomBytes(16).toString('base64url');
    const isModel = kind === botSuspected && !finding.release;
    const detail = {
      evidenceId,
      driverId,
      release: finding.release ?? (isModel ? 'model-1a2b3c4d' : 'credential-sharing-v1'),
      ...(isModel && { modelHash: '1a2b3c4d'.repeat(8), calibrationId: 'calibration-1', pValue: 0.0004 }),
      families: ['polling'],
      reasons: [{ code: 'claim-latency', words: finding.words ?? 'Seconds to a claim', value: 0.0934 }],
      window: { from: iso(until - 9 * dayMs), to: iso(until) },
    };
    const entry = {
      EventBusName: bus,
      Source: detectionSource,
      DetailType: kind,
      Detail: JSON.stringify(detail),
    };
    await callAwsJson(system.endpoints.events, 'AWSEvents.PutEvents', { Entries: [entry] });
    return caseIdOf(evidenceId);
  };

  /** The case, as soon as it stands there and nothing is left to be done for it. */
  const settled = (caseId: string, state?: Case['state']): Promise<Case> =>
    eventually(`${caseId} ${state ?? ''}`, async () => {
      const one = await store.read(caseId);
      return one && (!state || one.state === state) && one.todo.length === 0 && one;
    });
  const standing = ({ driverId }: Suspect): Promise<Standing> => store.standing(driverId);

  const decide = (who: Client, caseId: string, action: DecisionAction, more: object = {}) =>
    who.decideCase({ params: { caseId }, body: { action, rationale: because, ...more } });
  const reasonCode = 'automated-claiming' as const;

  /** A case that a person has warned about. */
  const warned = async (driver: Suspect, analyst: Client) => {
    const caseId = await find(driver);
    await settled(caseId, 'review');
    const answer = good(await decide(analyst, caseId, 'warn', { reasonCode }));
    return { caseId, noticeId: answer.noticeId ?? '' };
  };
  /** A second one, on which the removal is proposed. */
  const proposed = async (driver: Suspect, analyst: Client, proposer = analyst) => {
    const first = await warned(driver, analyst);
    const caseId = await find(driver);
    await settled(caseId, 'review');
    good(await decide(proposer, caseId, 'propose-offboarding', { reasonCode }));
    return { caseId, first };
  };

  const item = async (Key: ReturnType<typeof caseKey>) => {
    const { Item } = await database.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }));
    if (!Item) throw new Error('there is no such item');
    return Item;
  };
  /** Writes beside all rules, as if time had passed. */
  const rewrite = async (Key: ReturnType<typeof caseKey>, change: (kept: object) => object) => {
    const Item = await item(Key);
    const d = { S: JSON.stringify(change(JSON.parse(Item.d?.S ?? '{}'))) };
    await database.send(new PutItemCommand({ TableName, Item: { ...Item, d } }));
  };

  return {
    signedIn,
    operator,
    aDriver,
    find,
    settled,
    standing,
    decide,
    reasonCode,
    warned,
    proposed,
    notices: ({ driverId }: Suspect) => store.notices(driverId),
    /** Lets the clock of a case run out, and what is due be done. */
    runOut: async (caseId: string) => {
      // Nobody else writes the case then.
      await eventually(`the workflow waits with ${caseId}`, async () => {
        const one = await store.read(caseId);
        return one?.todo.length === 0 && one.waiting?.state === one.state;
      });
      const at = Date.now() - 1_000;
      await rewrite(caseKey(caseId), (kept) => ({ ...kept, stateDueAt: at }));
      const due = { ...rowKey(duePartition, at, caseId), id: { S: caseId } };
      await database.send(new PutItemCommand({ TableName, Item: due }));
      await market.run('EnforcementUpkeep');
    },
    /** From then on no warning of the driver counts. */
    expireWarnings: ({ driverId }: Suspect, at: number) =>
      rewrite(standingKey(driverId), (kept) => ({
        ...kept,
        strikes: (kept as Standing).strikes.map((strike) => ({ ...strike, expiresAt: at })),
      })),
    /** How often the audit names an action of a case. */
    auditedOf: async (caseId: string, action: string): Promise<number> => {
      const { Items = [] } = await database.send(
        new QueryCommand({
          TableName,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': { S: `AUDIT#${'0'.repeat(9)}` } },
        }),
      );
      const entries = Items.map(({ d }) => JSON.parse(d?.S ?? '{}') as { caseId?: string; action: string });
      return entries.filter((entry) => entry.caseId === caseId && entry.action === action).length;
    },
    mailsTo: async ({ email }: { email: string }): Promise<Mailed[]> => {
      const answer = await fetch(`${system.url}/mailbox/store`);
      const { emails } = (await answer.json()) as { emails: Mailed[] };
      return emails.filter(({ destination }) => destination.to.some((to) => to.includes(email)));
    },
    /** A mail with its headers and parts as they go over the wire, but for the encoding of long lines and of signs. */
    rawMail: async ({ messageId }: Mailed): Promise<string> => {
      const answer = await fetch(`${system.url}/mailbox/get-emlContent?messageId=${messageId}`);
      const { body } = (await answer.json()) as { body: { data: number[] } };
      return quotedPrintable(Buffer.from(body.data).toString('latin1'));
    },
    /** A notice as the driver sees it, once its mail went out. */
    noticeOf: (driver: Suspect, caseId: string, kind: NoticeKind) =>
      eventually(`${kind} of ${caseId}`, async () => {
        const { notices } = good(await driver.client.listNotices());
        return notices.find(
          (one) => one.caseId === caseId && one.kind === kind && one.delivery !== 'pending',
        );
      }),
  };
};
export type Cases = ReturnType<typeof casesAt>;
