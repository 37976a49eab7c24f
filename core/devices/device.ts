import type { DeviceStatus } from '#contract/devices.ts';
import type { Platform, Tier } from '#contract/primitives.ts';

/** A phone as its driver's account knows it. Times in milliseconds since the epoch. */
export interface Device {
  deviceId: string;
  platform: Platform;
  status: DeviceStatus;
  tier: Tier;
  /** Why the tier is what it is: stable codes. */
  reasons: readonly string[];
  /** Thumbprint of the key that signs its proofs. */
  jkt: string;
  /** iOS: the App Attest key as x and y, and the app that it speaks for. */
  assertionKey?: string;
  appId?: string;
  enrolledAt: number;
  attestedAt: number;
  /** The request that enrolled it: its repetition after a lost answer is no second enrolment. */
  requestId: string;
  /** With `cooling-off`: from then on it claims. */
  claimsFrom?: number;
  /** When it was replaced or removed. */
  endedAt?: number;
  /** With `suspended`: what it was before. */
  suspendedFrom?: DeviceStatus;
  /** A person has looked at who holds it: until then its tier is no obstacle. */
  checkedUntil?: number;
  /** Serial numbers of its certificates, as Google's status list writes them. */
  serials: readonly string[];
  /** What the evidence said: versions, patch level, security level. */
  evidence: Readonly<Record<string, string | number>>;
}

/** All phones of a driver: changed as one, so that every rule about them together is one condition on its version. */
export interface DriverDevices {
  accountId: string;
  /** Grows with every change; 0 before the first. */
  version: number;
  /** Tokens of an earlier epoch are dead. */
  epoch: number;
  /** Whether a phone of this driver was ever active: the first one needs nobody's approval. */
  everActive: boolean;
  /** When phones were changed, as far as it still counts. */
  changes: readonly number[];
  /** The case by which the account is restricted: no phone of it does anything. */
  restrictedBy?: string;
  /** Who signed in before it has to do so again, in milliseconds since the epoch. */
  loginsSince?: number;
  /** For what sessions were ended: once for each, however often it is asked for. */
  endedFor?: readonly string[];
  devices: readonly Device[];
}

export interface EnrolmentPolicy {
  /** E3: no claims so long after a change of phones. */
  coolingOffMs: number;
  /** E3: changes of phones within 30 days. */
  maxChanges: number;
  /** AK20: so long after its attestation an Android phone counts as verified. */
  attestationLifetimeMs: number;
  /** A driver's first phone waits as well: where passwords were shared before phones were asked for. */
  firstPhoneCoolsOff: boolean;
  /** So long a person's check of a phone holds. */
  checkLifetimeMs: number;
}

/** From which states a phone may take which step. */
export const deviceTransitions = {
  approve: ['pending-approval'],
  settle: ['cooling-off'],
  suspend: ['active', 'cooling-off', 'pending-approval'],
  reinstate: ['suspended'],
  remove: ['active', 'cooling-off', 'pending-approval', 'suspended'],
} as const satisfies Record<string, readonly DeviceStatus[]>;
export type DeviceStep = keyof typeof deviceTransitions;

export const may = (step: DeviceStep, { status }: Device): boolean =>
  (deviceTransitions[step] as readonly DeviceStatus[]).includes(status);

const changeWindowMs = 30 * 86_400_000;
/** Phones that wait for approval at the same time. */
const maxPending = 3;

export const noDevices = (accountId: string): DriverDevices => ({
  accountId,
  version: 0,
  epoch: 1,
  everActive: false,
  changes: [],
  devices: [],
});

export const findDevice = ({ devices }: DriverDevices, deviceId: string): Device | undefined =>
  devices.find((device) => device.deviceId === deviceId);

/** E1: the one phone that claims. */
export const activeDevice = ({ devices }: DriverDevices): Device | undefined =>
  devices.find(({ status }) => status === 'active');

const withDevice = (all: DriverDevices, device: Device): DriverDevices => ({
  ...all,
  everActive: all.everActive || device.status === 'active',
  devices: [...all.devices.filter(({ deviceId }) => deviceId !== device.deviceId), device],
});

/** Every session of before is dead. */
export const nextEpoch = (all: DriverDevices): DriverDevices => ({ ...all, epoch: all.epoch + 1 });

const recentChanges = ({ changes }: DriverDevices, now: number) =>
  changes.filter((at) => at > now - changeWindowMs);

export type Step<Refusal = never> =
  | { status: 'done'; after: DriverDevices }
  | { status: 'too-many-device-changes' | Refusal };

/** What one enrolment brings; whose status is decided here. */
export type Evidence = Omit<
  Device,
  'status' | 'enrolledAt' | 'claimsFrom' | 'endedAt' | 'suspendedFrom' | 'checkedUntil'
>;

const replaced = (device: Device, now: number): Device => ({ ...device, status: 'replaced', endedAt: now });

const isLive = (device: Device) => may('remove', device);

/**
 * E1, E2: the first phone of a driver needs nobody's approval, every later one waits for it.
 * Whether the first one claims at once is the stage's choice.
 */
export const enrol = (
  all: DriverDevices,
  evidence: Evidence,
  { coolingOffMs, firstPhoneCoolsOff }: EnrolmentPolicy,
  now: number,
): Step<'account-restricted'> => {
  if (all.restrictedBy !== undefined) return { status: 'account-restricted' };
  const live = all.devices.filter(isLive);
  const pending = live.filter(({ status }) => status === 'pending-approval');
  if (pending.length >= maxPending) return { status: 'too-many-device-changes' };
  const entered = { ...evidence, enrolledAt: now };
  if (all.everActive || live.length > 0)
    return { status: 'done', after: withDevice(all, { ...entered, status: 'pending-approval' }) };
  const claimsFrom = now + (firstPhoneCoolsOff ? coolingOffMs : 0);
  const first: Device =
    claimsFrom > now ? { ...entered, status: 'cooling-off', claimsFrom } : { ...entered, status: 'active' };
  return { status: 'done', after: withDevice(all, first) };
};

