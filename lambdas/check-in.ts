import './shell/people-problems.ts';
import { checkIn as route } from '#contract/check-in.ts';
import type { Check } from '#core/identity/check.ts';
import { spendStaffCode } from '#core/identity/choose-way.ts';
import { describeCheck } from '#core/identity/describe-check.ts';
import { askAtCheckIn } from '#core/identity/open-check.ts';
import { staffCodesStore } from '#core/identity/staff-codes-store.ts';
import { checkIn, type GuardCheckIn, type SpendStaffCode } from '#core/offers/check-in.ts';
import { checkInAttempt } from '#core/offers/check-in-attempt.ts';
import { checkInStore } from '#core/offers/check-in-store.ts';
import { currentKey } from '#core/shared/key-generations.ts';
import { checkInEnvironment, readEnvironment } from './env.ts';
import { httpFunction, on } from './http.ts';
import { attemptRecorder } from './shell/attempt-recorder.ts';
import { deployedRecords } from './shell/deployed-identity.ts';
import { deployedKeys } from './shell/deployed-keys.ts';
import { senderOf } from './shell/identity-answers.ts';
import { phoneShell } from './shell/phone-shell.ts';
import { refusalOf } from './shell/refusal.ts';

const env = readEnvironment(checkInEnvironment);
const { attempted } = attemptRecorder(env);
const records = deployedRecords(env);
const keys = deployedKeys(env.SCHEDULE_KEYS);
const identity = { ...records, scheduleKey: async () => Buffer.from(currentKey(await keys())) };
const staffCodes = staffCodesStore(records.database, env.IDENTITY_TABLE, env.RECORD_RETENTION_DAYS);
const { positions, ...policy } = env.CHECK_IN;
const stations = Object.entries(positions).map(
  ([stationId, [latitude, longitude, radiusMeters]]) =>
    [stationId, { latitude, longitude, radiusMeters }] as const,
);
const deps = {
  ...records,
  policy,
  positions: Object.fromEntries(stations),
  store: checkInStore(records.database, env.OFFERS_TABLE),
  guard: ((who, block, until) => askAtCheckIn(identity, who, block, until)) satisfies GuardCheckIn<Check>,
  spendStaffCode: ((code, { driverId }, block, now) =>
    spendStaffCode({ ...records, staffCodes }, code, driverId, block, now)) satisfies SpendStaffCode,
};

export const handler = httpFunction(phoneShell(env), [
  on(route)(async (call) => {
    const { blockId } = call.params;
    const outcome = await attempted(
      call,
      (outcome, of) => checkInAttempt(outcome, { blockId, position: call.body?.position }, of),
      () => checkIn(deps, { ...senderOf(call), blockId, ...call.body }),
    );
    if (outcome.status === 'asked') {
      const check = describeCheck(records.policy, outcome.check);
      return { problem: 'selfie-required', check, ways: check.ways };
    }
    if (outcome.status !== 'refused')
      return {
        status: 200,
        body: { status: 'checked-in', blockId, checkedInAt: new Date(outcome.at).toISOString() },
      };
    const opensAt = 'opensAt' in outcome && { opensAt: new Date(outcome.opensAt).toISOString() };
    return { ...refusalOf(outcome), ...opensAt };
  }),
]);
