import { need, refuse, type Verdict, verdictOf } from './verdict.ts';

export interface PlayIntegrityPolicy {
  packageName: string;
  /** SHA-256 of the certificates that sign the app, base64url without padding, as Google writes them. */
  certDigests: readonly string[];
  minVersionCode?: number;
  maxAgeMs: number;
  futureSkewMs: number;
  requireLicensed: boolean;
  requireDeviceLabels: readonly string[];
  rejectControlling: boolean;
  /** 1 to 4: integrity tokens that the device asked for in the last hour, in Google's classes. */
  maxActivityLevel?: number;
  /** Bits that we set on a device earlier, which outlive a factory reset. */
  rejectRecallBits: readonly string[];
  rejectPlayProtect: readonly string[];
  requireAppAccessRisk: boolean;
  allowTesting: boolean;
}

/** What Google says of a device and app that the token is bound to. */
export interface PlayVerdict {
  /** Google knows this very version of the app. */
  recognised: boolean;
  versionCode?: number;
  labels: ReadonlySet<string>;
  /** API level of Android, where the console lets Google tell. */
  sdkVersion?: number;
  licensed: boolean;
  /** As said: `LEVEL_1` to `LEVEL_4`, or something else for not evaluated. */
  activityLevel?: string;
  recallBits: readonly string[];
  playProtect?: string;
  /** Whether Google looked for apps that can see or steer ours; verified accessibility tools never appear. */
  riskEvaluated: boolean;
  controllingApp: boolean;
}

/** PI4: a slow network on one side, a fast clock on the other. */
export const playTokenTimes = { maxAgeMs: 120_000, futureSkewMs: 10_000 };
/** So long after it was first accepted a token may still be, in seconds: how long it must be remembered. */
export const playTokenLifetime = (playTokenTimes.maxAgeMs + playTokenTimes.futureSkewMs) / 1_000;

/** The token is not about this request, this app, this moment, or not from Google. */
export type PlayForgery =
  | 'payload-malformed'
  | 'binding-missing'
  | 'other-nonce'
  | 'other-request'
  | 'other-request-package'
  | 'stale'
  | 'future'
  | 'testing-response'
  | 'other-package'
  | 'other-app-certificate';

/** The token is ours, and says something that the policy does not accept. */
export type PlayWeakness =
  | 'app-unrecognised'
  | 'app-version-low'
  | 'device-integrity'
  | 'not-licensed'
  | 'device-activity'
  | 'device-recalled'
  | 'play-protect'
  | 'app-access-risk-missing'
  | 'controlling-app';

export type PlayRefusal = PlayForgery | PlayWeakness;

export interface PlayBinding {
  /** Of a classic token. */
  nonce?: string;
  /** Of a standard token. */
  requestHash?: string;
}

type Members = Record<string, unknown>;

const malformed = 'payload-malformed';

/** A member that is the object's own: a payload decides about nothing that it does not hold. */
const memberOf = (parent: Members, name: string): unknown =>
  Object.hasOwn(parent, name) ? parent[name] : undefined;

const asObject = (value: unknown): Members => {
  need(typeof value === 'object' && value !== null && !Array.isArray(value), malformed);
  return value as Members;
};

const objectAt = (parent: Members, name: string): Members => {
  const value = memberOf(parent, name);
  return value === undefined ? {} : asObject(value);
};

const textAt = (parent: Members, name: string): string | undefined => {
  const value = memberOf(parent, name);
  need(value === undefined || typeof value === 'string', malformed);
  return value;
};

/** PI6: a real array of strings. `includes` on a string would find a label within another. */
const textsAt = (parent: Members, name: string): readonly string[] | undefined => {
  const value = memberOf(parent, name);
  if (value === undefined) return undefined;
  need(Array.isArray(value) && value.every((item) => typeof item === 'string'), malformed);
  return value;
};

/** Google writes 64-bit numbers as text, and wrote them as numbers before. */
const numberAt = (parent: Members, name: string): number | undefined => {
  const value = memberOf(parent, name);
  if (value === undefined) return undefined;
  const isNumber = typeof value === 'number' || (typeof value === 'string' && /^\d{1,16}$/.test(value));
  const number = isNumber ? Number(value) : refuse(malformed);
  need(Number.isSafeInteger(number) && number >= 0, malformed);
  return number;
};

const flagAt = (parent: Members, name: string): boolean => {
  const value = memberOf(parent, name);
  need(value === undefined || typeof value === 'boolean', malformed);
  return value ?? false;
};

/** PI2 to PI4: about this request, made now. */
const needRequest = (
  payload: Members,
  { nonce, requestHash }: PlayBinding,
  policy: PlayIntegrityPolicy,
  now: number,
): void => {
  const details = objectAt(payload, 'requestDetails');
  need(nonce || requestHash, 'binding-missing');
  need(nonce === undefined || (nonce && textAt(details, 'nonce') === nonce), 'other-nonce');
  need(
    requestHash === undefined || (requestHash && textAt(details, 'requestHash') === requestHash),
    'other-request',
  );
  need(textAt(details, 'requestPackageName') === policy.packageName, 'other-request-package');
  const at = numberAt(details, 'timestampMillis');
  need(at !== undefined && now - at <= policy.maxAgeMs, 'stale');
  need(at - now <= policy.futureSkewMs, 'future');
};

