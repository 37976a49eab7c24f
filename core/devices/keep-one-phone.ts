import type { Surroundings } from '#core/shared/tries.ts';
import { changeDevices } from './change-devices.ts';
import { activeDevice, type Device, type DriverDevices, may, remove } from './device.ts';
import type { DevicesStore } from './devices-store.ts';
import type { DeviceNotice } from './notice.ts';

export type KeepOutcome =
  | { status: 'kept'; removed: number }
  | { status: 'refused'; code: 'unknown-device' | 'try-again' };

const noticeOf = ({ deviceId, platform }: Device): DeviceNotice => ({ kind: 'removed', deviceId, platform });

const others = ({ devices }: DriverDevices, deviceId: string | undefined) =>
  devices.filter((device) => may('remove', device) && device.deviceId !== deviceId);

/**
 * The driver has the account back and names the one phone that stays, or none: all others are removed in one change,
 * which ends every session, and is told in one notice. Doing it again changes nothing.
 */
export const keepOnePhone = async (
  deps: Surroundings & { store: DevicesStore },
  { accountId, deviceId }: { accountId: string; deviceId?: string },
): Promise<KeepOutcome> => {
  const now = deps.now();
  let removed = 0;
  const outcome = await changeDevices<'unknown-device'>(deps, accountId, (all) => {
    if (deviceId !== undefined && activeDevice(all)?.deviceId !== deviceId)
      return { status: 'refused', refusal: 'unknown-device' };
    const gone = others(all, deviceId);
    removed = gone.length;
    const told = gone.find(({ status }) => status === 'active') ?? gone[0];
    if (!told) return { status: 'unchanged' };
    const after = gone.reduce((left, device) => remove(left, device, now), all);
    return { status: 'change', after, alongside: { at: now, notice: noticeOf(told) } };
  });
  if (outcome.status !== 'refused') return { status: 'kept', removed };
  return { status: 'refused', code: outcome.refusal === 'unknown-device' ? 'unknown-device' : 'try-again' };
};
