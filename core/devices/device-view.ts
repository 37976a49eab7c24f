import type { z } from 'zod/mini';
import type { device as deviceSchema } from '#contract/devices.ts';
import type { Device } from './device.ts';

/** A phone as its driver sees it. */
export const toDeviceView = ({
  deviceId,
  platform,
  tier,
  status,
  reasons,
  enrolledAt,
  claimsFrom,
}: Device): z.infer<typeof deviceSchema> => ({
  deviceId,
  platform,
  tier,
  status,
  reasons: [...reasons],
  enrolledAt: new Date(enrolledAt).toISOString(),
  ...(claimsFrom !== undefined && { claimsFrom: new Date(claimsFrom).toISOString() }),
});
