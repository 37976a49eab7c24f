import type { Surroundings } from '#core/shared/tries.ts';
import { type Change, type ChangeOutcome, changeDevices } from './change-devices.ts';
import {
  activeDevice,
  approve,
  check,
  type Device,
  type DriverDevices,
  type EnrolmentPolicy,
  findDevice,
  lostItsClaimer,
  may,
  remove,
  settle,
} from './device.ts';
import type { Alongside, DevicesStore } from './devices-store.ts';
import type { NoticeKind } from './notice.ts';

/** What a driver, or a person who checks, does with a phone that is enrolled. */

export interface GovernDeps extends Surroundings {
  store: DevicesStore;
  policy: EnrolmentPolicy;
}

export type GovernRefusal =
  | 'unknown-device'
  | 'device-not-eligible'
  | 'device-not-pending'
  | 'too-many-device-changes'
  | 'try-again';

export type GovernOutcome =
  | { status: 'done'; device: Device }
  | { status: 'refused'; code: GovernRefusal; reason?: string };

const concluded = (outcome: ChangeOutcome<GovernRefusal>, deviceId: string): GovernOutcome => {
  if (outcome.status === 'refused') {
    const { refusal } = outcome;
    return {
      status: 'refused',
      code:
        refusal === 'key-in-use' || refusal === 'status-list' || refusal === 'superseded'
          ? 'try-again'
          : refusal,
    };
  }
  const device = findDevice(outcome.devices, deviceId);
  return device ? { status: 'done', device } : { status: 'refused', code: 'unknown-device' };
};

const refusal = (code: GovernRefusal): Change<GovernRefusal> => ({ status: 'refused', refusal: code });

const noticeOf = (kind: NoticeKind, all: DriverDevices, deviceId: string) => {
  const { platform, claimsFrom } = findDevice(all, deviceId) as Device;
  return { kind, deviceId, platform, ...(claimsFrom !== undefined && { claimsFrom }) };
};

/** Ends a phone and every session of its driver. Doing it again changes nothing. */
export const removeDevice = async (
  deps: GovernDeps,
  { accountId, deviceId }: { accountId: string; deviceId: string },
): Promise<GovernOutcome> => {
  const now = deps.now();
  const outcome = await changeDevices<GovernRefusal>(deps, accountId, (all) => {
    const device = findDevice(all, deviceId);
    if (!device) return refusal('unknown-device');
    if (!may('remove', device)) return { status: 'unchanged' };
    const after = remove(all, device, now);
    return { status: 'change', after, alongside: { at: now, notice: noticeOf('removed', after, deviceId) } };
  });
  return concluded(outcome, deviceId);
};

/** E2: the phone that claims now lets a new one follow it. */
export const approveDevice = async (
  deps: GovernDeps,
  { accountId, deviceId, by }: { accountId: string; deviceId: string; by: string | undefined },
): Promise<GovernOutcome> => {
  const now = deps.now();
  const outcome = await changeDevices<GovernRefusal>(deps, accountId, (all) => {
    const device = findDevice(all, deviceId);
    if (!device) return refusal('unknown-device');
    if (by === undefined || !findDevice(all, by)) return refusal('device-not-eligible');
    // The same approval again, whose answer was lost.
    if (device.deviceId !== by && (device.status === 'cooling-off' || device.status === 'active'))
      return { status: 'unchanged' };
    if (activeDevice(all)?.deviceId !== by) return refusal('device-not-eligible');
    if (!may('approve', device)) return refusal('device-not-pending');
    const step = approve(all, device, deps.policy, now);
    if (step.status !== 'done') return refusal(step.status);
    const { after } = step;
    return { status: 'change', after, alongside: { at: now, notice: noticeOf('approved', after, deviceId) } };
  });
  return concluded(outcome, deviceId);
};

/**
 * E2: a person has seen who holds the phone, and says why that is enough. A phone that waits is approved, with its
 * cooling-off; its tier is no obstacle for a time. A person's word is not counted against changes of phones.
 */
export const checkDevice = async (
  deps: GovernDeps,
  input: { accountId: string; deviceId: string; by: string; rationale: string },
): Promise<GovernOutcome> => {
  const { accountId, deviceId, by, rationale } = input;
  const now = deps.now();
  const outcome = await changeDevices<GovernRefusal>(deps, accountId, (all) => {
    const device = findDevice(all, deviceId);
    if (!device) return refusal('unknown-device');
    // What is on the status list is for its maker to settle.
    if (!may('remove', device) || may('reinstate', device)) return refusal('device-not-eligible');
    const checked = check(all, device, now + deps.policy.checkLifetimeMs);
    const alongside: Alongside = { at: now, check: { deviceId, by, rationale } };
    const target = findDevice(checked, deviceId) as Device;
    if (may('settle', target) && lostItsClaimer(all))
      return { status: 'change', after: settle(checked, target, now), alongside };
    if (!may('approve', device)) return { status: 'change', after: checked, alongside };
    const unlimited = {
      ...deps.policy,
      maxChanges: Number.POSITIVE_INFINITY,
      // The list stopped the driver from working, not the driver: a person's word is enough to go on.
      ...(lostItsClaimer(all) && { coolingOffMs: 0 }),
    };
    const step = approve(checked, target, unlimited, now);
    if (step.status !== 'done') return refusal(step.status);
    const { after } = step;
    return {
      status: 'change',
      after,
      alongside: { ...alongside, notice: noticeOf('approved', after, deviceId) },
    };
  });
  return concluded(outcome, deviceId);
};
