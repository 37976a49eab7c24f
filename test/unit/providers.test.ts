import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { providerPolicy, wafCaptcha } from '#contract/challenge-policy.ts';
import { externalTask } from '#contract/challenges.ts';
import { taskProvider } from '#core/challenge/providers/task-provider.ts';
import {
  aStage,
  aWafStage,
  challengeId,
  type Fault,
  host,
  noon,
  policies,
  secret,
} from '#test/support/provider-stand-ins.ts';

const { turnstile, hcaptcha, awsWaf } = policies;
const readPolicy = (value: unknown) => providerPolicy.parse(value);
const isPolicy = (value: unknown) => providerPolicy.safeParse(value).success;
const says = (body: string, status = 200): Fault => ({ status, body });
const failsWith = (...codes: string[]) => says(JSON.stringify({ success: false, 'error-codes': codes }));
/** Of a service that says yes to everything. */
const lenient = `{"success":true,"challenge_ts":"2027-01-04T12:00:00Z","hostname":"${host}","cdata":"${challengeId}"}`;

describe.each(['turnstile', 'hcaptcha'] as const)('a token of %s', (service) => {
  it('passes when its widget was solved for this challenge', async () => {
    const { verify, solve, asked, secretsRead, provider } = await aStage(service);
    expect(await verify(solve())).toEqual({ status: 'passed', solvedAt: noon });
    expect(await verify(solve())).toMatchObject({ status: 'passed' });
    expect(asked[0]?.has('remoteip')).toBe(false);
    expect(secretsRead).toEqual([turnstile.secretArn]);
    expect(externalTask.safeParse({ ...provider.view, taskId: 'external.1' }).success).toBe(true);
  });

  it('is refused when nobody solved anything for it', async () => {
    const { verify } = await aStage(service);
    expect(await verify('made-up')).toEqual({ status: 'refused', reason: 'invalid' });
    expect(await verify('')).toEqual({ status: 'refused', reason: 'invalid' });
  });

  it('serves one challenge only', async () => {
    const { verify, solve } = await aStage(service);
    const token = solve();
    await verify(token);
    const verdict = await verify(token, { challengeId: 'another-challenge-22ch' });
    expect(verdict).toEqual({ status: 'refused', reason: 'expired-or-used' });
  });

  it('passes when the service is back, and goes on passing without being sent again', async () => {
    const { verify, solve, faults, asked } = await aStage(service);
    const token = solve();
    faults.push(says('', 429));
    expect(await verify(token)).toMatchObject({ status: 'unavailable' });
    for (const _ of [1, 2]) expect(await verify(token)).toEqual({ status: 'passed', solvedAt: noon });
    expect(asked).toHaveLength(2);
  });

  it('is refused when solved before the challenge, or on a page that is not ours', async () => {
    const { verify, solve } = await aStage(service);
    expect(await verify(solve({ solvedAt: noon - 26_000 }))).toEqual({
      status: 'refused',
      reason: 'solved-before',
    });
    expect(await verify(solve({ solvedAt: noon - 24_000 }))).toMatchObject({ status: 'passed' });
    expect(await verify(solve({ hostname: 'evil.example' }))).toEqual({
      status: 'refused',
      reason: 'foreign-host',
    });
  });

  it('is refused when too old, by the service and by us', async () => {
    const { verify, solve, pass, faults } = await aStage(service);
    const token = solve();
    pass(300_001);
    expect(await verify(token)).toEqual({ status: 'refused', reason: 'expired-or-used' });
    faults.push(says(lenient));
    pass(10_000);
    expect(await verify(solve())).toEqual({ status: 'refused', reason: 'too-old' });
  });

  it('passes once when the service fails once', async () => {
    const { verify, solve, faults, asked } = await aStage(service, { timeoutMs: 600 });
    for (const fault of ['silence', says('', 502), failsWith('internal-error')] as const) {
      faults.push(fault);
      expect(await verify(solve())).toMatchObject({ status: 'passed' });
    }
    expect(asked).toHaveLength(6);
  });

  it.each([
    ['is silent', ['silence', 'silence'], 'timeout', 2],
    ['breaks off', ['lost', 'silence'], 'timeout', 2],
    ['fails', [says('{}', 500), says('', 503)], 'status-503', 2],
    ['asks for fewer requests', [says('', 429)], 'status-429', 1],
    ['redirects', [says('', 302)], 'status-302', 1],
    ['sends broken JSON', [says('{"success":true')], 'unreadable-answer', 1],
    ['sends another shape', [says('{"success":"true"}')], 'unreadable-answer', 1],
    ['says no more than yes', [says('{"success":true}')], 'unreadable-answer', 1],
    ['says yes with an error', [says(lenient, 400)], 'unreadable-answer', 1],
    ['says no more than no', [failsWith()], 'unreadable-answer', 1],
    ['sends too much', [says(`{"success":true,"x":"${'x'.repeat(20_000)}"}`)], 'too-large', 1],
    ['invents codes', [failsWith('constructor')], 'unknown-code', 1],
    ['dislikes our request', [failsWith('bad-request')], 'bad-request', 1],
    ['is in another time', [says(lenient.replace('T12:00', 'T12:01'))], 'clocks-differ', 1],
  ] as [string, Fault[], string, number][])(
    "is nobody's failure when the service %s",
    async (_, planned, reason, requests) => {
      const isSilent = planned.includes('silence');
      const { verify, solve, faults, asked } = await aStage(service, { timeoutMs: isSilent ? 100 : 2_000 });
      faults.push(...planned);
      expect(await verify(solve())).toEqual({ status: 'unavailable', reason });
      expect(asked).toHaveLength(requests);
    },
  );

  it("is nobody's failure when the secret is wrong, missing or unreadable", async () => {
    const unreadable = async () => Promise.reject(new Error(`no ${secret}`));
    for (const stored of [async () => 'another', async () => ' \n', unreadable]) {
      const { verify, solve } = await aStage(service, { storedSecret: stored });
      expect(await verify(solve())).toEqual({ status: 'unavailable', reason: 'unusable-secret' });
    }
    const { verify, solve } = await aStage(service, { storedSecret: async () => `${secret}\n` });
    expect(await verify(solve())).toMatchObject({ status: 'passed' });
  });

  it('gets a verdict without secrets, whatever the service answers', async () => {
    const { verify, solve, faults } = await aStage(service);
    const word = fc.oneof(
      fc.constantFrom(
        secret,
        'invalid-input-response',
        'timeout-or-duplicate',
        '__proto__',
        host,
        challengeId,
      ),
      fc.string(),
    );
    const field = fc.oneof(word, fc.array(word, { maxLength: 3 }), fc.jsonValue());
    const keys = ['success', 'error-codes', 'challenge_ts', 'hostname', 'cdata'] as const;
    const answer = fc.oneof(
      fc.record(Object.fromEntries(keys.map((key) => [key, field])), { requiredKeys: [] }),
      fc.record({ success: fc.boolean(), 'error-codes': fc.array(word, { maxLength: 3 }) }),
      fc.jsonValue(),
    );
    await fc.assert(
      fc.asyncProperty(answer, fc.constantFrom(200, 400, 404), async (body, status) => {
        faults.push({ status, body: JSON.stringify(body) });
        const token = solve();
        const verdict = await verify(token);
        expect(['refused', 'unavailable']).toContain(verdict.status);
        expect(JSON.stringify(verdict)).not.toMatch(new RegExp(`${secret}|${token}|${challengeId}`));
      }),
      { numRuns: 150 },
    );
  });
});

