import type { Platform } from '#contract/primitives.ts';
import { type Device, type DriverDevices, may } from './device.ts';

const kindOf: Record<Platform, string> = { ios: 'iPhone', android: 'Android phone' };
/** In universal time: an account has no time zone. */
const day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' });

/** What a driver can tell a phone by, such as `Android phone of 3 May 2026`. */
const nicknameOf = ({ platform, enrolledAt }: Device): string =>
  `${kindOf[platform]} of ${day.format(enrolledAt)}`;

/** The phones that an account has, those that were there first first. */
export const phonesOf = ({ devices }: DriverDevices): string[] =>
  devices
    .filter((device) => may('remove', device))
    .sort((a, b) => a.enrolledAt - b.enrolledAt)
    .map(nicknameOf);
