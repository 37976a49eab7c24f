import { sendTelemetry } from '#contract/telemetry.ts';
import { requestRate } from '#core/challenge/risk/request-rate.ts';
import { telemetryAttempts, telemetryPerMinute } from '#core/detection/ingest/telemetry-attempts.ts';
import { readEnvironment, telemetryEnvironment } from './env.ts';
import { httpFunction, on } from './http.ts';
import { attemptRecorder } from './shell/attempt-recorder.ts';
import { phoneShell } from './shell/phone-shell.ts';
import { refusalOf } from './shell/refusal.ts';

const env = readEnvironment(telemetryEnvironment);
const { noted } = attemptRecorder(env);
const rate = requestRate(telemetryPerMinute);

export const handler = httpFunction(phoneShell(env), [
  on(sendTelemetry)(async (call) => {
    const now = Date.now();
    const retryAfterSeconds = rate(call.caller.accountId, now);
    if (retryAfterSeconds !== undefined) return refusalOf({ code: 'slow-down', retryAfterSeconds });
    await noted(telemetryAttempts(call.body, { ...call, startedAt: now, endedAt: now }));
    return { status: 202, body: null };
  }),
]);
