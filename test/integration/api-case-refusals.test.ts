import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { createRequire } from 'node:module';
import { type JWTPayload, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as casesContract from '#contract/cases.ts';
import type { Client } from '#contract/client.ts';
import * as meContract from '#contract/me.ts';
import type { ProblemDocument } from '#contract/problem-document.ts';
import type { Route } from '#contract/route.ts';
import * as standingContract from '#contract/standing.ts';
import { because, type Cases, casesAt, good, type Suspect, said } from '#test/support/cases.ts';
import { type Marketplace, openMarketplace } from '#test/support/marketplace.ts';

let market: Marketplace;
let cases: Cases;
let analyst: Client & { token: string };
let approver: Client & { token: string };
let driver: Suspect;
let warning: { caseId: string; noticeId: string };
/** Of whom the detector says something hostile, in a case that waits for a person. */
let suspected: Suspect;
let open: string;

const reasonCode = 'automated-claiming';
/** A template, markup, half a character, control characters, and a mark that turns the direction of text. */
const hostile =
  '{contact} {{rule}} <%= reviewers %> <script>alert(1)</script><img src=x onerror=alert(2)>\u0000\u0007\ud800\u001b[31m\u202etxt & "it"';

beforeAll(async () => {
  market = await openMarketplace();
  cases = casesAt(market);
  [analyst, approver, driver, suspected] = await Promise.all([
    cases.operator('analyst'),
    cases.operator('approver'),
    cases.aDriver(),
    cases.aDriver(),
  ]);
  open = await cases.find(suspected, { words: hostile });
  warning = await cases.warned(driver, analyst);
  await cases.settled(open, 'review');
});
afterAll(() => market?.stop());

const routesOf = (contract: object): Route[] =>
  Object.values(contract).filter((one): one is Route => one instanceof Object && 'operation' in one);
const someId = 'A'.repeat(22);
const pathOf = ({ path }: Route) => path.replace(/\{\w+\}/g, someId);

const send = async (route: Pick<Route, 'method'>, path: string, token: string, body?: unknown) => {
  const answer = await fetch(new URL(path, market.system.url), {
    method: route.method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { ok: answer.ok, status: answer.status, body: (await answer.json()) as ProblemDocument };
};
const decide = (body: unknown, { caseId = open, token = analyst.token } = {}) =>
  send(casesContract.decideCase, `/v1/operator/cases/${caseId}/decisions`, token, body);
const appeal = (body: unknown, token = driver.token) =>
  send(standingContract.fileAppeal, '/v1/me/appeals', token, body);
const respond = (body: unknown, noticeId = warning.noticeId, token = driver.token) =>
  send(standingContract.respondToNotice, `/v1/me/notices/${noticeId}/responses`, token, body);

describe('who may decide', () => {
  it('no driver looks at or decides a case, and no operator answers for a driver', async () => {
    for (const route of routesOf(casesContract))
      expect(said(await send(route, pathOf(route), driver.token)), route.operation).toBe('403 forbidden');
    const own = [...routesOf(standingContract), ...routesOf(meContract)];
    for (const route of own.filter(({ level }) => level === 'login')) {
      const body = route.body ? { noticeId: someId, text: 'as if I were the driver' } : undefined;
      const asked =
        route.operation === 'recoverAccount' ? {} : route.path.includes('{') ? { text: 'x' } : body;
      const answer = await send(route, pathOf(route), analyst.token, route.body ? asked : undefined);
      expect(said(answer), route.operation).toBe('403 forbidden');
    }
  });

  it('is not what a token of another stage or app says, nor a forged one', async () => {
    const [, payload = ''] = approver.token.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as JWTPayload;
    const load = createRequire(createRequire(import.meta.url).resolve('cognito-local'));
    const stage = load('./keys/cognitoLocal.private.json') as { pem: string; kid: string };
    const signed = (more: JWTPayload, key = createPrivateKey(stage.pem), kid = stage.kid) =>
      new SignJWT({ ...claims, ...more }).setProtectedHeader({ alg: 'RS256', kid }).sign(key);
    const list = async (token: string) =>
      said(await send(casesContract.listAudit, '/v1/operator/audit', token));
    expect(await list(await signed({ jti: 'the key of this stage' }))).toBe('200');
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    const mine = driver.token.split('.');
    const changed = { ...JSON.parse(Buffer.from(mine[1] ?? '', 'base64url').toString()) };
    const promoted = Buffer.from(JSON.stringify({ ...changed, 'cognito:groups': ['approver', 'analyst'] }));
    const foreign = {
      'another issuer': await signed({ iss: `${claims.iss}2` }),
      'another app': await signed({ client_id: 'the-app-of-another-stage' }),
      'a group signed by somebody else': await signed({ 'cognito:groups': ['approver'] }, privateKey),
      'a group written into the own token': [mine[0], promoted.toString('base64url'), mine[2]].join('.'),
    };
    for (const [name, token] of Object.entries(foreign))
      expect(await list(token), name).toBe('401 sign-in-required');
    const grouped = await signed({ 'cognito:groups': 'approver' as never });
    expect(await list(grouped)).toBe('403 forbidden');
  });

  it('nobody approves the own proposal, whatever groups they are in, nor hears its appeal', async () => {
    const [two, third, suspect] = await Promise.all([
      cases.operator('both', ['analyst', 'approver']),
      cases.operator('analyst2'),
      cases.aDriver(),
    ]);
    const { caseId } = await cases.proposed(suspect, analyst, two);
    expect(said(await cases.decide(two, caseId, 'approve-offboarding'))).toBe('403 four-eyes');
    expect(said(await cases.decide(analyst, caseId, 'approve-offboarding'))).toBe('403 forbidden');
    expect(said(await cases.decide(third, caseId, 'overturn'))).toBe('409 wrong-state');
    good(await cases.decide(approver, caseId, 'approve-offboarding'));
    for (const who of [two, approver])
      expect(said(await cases.decide(who, caseId, 'overturn'))).toBe('403 same-reviewer');
    expect(said(await cases.decide(third, caseId, 'uphold'))).toBe('409 wrong-state');
    expect(said(await cases.decide(third, caseId, 'overturn'))).toBe('201');
  });
});

describe('what a decision needs', () => {
  it('is a case, a ground, a rationale, and evidence that the driver may see', async () => {
    const warn = { action: 'warn', rationale: because };
    expect(said(await decide({ ...warn, reasonCode }, { caseId: someId }))).toBe('404 not-found');
    expect(said(await decide(warn))).toBe('422 reason-required');
    expect(said(await decide({ ...warn, reasonCode: 'block-hoarding' }))).toBe('422 evidence-insufficient');
    expect(said(await decide({ ...warn, reasonCode, evidence: ['no-such-item'] }))).toBe(
      '422 evidence-insufficient',
    );
    expect(said(await decide({ action: 'uphold', rationale: because }))).toBe('409 wrong-state');
    const suspect = await cases.aDriver();
    const caseId = await cases.find(suspect, { release: 'canary-v1' });
    const { evidence } = await cases.settled(caseId, 'review');
    expect(evidence).toMatchObject([{ visibility: 'staff' }]);
    const cited = { evidence: evidence.map(({ itemId }) => itemId) };
    const hidden = await decide({ ...warn, reasonCode, ...cited }, { caseId });
    expect(said(hidden)).toBe('422 evidence-not-visible');
    expect(said(await decide({ ...warn, reasonCode }, { caseId }))).toBe('422 evidence-insufficient');
    expect(good(await suspect.client.listNotices())).toEqual({ notices: [] });
  });

  it('a request that is not as the contract says is refused with the path of each fault', async () => {
    const faults = async (answer: ReturnType<typeof decide>) => {
      const { status, body } = await answer;
      expect(status).toBe(400);
      return body.faults?.map(({ path }) => path).sort();
    };
    const wrong = { action: 'delete', rationale: 'short', speed: 1, evidence: [] };
    expect(await faults(decide(wrong))).toEqual(['action', 'evidence', 'rationale', 'speed']);
    const long = { action: 'dismiss', rationale: 'x'.repeat(1_001) };
    expect(await faults(decide(long))).toEqual(['rationale']);
    expect(await faults(decide({ action: 'dismiss', rationale: because }, { caseId: 'short' }))).toEqual([
      'path.caseId',
    ]);
    const reply = { text: '', html: '<b>' };
    expect(await faults(respond(reply))).toEqual(['html', 'text']);
    expect(await faults(appeal({ noticeId: 'x', text: 'y'.repeat(4_001), to: 'all' }))).toEqual([
      'noticeId',
      'text',
      'to',
    ]);
    const recovery = send(standingContract.recoverAccount, '/v1/me/recoveries', driver.token, {
      deviceId: '../x',
      all: true,
    });
    expect(await faults(recovery)).toEqual(['all', 'deviceId']);
    const made = (text: string) => Buffer.from(text).toString('base64url');
    const cursors = ['zz', '%ff%fe', '', made('0'), made('1#../CASE'), made("1' OR '1")];
    for (const cursor of cursors)
      for (const [path, token] of [
        ['/v1/operator/cases', analyst.token],
        ['/v1/operator/audit', approver.token],
        ['/v1/me/notices', driver.token],
      ] as const) {
        const answer = await send(casesContract.listCases, `${path}?cursor=${cursor}`, token);
        expect(said(answer), `${path} ${cursor}`).toBe('400 invalid-request');
      }
    const state = await send(casesContract.listCases, '/v1/operator/cases?state=all&x=1', analyst.token);
    expect(state.body.faults?.map(({ path }) => path).sort()).toEqual(['query.state', 'query.x']);
  });

  it('a megabyte of words is refused before it is read', async () => {
    const million = 'x'.repeat(1_000_000);
    const answers = [
      decide({ action: 'dismiss', rationale: million }),
      respond({ text: million }),
      appeal({ noticeId: warning.noticeId, text: million }),
      respond('x'.repeat(11_000_000)),
    ];
    for (const answer of answers) expect(said(await answer)).toBe('413 request-too-large');
  });

  it('nobody reads or answers a notice of another driver', async () => {
    const other = await cases.aDriver();
    expect(good(await other.client.listNotices())).toEqual({ notices: [] });
    expect(said(await respond({ text: 'x' }, warning.noticeId, other.token))).toBe('404 not-found');
    const body = { noticeId: warning.noticeId, text: 'x' };
    expect(said(await appeal(body, other.token))).toBe('404 not-found');
    const params = { noticeId: warning.noticeId, evidenceId: someId };
    expect(said(await other.client.getNoticeRecord({ params }))).toBe('404 not-found');
    expect(
      said(
        await send(standingContract.listNotices, `/v1/me/notices?cursor=${warning.noticeId}`, other.token),
      ),
    ).toBe('400 invalid-request');
    expect(said(await appeal({ noticeId: someId, text: 'x' }))).toBe('404 not-found');
  });
});

it('what people and detectors write is kept as text, and is never a template or markup', async () => {
  const { caseId, noticeId } = warning;
  good(await driver.client.respondToNotice({ params: { noticeId }, body: { text: hostile } }));
  good(await driver.client.fileAppeal({ body: { noticeId, text: hostile } }));
  const third = await cases.operator('analyst2');
  const upheld = await cases.decide(third, caseId, 'uphold', { rationale: hostile });
  expect(good(upheld)).toMatchObject({ state: 'observing', appeal: 'upheld' });
  const { timeline } = good(await analyst.getCase({ params: { caseId } }));
  expect(timeline.flatMap(({ text, rationale }) => text ?? rationale ?? [])).toEqual([
    because,
    hostile,
    hostile,
    hostile,
  ]);
  const answer = await cases.noticeOf(driver, caseId, 'appeal-upheld');
  const { responses } = await cases.noticeOf(driver, caseId, 'warning');
  expect(responses.map(({ text }) => text)).toEqual([hostile, hostile]);
  // The words of a rationale or a reply go into no notice.
  expect(answer.text).not.toMatch(/[{}<>]|alert/);

  good(await cases.decide(analyst, open, 'warn', { reasonCode }));
  const { text, subject } = await cases.noticeOf(suspected, open, 'warning');
  expect(text).toContain('{contact} {{rule}} <%= reviewers %> <script>alert(1)</script>');
  expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
  const mail = (await cases.mailsTo(suspected)).find(({ body }) => body.text === text);
  if (!mail) throw new Error('no such mail');
  expect(mail.subject).toBe(subject);
  expect(mail.body.html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x');
  expect(mail.body.html).not.toMatch(/<script|<img/);
  const raw = await cases.rawMail(mail);
  const [head = '', plain = '', html = ''] = raw.split(/^Content-Type: text\/.*$/im);
  expect(head).toContain(`Subject: ${subject}`);
  expect(plain).toContain('<script>alert(1)</script>');
  expect(html).toContain('&lt;script&gt;');
  expect(html).not.toMatch(/<script|<img/);
  expect(raw.replaceAll(/[\r\n]/g, '')).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
});
