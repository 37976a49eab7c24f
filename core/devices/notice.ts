import type { Platform } from '#contract/primitives.ts';

/** E5: what a driver is told about phones of the account, and when it happened. */
export const noticeKinds = ['enrolled', 'pending', 'approved', 'removed', 'suspended', 'reinstated'] as const;
export type NoticeKind = (typeof noticeKinds)[number];

export interface DeviceNotice {
  kind: NoticeKind;
  deviceId: string;
  platform: Platform;
  /** With `approved`: when the phone takes over. */
  claimsFrom?: number;
}
