import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { type PolicyOf, providerPolicy, wafCaptcha } from '#contract/challenge-policy.ts';
import type { TaskProvider } from '#core/challenge/providers/provider.ts';
import { taskProvider } from '#core/challenge/providers/task-provider.ts';

/** What a solved puzzle's token stands for. Times in milliseconds. */
interface Solution {
  solvedAt: number;
  siteKey: string;
  hostname: string | null;
  cdata?: string;
}
/** What happens to a request instead of an answer; `lost` and `late` redeem the token first. */
export type Fault = 'silence' | 'lost' | 'late' | { status?: number; body: string };

const listen = async (onRequest: RequestListener): Promise<string> => {
  const server = createServer(onRequest);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  let body = '';
  for await (const part of request.setEncoding('utf8')) body += part;
  return body;
};

const failure = (...codes: string[]) => ({ success: false, 'error-codes': codes });

interface Redeeming {
  form: URLSearchParams;
  solution: Solution;
  /** The idempotency key that redeemed it, empty where none was sent. */
  redeemedBy: string | undefined;
  ageMs: number;
}

const services = {
  turnstile: ({ form, solution, redeemedBy, ageMs }: Redeeming) => {
    const key = form.get('idempotency_key');
    const isRepeated = key !== null && key === redeemedBy;
    if (ageMs > 300_000 || (redeemedBy !== undefined && !isRepeated)) return failure('timeout-or-duplicate');
    return {
      success: true,
      'error-codes': [],
      challenge_ts: new Date(solution.solvedAt).toISOString(),
      hostname: solution.hostname,
      action: '',
      cdata: solution.cdata ?? '',
    };
  },
  hcaptcha: ({ form, solution, redeemedBy, ageMs }: Redeeming) => {
    if (form.has('sitekey') && form.get('sitekey') !== solution.siteKey)
      return failure('sitekey-secret-mismatch');
    if (redeemedBy !== undefined) return failure('already-seen-response');
    if (ageMs > 120_000) return failure('expired-input-response');
    return {
      success: true,
      challenge_ts: `${new Date(solution.solvedAt).toISOString().slice(0, 19)}.000000Z`,
      hostname: solution.hostname,
      credit: false,
    };
  },
};

/** `siteverify` of a service as its documentation has it, on loopback. `faults` are used up, one by each request. */
const aSiteverify = async (
  service: keyof typeof services,
  { secret, now }: { secret: string; now: () => number },
) => {
  const faults: Fault[] = [];
  const asked: URLSearchParams[] = [];
  const solutions = new Map<string, Solution>();
  const redeemed = new Map<string, string>();

  const answer = (form: URLSearchParams) => {
    const token = form.get('response');
    if (!form.get('secret')) return failure('missing-input-secret');
    if (form.get('secret') !== secret) return failure('invalid-input-secret');
    if (!token) return failure('missing-input-response');
    const solution = solutions.get(token);
    if (!solution) return failure('invalid-input-response');
    const verdict = services[service]({
      form,
      solution,
      redeemedBy: redeemed.get(token),
      ageMs: now() - solution.solvedAt,
    });
    if (verdict.success) redeemed.set(token, form.get('idempotency_key') ?? '');
    return verdict;
  };

  const url = await listen(async (request, response) => {
    const form = new URLSearchParams(await bodyOf(request));
    asked.push(form);
    const fault = faults.shift();
    if (fault === 'silence') return;
    if (typeof fault === 'object') return void response.writeHead(fault.status ?? 200).end(fault.body);
    const isForm = request.headers['content-type'] === 'application/x-www-form-urlencoded';
    const verdict = request.method === 'POST' && isForm ? answer(form) : failure('bad-request');
    if (fault === 'late') return;
    if (fault === 'lost') return void response.destroy();
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(verdict));
  });

  /** A person solves the widget's puzzle. */
  const solve = (solution: Solution): string => {
    const token = `token-${randomBytes(24).toString('base64url')}`;
    solutions.set(token, solution);
    return token;
  };
  return { url: `${url}/siteverify`, solve, faults, asked };
};

type Headers = Record<string, string | undefined>;