describe('a token of turnstile', () => {
  it('is refused for a challenge that it does not name', async () => {
    const { verify, solve } = await aStage('turnstile');
    for (const cdata of ['another-challenge-22ch', ''])
      expect(await verify(solve({ cdata }))).toEqual({ status: 'refused', reason: 'foreign-challenge' });
  });

  it('keeps its outcome when the answer is lost, and when asked about again anywhere', async () => {
    const { verify, verifyElsewhere, solve, faults, asked } = await aStage('turnstile');
    const token = solve();
    faults.push('lost');
    const verdicts = [await verify(token), await verifyElsewhere(token)];
    verdicts.push(...(await Promise.all([verifyElsewhere(token), verifyElsewhere(token)])));
    expect(verdicts).toEqual(Array(4).fill({ status: 'passed', solvedAt: noon }));
    const keys = new Set(asked.map((form) => form.get('idempotency_key')));
    expect([asked.length, keys.size]).toEqual([5, 1]);
    expect([...keys][0]).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  });

  it('is not sent anywhere when it is longer than any', async () => {
    const { verify, asked } = await aStage('turnstile');
    expect(await verify('x'.repeat(2_049))).toEqual({ status: 'refused', reason: 'invalid' });
    expect(asked).toEqual([]);
  });
});

describe('a token of hcaptcha', () => {
  it("is nobody's failure when the answer that redeemed it is lost", async () => {
    const { verify, solve, faults } = await aStage('hcaptcha', { timeoutMs: 600 });
    for (const fault of ['lost', 'late'] as const) {
      faults.push(fault);
      expect(await verify(solve())).toEqual({ status: 'unavailable', reason: 'answer-lost' });
    }
  });

  it('is spent where another process redeemed it', async () => {
    const { verify, verifyElsewhere, solve } = await aStage('hcaptcha');
    const token = solve();
    expect(await verify(token)).toMatchObject({ status: 'passed' });
    expect(await verifyElsewhere(token)).toEqual({ status: 'refused', reason: 'expired-or-used' });
  });

  it('passes while the service leaves the host out', async () => {
    const { verify, solve } = await aStage('hcaptcha');
    for (const hostname of ['not-provided', null])
      expect(await verify(solve({ hostname }))).toMatchObject({ status: 'passed' });
  });

  it('is no pass when it is of another site', async () => {
    const { verify, solve } = await aStage('hcaptcha');
    const siteKey = '7b0e8c1a-9d52-4b7e-8a11-0c5d2e9f4b67';
    expect(await verify(solve({ siteKey }))).toEqual({ status: 'unavailable', reason: 'unusable-secret' });
  });
});