/** PI5. An app that Google did not recognise may lack the fields; those that are there must be ours all the same. */
const readApp = (payload: Members, policy: PlayIntegrityPolicy) => {
  const app = objectAt(payload, 'appIntegrity');
  const recognised = textAt(app, 'appRecognitionVerdict') === 'PLAY_RECOGNIZED';
  const packageName = textAt(app, 'packageName');
  const digests = textsAt(app, 'certificateSha256Digest');
  need(packageName === policy.packageName || (!recognised && packageName === undefined), 'other-package');
  need(
    digests?.length ? digests.every((digest) => policy.certDigests.includes(digest)) : !recognised,
    'other-app-certificate',
  );
  const versionCode = numberAt(app, 'versionCode');
  return { recognised, ...(versionCode !== undefined && { versionCode }) };
};

/** Apps that neither steer another one nor hide what is steered. */
const harmless: ReadonlySet<string> = new Set(
  ['INSTALLED', 'CAPTURING', 'OVERLAYS'].flatMap((kind) => [`KNOWN_${kind}`, `UNKNOWN_${kind}`]),
);

const readSurroundings = (payload: Members) => {
  const surroundings = objectAt(payload, 'environmentDetails');
  const playProtect = textAt(surroundings, 'playProtectVerdict');
  // An empty verdict means not evaluated; an empty list, no such app.
  const apps = textsAt(objectAt(surroundings, 'appAccessRiskVerdict'), 'appsDetected');
  return {
    ...(playProtect !== undefined && { playProtect }),
    riskEvaluated: apps !== undefined,
    // PI9: a kind that we do not know yet is not known to be harmless.
    controllingApp: apps?.some((app) => !harmless.has(app)) ?? false,
  };
};

const readDevice = (payload: Members) => {
  const device = objectAt(payload, 'deviceIntegrity');
  const sdkVersion = numberAt(objectAt(device, 'deviceAttributes'), 'sdkVersion');
  const activityLevel = textAt(objectAt(device, 'recentDeviceActivity'), 'deviceActivityLevel');
  const bits = objectAt(objectAt(device, 'deviceRecall'), 'values');
  return {
    // PI10: only this verdict; the legacy one of the console's old settings is not read.
    labels: new Set(textsAt(device, 'deviceRecognitionVerdict')),
    ...(sdkVersion !== undefined && { sdkVersion }),
    ...(activityLevel !== undefined && { activityLevel }),
    recallBits: Object.keys(bits).filter((bit) => flagAt(bits, bit)),
  };
};

/** Binding and forgery: what is left says something true about a device, good or bad. */
export const readVerdict = (
  payload: unknown,
  binding: PlayBinding,
  policy: PlayIntegrityPolicy,
  now: number,
): Verdict<PlayVerdict, PlayForgery> =>
  verdictOf(() => {
    const members = asObject(payload);
    needRequest(members, binding, policy, now);
    // PI7.
    const isTest = flagAt(objectAt(members, 'testingDetails'), 'isTestingResponse');
    need(!isTest || policy.allowTesting, 'testing-response');
    return {
      ...readApp(members, policy),
      ...readDevice(members),
      // PI8.
      licensed: textAt(objectAt(members, 'accountDetails'), 'appLicensingVerdict') === 'LICENSED',
      ...readSurroundings(members),
    };
  });

const knownPlayProtect: ReadonlySet<string> = new Set([
  'NO_ISSUES',
  'NO_DATA',
  'POSSIBLE_RISK',
  'MEDIUM_RISK',
  'HIGH_RISK',
  'UNEVALUATED',
]);

const isCalm = (activityLevel: string | undefined, most: number | undefined): boolean => {
  if (most === undefined || activityLevel === undefined) return true;
  // PI9: not evaluated, or of a class to come, is not within the limit.
  const [, level] = /^LEVEL_([1-4])$/.exec(activityLevel) ?? [];
  return level !== undefined && Number(level) <= most;
};

/** What a policy does not accept in a verdict, everything that it finds, gravest first. */
export const weaknessesOf = (
  { labels, playProtect, recallBits, ...verdict }: PlayVerdict,
  policy: PlayIntegrityPolicy,
): PlayWeakness[] => {
  const isRejectedByPlayProtect =
    playProtect !== undefined &&
    (policy.rejectPlayProtect.includes(playProtect) || !knownPlayProtect.has(playProtect));
  const found: Record<PlayWeakness, boolean> = {
    'app-unrecognised': !verdict.recognised,
    'device-integrity': !policy.requireDeviceLabels.every((label) => labels.has(label)),
    'device-recalled': recallBits.some((bit) => policy.rejectRecallBits.includes(bit)),
    'app-version-low':
      policy.minVersionCode !== undefined && (verdict.versionCode ?? -1) < policy.minVersionCode,
    'not-licensed': policy.requireLicensed && !verdict.licensed,
    'device-activity': !isCalm(verdict.activityLevel, policy.maxActivityLevel),
    'play-protect': isRejectedByPlayProtect,
    'app-access-risk-missing': policy.requireAppAccessRisk && !verdict.riskEvaluated,
    'controlling-app': policy.rejectControlling && verdict.controllingApp,
  };
  return (Object.keys(found) as PlayWeakness[]).filter((weakness) => found[weakness]);
};

/**
 * A decoded Play Integrity payload, classic or standard, against a policy (PI2 to PI10): all of it holds, or it is
 * refused. Total on any JSON value. That the nonce or hash is used once is the caller's. `now` in milliseconds.
 */
export const checkVerdict = (
  payload: unknown,
  binding: PlayBinding,
  policy: PlayIntegrityPolicy,
  now: number,
): Verdict<PlayVerdict, PlayRefusal> => {
  const verdict = readVerdict(payload, binding, policy, now);
  if (verdict.status === 'refused') return verdict;
  const [reason] = weaknessesOf(verdict.facts, policy);
  return reason ? { status: 'refused', reason } : verdict;
};
