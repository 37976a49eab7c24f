import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { AttestationMode } from '#contract/primitives.ts';
import type { Route } from '#contract/route.ts';
import type { FunctionName } from '#lambdas/env.ts';
import { someHolds, someRisk } from '#test/support/challenges.ts';
import type { BenchContext } from './context.ts';
import type { Engine } from './engine.ts';
import { type Loopback, startLoopback } from './loopback.ts';
import { maxWeeklyMinutes, recordRetentionDays } from './offers.ts';
import { assertionPolicy, devicePolicy, publicApiOrigin } from './phones.ts';

/** Calls of one kind, one after the other, as a warm function gets them. */
export interface Batch {
  subject: 'handler' | 'TransactWriteItems' | 'UpdateItem';
  inputs: readonly unknown[];
  /** How often to go through the inputs. */
  rounds?: number;
  /** Status code of the handler, `done`, or the name of the error: anything else ends the measurement. */
  expected: string;
  /** How much time seems to pass before each call. */
  clockStepMs?: number;
}

export interface BatchResult {
  /** User and system time of the whole process per call, garbage collection included. */
  cpuMicroseconds: number;
  /** Of the handler's last answer. */
  lastHeaders: Record<string, string>;
}

export interface WarmFunction extends Pick<Loopback, 'headersOf' | 'edgeHeaders'> {
  run(batch: Batch): Promise<BatchResult>;
  stop(): void;
}

const child = fileURLToPath(new URL('./warm-process.ts', import.meta.url));

/** One deployed function in a process of its own, against the engine and loopback stand-ins of everything else. */
export const startWarmFunction = async (
  name: FunctionName,
  { builds, engine, profile }: Pick<BenchContext, 'builds' | 'engine' | 'profile'>,
  environment: Readonly<Record<string, string>> = {},
): Promise<WarmFunction> => {
  const loopback = await startLoopback();
  const measured = fork(child, [join(builds.folderOf(name), 'index.mjs'), builds.sdkOnly], {
    execArgv: profile ? ['--cpu-prof', `--cpu-prof-dir=${profile}`] : [],
    env: { ...functionEnvironment(engine), ...loopback.environment, ...environment },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const answer = async (): Promise<BatchResult> => {
    const ended = new AbortController();
    const [result] = await Promise.race([
      once(measured, 'message', { signal: ended.signal }),
      once(measured, 'exit', { signal: ended.signal }).then(() => {
        throw new Error(`the process of ${name} ended`);
      }),
    ]).finally(() => ended.abort());
    if ('failure' in result) throw new Error(result.failure);
    return result as BatchResult;
  };
  try {
    await answer();
  } catch (error) {
    loopback.stop();
    throw error;
  }
  return {
    headersOf: loopback.headersOf,
    edgeHeaders: loopback.edgeHeaders,
    run: async (batch) => {
      measured.send(batch);
      return answer();
    },
    stop: () => {
      measured.disconnect();
      loopback.stop();
    },
  };
};

/** What a stage asks of its drivers' phones. */
export const attestation = (mode: AttestationMode): string => JSON.stringify({ mode, cohorts: [] });

/** What the infrastructure and the runtime pass to the functions, beside the addresses of their neighbours. */
export const functionEnvironment = (engine: Omit<Engine, 'client' | 'stop'>) => ({
  AWS_ACCESS_KEY_ID: 'bench',
  AWS_SECRET_ACCESS_KEY: 'bench',
  AWS_SESSION_TOKEN: 'bench',
  AWS_ENDPOINT_URL_DYNAMODB: engine.endpoint,
  OFFERS_TABLE: engine.offersTable,
  FEED_TABLE: engine.feedTable,
  DEVICES_TABLE: engine.devicesTable,
  CHALLENGES_TABLE: engine.challengesTable,
  // Decides about every claim and lets it go on: a bench claims as no person does.
  CHALLENGE: JSON.stringify({ mode: 'measure', risk: someRisk, holds: someHolds }),
  ATTESTATION: attestation('off'),
  PUBLIC_API_ORIGIN: publicApiOrigin,
  ASSERTIONS: JSON.stringify(assertionPolicy),
  PRODUCTION: 'false',
  DEVICE_POLICY: JSON.stringify(devicePolicy),
  STATIONS: JSON.stringify([
    { stationId: 'DSE1', name: 'Seattle Georgetown', timeZone: 'America/Los_Angeles' },
  ]),
  MAX_WEEKLY_MINUTES: String(maxWeeklyMinutes),
  RECORD_RETENTION_DAYS: String(recordRetentionDays),
  RELEASE_LEAD_MINUTES: '45',
});

let requests = 0;

/** A request as the HTTP API hands it to a function, payload format 2.0. */
export const apiEvent = (
  route: Route,
  request: { headers: Record<string, string>; params?: Record<string, string>; body?: object },
): APIGatewayProxyEventV2 => {
  const path = route.path.replace(/\{(\w+)\}/g, (_, name: string) => request.params?.[name] ?? '');
  requests += 1;
  return {
    version: '2.0',
    routeKey: `${route.method} ${route.path}`,
    rawPath: path,
    rawQueryString: '',
    headers: {
      accept: '*/*',
      'accept-encoding': 'gzip, deflate, br',
      host: 'bench.execute-api.us-west-2.amazonaws.com',
      'user-agent': 'Evenfield/1.0 (bench)',
      'x-amzn-trace-id': 'Root=1-00000000-000000000000000000000000',
      'x-forwarded-for': '203.0.113.7',
      'x-forwarded-port': '443',
      'x-forwarded-proto': 'https',
      ...request.headers,
    },
    requestContext: {
      accountId: '000000000000',
      apiId: 'bench',
      domainName: 'bench.execute-api.us-west-2.amazonaws.com',
      domainPrefix: 'bench',
      http: {
        method: route.method,
        path,
        protocol: 'HTTP/1.1',
        sourceIp: '203.0.113.7',
        userAgent: 'Evenfield/1.0',
      },
      requestId: `bench-${String(requests).padStart(12, '0')}`,
      routeKey: `${route.method} ${route.path}`,
      stage: '$default',
      time: '23/Nov/2026:08:00:00 +0000',
      timeEpoch: Date.now(),
    },
    ...(request.params && { pathParameters: request.params }),
    ...(request.body && { body: JSON.stringify(request.body) }),
    isBase64Encoded: false,
  };
};
