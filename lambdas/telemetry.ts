import { sendTelemetry } from '#contract/telemetry.ts';
import { telemetryAttempts } from '#core/detection/ingest/telemetry-attempts.ts';
import { readEnvironment, telemetryEnvironment } from './env.ts';
import { httpFunction, on } from './http.ts';
import { attemptRecorder } from './shell/attempt-recorder.ts';
import { phoneShell } from './shell/phone-shell.ts';

const env = readEnvironment(telemetryEnvironment);
const { noted } = attemptRecorder(env);

export const handler = httpFunction(phoneShell(env), [
  on(sendTelemetry)(async (call) => {
    const now = Date.now();
    await noted(telemetryAttempts(call.body, { ...call, startedAt: now, endedAt: now }));
    return { status: 202, body: null };
  }),
]);