describe('a token of AWS WAF', () => {
  const notVouched = { status: 'refused', reason: 'not-vouched' };

  it('passes when the firewall vouches for it', async () => {
    const { attempt, solve, pass } = await aWafStage();
    const token = solve();
    expect(await attempt(token)).toEqual({ status: 'passed' });
    expect(await attempt('made-up')).toBe('405 captcha');
    pass(120_001);
    expect(await attempt(token)).toBe('405 captcha');
  });

  it('cannot be replaced by the word of a client', async () => {
    const { attempt, solve } = await aWafStage();
    const forged = { [wafCaptcha.header]: wafCaptcha.values.solved };
    expect(await attempt('made-up', forged)).toEqual(notVouched);
    expect(await attempt('made-up', { ...forged, [wafCaptcha.tokenHeader]: solve() })).toEqual(notVouched);
    expect(await attempt('made-up', {})).toEqual(notVouched);
  });

  it('is the one that the firewall saw, and no other', async () => {
    const { attempt, solve } = await aWafStage();
    const token = solve();
    expect(await attempt('another-name-for-it', { [wafCaptcha.tokenHeader]: token })).toEqual(notVouched);
    const cookie = `aws-waf-token=${token}`;
    expect(await attempt('made-up', { [wafCaptcha.tokenHeader]: 'made-up', cookie })).toEqual(notVouched);
    expect(await attempt(token, { cookie })).toEqual(notVouched);
  });

  it('needs the word of the firewall, whoever else let the request through', async () => {
    const { provider } = await aWafStage();
    const vouched = { [wafCaptcha.tokenHeader]: 'a', [wafCaptcha.header]: wafCaptcha.values.solved };
    const verify = (headers: Record<string, string>) =>
      provider.verify('a', { challengeId, issuedAt: noon, headers });
    expect(await verify(vouched)).toEqual({ status: 'passed' });
    expect(await verify({ ...vouched, [wafCaptcha.header]: wafCaptcha.values.any })).toEqual(notVouched);
    expect(await verify({ ...vouched, [wafCaptcha.header]: 'solved,solved' })).toEqual(notVouched);
    expect(await verify({ ...vouched, cookie: 'aws-waf-token=b' })).toEqual(notVouched);
    const twice = { ...vouched, [wafCaptcha.tokenHeader]: 'a,b' };
    expect(await provider.verify('a,b', { challengeId, issuedAt: noon, headers: twice })).toEqual(notVouched);
    const noFirewall = { status: 'unavailable', reason: 'no-firewall' };
    expect(await verify({ [wafCaptcha.tokenHeader]: 'a' })).toEqual(noFirewall);
  });
});