/**
 * E2, E3: an approved phone claims after the cooling-off; until then the old one goes on. Nobody waits for a phone
 * that could not claim anyway to be replaced.
 */
export const approve = (
  all: DriverDevices,
  device: Device,
  { coolingOffMs, maxChanges }: EnrolmentPolicy,
  now: number,
): Step => {
  const changes = recentChanges(all, now);
  if (changes.length >= maxChanges) return { status: 'too-many-device-changes' };
  const active = activeDevice(all);
  const couldNeverClaim = active?.tier === 'D' && active.checkedUntil === undefined;
  const claimsFrom = now + (couldNeverClaim ? 0 : coolingOffMs);
  // One successor at a time.
  const others = all.devices.map((one) => (one.status === 'cooling-off' ? replaced(one, now) : one));
  const approved = { ...device, status: 'cooling-off' as const, claimsFrom };
  const counted = Number.isFinite(maxChanges) ? [...changes, now] : changes;
  const after = withDevice({ ...all, devices: others, changes: counted }, approved);
  return { status: 'done', after: claimsFrom <= now ? settle(after, approved, now) : after };
};

/** The end of the cooling-off: the phone takes over, and the sessions of the one before end. */
export const settle = (all: DriverDevices, device: Device, now: number): DriverDevices => {
  const { claimsFrom: _, ...settled } = device;
  const devices = all.devices.map((one) => {
    if (one.status === 'active') return replaced(one, now);
    // What was suspended is followed too: off the list it would have to be approved again.
    return one.suspendedFrom === 'active' ? { ...one, suspendedFrom: 'pending-approval' as const } : one;
  });
  return nextEpoch(withDevice({ ...all, devices }, { ...settled, status: 'active' }));
};

export const isSettled = (device: Device, now: number): boolean =>
  may('settle', device) && (device.claimsFrom ?? Number.POSITIVE_INFINITY) <= now;

export const remove = (all: DriverDevices, device: Device, now: number): DriverDevices => {
  // A first phone whose wait is over counts as one that claimed, whether or not it came for a token since.
  const hadItsTurn = (device.claimsFrom ?? Number.POSITIVE_INFINITY) <= now;
  const removed = withDevice(all, { ...device, status: 'removed', endedAt: now });
  return nextEpoch({ ...removed, everActive: removed.everActive || hadItsTurn });
};

/** A key of the phone's chain is on the status list: the phone waits, the driver keeps every other way. */
export const suspend = (all: DriverDevices, device: Device, reason: string): DriverDevices =>
  nextEpoch(
    withDevice(all, {
      ...device,
      status: 'suspended',
      suspendedFrom: device.status,
      reasons: [...new Set([...device.reasons, reason])],
    }),
  );

/** The way back: no key of it is listed any more. Whoever was not active before has to be approved still. */
export const reinstate = (all: DriverDevices, device: Device, reason: string): DriverDevices => {
  const { suspendedFrom, claimsFrom: _, ...reinstated } = device;
  return withDevice(all, {
    ...reinstated,
    status: suspendedFrom === 'active' && !activeDevice(all) ? 'active' : 'pending-approval',
    reasons: device.reasons.filter((one) => one !== reason),
  });
};

export const check = (all: DriverDevices, device: Device, until: number): DriverDevices =>
  withDevice(all, { ...device, checkedUntil: until });

/** What stands between a phone and a claim; its driver is shown the ways around it. */
export type Friction =
  | 'cooling-off'
  | 'pending-approval'
  | 'suspended'
  | 'not-trusted'
  | 'human-check'
  | 'attestation-old';

export const frictionOf = (
  all: DriverDevices,
  device: Device,
  { attestationLifetimeMs }: EnrolmentPolicy,
  now: number,
): Friction | undefined => {
  const { status } = device;
  if (status === 'pending-approval' || status === 'suspended') return status;
  const isChecked = (device.checkedUntil ?? 0) > now;
  // What will still be in the way after the wait is told first.
  if (!isChecked && device.tier === 'D') return 'not-trusted';
  if (!isChecked && device.tier === 'C') return 'human-check';
  if (status === 'cooling-off') return status;
  if (isChecked) return undefined;
  // Its successor is on the way: nobody stops working because a phone renews its key.
  const isRenewing = all.devices.some(
    ({ status, claimsFrom = 0 }) => status === 'cooling-off' && claimsFrom > now,
  );
  const isOld = device.platform === 'android' && device.attestedAt + attestationLifetimeMs < now;
  return isOld && !isRenewing ? 'attestation-old' : undefined;
};

/** AK20: from then on an Android phone should enrol a new key, which it approves itself. */
export const renewalFrom = (
  { platform, attestedAt }: Device,
  { attestationLifetimeMs }: EnrolmentPolicy,
): number | undefined => (platform === 'android' ? attestedAt + attestationLifetimeMs / 2 : undefined);

/** Whether the only phone that claimed was taken out by the status list. */
export const lostItsClaimer = (all: DriverDevices): boolean =>
  !activeDevice(all) &&
  all.devices.some(({ status, suspendedFrom }) => status === 'suspended' && suspendedFrom === 'active');