/** AWS WAF in front of an origin, with the rules of docs/challenge-providers.md. */
const aFirewall = async (now: () => number, origin: (headers: Headers, body: string) => Promise<unknown>) => {
  const { tokenHeader, header, values, immunitySeconds } = wafCaptcha;
  const solvedAt = new Map<string, number>();
  const isSolved = (token: string) =>
    now() - (solvedAt.get(token) ?? Number.NEGATIVE_INFINITY) <= immunitySeconds * 1_000;

  const url = await listen(async (request, response) => {
    const body = await bodyOf(request);
    const headers: Headers = { ...(request.headers as Headers), [header]: values.any };
    const token = headers[tokenHeader];
    const isAttempt = request.method === 'POST' && /^\/v1\/challenges\/.*\/attempts$/.test(request.url ?? '');
    if (isAttempt && token && headers.cookie === undefined) {
      if (!isSolved(token)) return void response.writeHead(405, { 'x-amzn-waf-action': 'captcha' }).end();
      headers[header] = values.solved;
    }
    response.end(JSON.stringify(await origin(headers, body)));
  });

  /** A person solves a puzzle. */
  const solve = (): string => {
    const token = `token-${randomBytes(24).toString('base64url')}`;
    solvedAt.set(token, now());
    return token;
  };
  return { url, solve };
};

export const noon = Date.UTC(2027, 0, 4, 12);
export const secret = 'secret-key-of-the-stage';
const secretArn = 'arn:aws:secretsmanager:us-west-2:111122223333:secret:evenfield-puzzle-000000';
export const challengeId = 'Q2hhbGxlbmdlLW9mLW91cn';
export const host = 'blocks.example.com';
const turnstile = { name: 'turnstile', siteKey: '0x4AAAAAAADnPIDROrmt1Wwj', secretArn, hosts: [host] };
const hcaptcha = {
  name: 'hcaptcha',
  siteKey: '3f0e8c1a-9d52-4b7e-8a11-0c5d2e9f4b67',
  secretArn,
  hosts: [host],
};
const awsWaf = {
  name: 'aws-waf',
  integrationUrl: 'https://164cb210e333.edge.captcha-sdk.awswaf.com/164cb210e333',
  apiKey: 'k3rA+x/9Zw==',
};
export const policies = { turnstile, hcaptcha, awsWaf };

/** A stage with this service, on a clock of its own that stands still. */
export const aStage = async (
  service: 'turnstile' | 'hcaptcha',
  { storedSecret = async () => secret, timeoutMs = 2_000 } = {},
) => {
  let time = noon;
  const now = () => time;
  const server = await aSiteverify(service, { secret, now });
  const policy = providerPolicy.parse(policies[service]) as PolicyOf<'turnstile' | 'hcaptcha'>;
  const secretsRead: string[] = [];
  const readSecret = (arn: string) => {
    secretsRead.push(arn);
    return storedSecret();
  };
  const aProcess = () =>
    taskProvider(policy, { readSecret, now, url: server.url, timeoutMs }) as TaskProvider;
  const provider = aProcess();
  const context = { challengeId, issuedAt: noon - 20_000, headers: {} };
  return {
    ...server,
    provider,
    /** Of another process, which remembers nothing of this one. */
    aProcess,
    now,
    secretsRead,
    pass: (ms: number) => {
      time += ms;
    },
    solve: (solution: Partial<Parameters<typeof server.solve>[0]> = {}) =>
      server.solve({
        solvedAt: time,
        siteKey: policy.siteKey,
        hostname: host,
        cdata: challengeId,
        ...solution,
      }),
    verify: (token: string, changes: Partial<typeof context> = {}) =>
      provider.verify(token, { ...context, ...changes }),
    verifyElsewhere: (token: string) => aProcess().verify(token, context),
  };
};

/** A stage behind the firewall, on a clock of its own that stands still. */
export const aWafStage = async () => {
  let time = noon;
  const provider = taskProvider(providerPolicy.parse(awsWaf), {
    readSecret: async () => '',
    now: () => time,
  }) as TaskProvider;
  const firewall = await aFirewall(
    () => time,
    (headers, body) =>
      provider.verify((JSON.parse(body) as { token: string }).token, {
        challengeId,
        issuedAt: noon,
        headers,
      }),
  );
  const attempt = async (
    token: string,
    headers: Record<string, string> = { [wafCaptcha.tokenHeader]: token },
  ) => {
    const response = await fetch(`${firewall.url}/v1/challenges/${challengeId}/attempts`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ token }),
    });
    return response.ok ? response.json() : `${response.status} ${response.headers.get('x-amzn-waf-action')}`;
  };
  const pass = (ms: number) => {
    time += ms;
  };
  return { ...firewall, provider, attempt, pass };
};