describe('the provider of a stage', () => {
  const deps = { readSecret: async () => secret, now: () => noon };

  it('is our own task unless the stage says otherwise', () => {
    expect(taskProvider(readPolicy({ name: 'embedded' }), deps)).toBeUndefined();
  });

  it.each(Object.entries(policies))('is configured without secrets: %s', (_, policy) => {
    expect(isPolicy(policy)).toBe(true);
    expect(isPolicy({ ...policy, secret: 'in the file' })).toBe(false);
  });

  it('is left alone for a minute after it did not answer, and only then', async () => {
    const { provider, verify, solve, faults, pass } = await aStage('turnstile');
    await verify(solve());
    await verify('made-up');
    expect(provider.isDown()).toBe(false);
    faults.push(says('', 429));
    await verify(solve());
    expect(provider.isDown()).toBe(true);
    pass(59_999);
    expect(provider.isDown()).toBe(true);
    pass(1);
    expect(provider.isDown()).toBe(false);
  });

  it("shows widgets of the services' own origins", () => {
    const views = [turnstile, hcaptcha, awsWaf].map((policy) => taskProvider(readPolicy(policy), deps)?.view);
    expect(views.map((view) => [view?.provider, view?.siteKey, view?.scriptUrl])).toEqual([
      [
        'turnstile',
        turnstile.siteKey,
        'https://challenges.cloudflare.com/turnstile/v0/api.js?render=explicit',
      ],
      ['hcaptcha', hcaptcha.siteKey, 'https://js.hcaptcha.com/1/api.js?render=explicit'],
      ['aws-waf', awsWaf.apiKey, `${awsWaf.integrationUrl}/jsapi.js`],
    ]);
  });

  it.each([
    ['a test key of Cloudflare', { ...turnstile, siteKey: '1x00000000000000000000AA' }],
    ['a test key of hCaptcha', { ...hcaptcha, siteKey: '10000000-ffff-ffff-ffff-000000000001' }],
    ['no host', { ...turnstile, hosts: [] }],
    ['a URL for a host', { ...hcaptcha, hosts: ['https://blocks.example.com'] }],
    ['a secret itself', { ...turnstile, secretArn: secret }],
    [
      'a script of somebody else',
      { ...awsWaf, integrationUrl: 'https://captcha-sdk.awswaf.com.evil.example/a' },
    ],
    ['a script without TLS', { ...awsWaf, integrationUrl: awsWaf.integrationUrl.replace('https', 'http') }],
    ['a service that nobody knows', { name: 'recaptcha' }],
  ])('is refused with %s', (_, policy) => {
    expect(isPolicy(policy)).toBe(false);
  });
});
