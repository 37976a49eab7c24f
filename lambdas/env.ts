import * as z from 'zod/mini';
import type { ProviderPolicy } from '#contract/challenge-policy.ts';
import type { DetectionPolicy } from '#contract/detection-policy.ts';
import type { UnlockPolicy } from '#contract/device-policy.ts';
import type { CheckInPolicy, IdentityPolicy } from '#contract/identity-policy.ts';
import type { AttestationMode } from '#contract/primitives.ts';
import type { HoldPolicy, RiskPolicy } from '#contract/risk-policy.ts';
import type { Shares, SharingPolicy } from '#contract/sharing-policy.ts';
import type { AssertionPolicy } from '#core/attestation/app-attest-assertion.ts';
import type { AttestationPlan } from '#core/devices/attestation-mode.ts';
import type { InstantPolicy } from '#core/offers/instant-offers.ts';
import type { PublishedStage } from './shell/transparency-answers.ts';

/**
 * What each function reads from its environment. The infrastructure passes exactly these names
 * (a missing one does not compile) and the function parses them once, when it starts.
 */

const text = z.string().check(z.minLength(1));
const whole = z.pipe(z.string().check(z.regex(/^\d+$/)), z.transform(Number));
const list = z.pipe(
  text,
  z.transform((value) => value.split(',')),
);

/** Made where it is used: a function carries its own and no other one's. */
const environment = /* @__NO_SIDE_EFFECTS__ */ <S>(make: () => S): S => make();

/** Stations as JSON: where blocks are published and listed. */
const stations = {
  STATIONS: z.pipe(
    text,
    z.transform(
      (json) => JSON.parse(json) as readonly { stationId: string; name: string; timeZone: string }[],
    ),
  ),
};

/** Where the identity provider is; set by the machine that runs the stack locally. */
const identityProvider = {
  AWS_REGION: text,
  AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER: z.optional(text),
};

/** Servers in the place of phone makers', puzzle makers' and the beacon's own; set by the machine that runs the stack locally. */
const standIns = {
  ANDROID_STATUS_LIST_URL: z.optional(text),
  APPLE_ATTESTATION_DATA_URL: z.optional(text),
  CHALLENGE_PROVIDER_URL: z.optional(text),
  BEACON_URL: z.optional(text),
};
/** Anywhere else a function that is to take another server's word for the maker's does not start. */
const onlyLocally = /* @__PURE__ */ z.refine<
  { STAGE: string } & { [K in keyof typeof standIns]?: string | undefined }
>(
  (env) =>
    env.STAGE === 'local' || Object.keys(standIns).every((name) => !(env as Record<string, unknown>)[name]),
  'stand-ins of other servers belong to the local stage',
);

const json = /* @__NO_SIDE_EFFECTS__ */ <T>() =>
  z.pipe(
    text,
    z.transform((value) => JSON.parse(value) as T),
  );

/** What verifies phones must know where it runs: production trusts less. */
const trust = {
  PRODUCTION: z.pipe(
    z.enum(['true', 'false']),
    z.transform((value) => value === 'true'),
  ),
  /** As JSON: by what this stage trusts phones. */
  DEVICE_POLICY: json<unknown>(),
};

/** Of every function behind the HTTP API. */
const http = {
  ...identityProvider,
  STAGE: text,
  /** ARNs of the edge secret, the current generation first: requests must carry one of their values. */
  EDGE_SECRETS: list,
  USER_POOL_ID: text,
  CLIENT_ID: text,
};

/** As JSON: which drivers must prove their phone. */
const attestation = { ATTESTATION: json<AttestationPlan>() };
/** ARNs of the key that signs device tokens, the current generation first, as `generation=arn`. */
const deviceTokens = { DEVICES_TABLE: text, DEVICE_TOKEN_KEYS: list };
/** Of functions that answer drivers on their phones. */
const phones = { ...http, ...attestation, ...deviceTokens, PUBLIC_API_ORIGIN: text };

/** As JSON: when a claim is challenged, and what is held meanwhile. */
const challenge = {
  CHALLENGES_TABLE: text,
  CHALLENGE: json<{ mode: AttestationMode; risk: RiskPolicy; holds: HoldPolicy }>(),
};
/** ARNs of the key that signs clearances, the current generation first, as `generation=arn`. */
const challengeKeys = { CHALLENGE_KEYS: list };

/** As JSON: who compares faces and how. And where the outcomes are. */
const identity = { IDENTITY: json<IdentityPolicy>(), IDENTITY_TABLE: text, RECORD_RETENTION_DAYS: whole };
/** Where photos are, and what they are encrypted with. */
const photos = { DRIVER_KEYS_TABLE: text, PHOTOS_BUCKET: text, WRAPPING_KEY_ID: text };
/** Where faces are compared; set by the machine that runs the stack locally. */
const faceEngine = { AWS_ENDPOINT_URL_REKOGNITION: z.optional(text) };
const queue = { ATTEMPTS_QUEUE_URL: text };
/** Where the event bus is; set by the machine that runs the stack locally. */
const busEngine = { AWS_ENDPOINT_URL_EVENTBRIDGE: z.optional(text) };

/** What accounts did, and whose they are. */
const detection = { DETECTION_TABLE: text, PSEUDONYMS_TABLE: text };

/** As JSON: what becomes of what is found. And where it is, and who is told. */
const findings = environment(() => ({
  STAGE: text,
  AWS_REGION: text,
  ...busEngine,
  DETECTION_TABLE: text,
  DETECTION: json<DetectionPolicy>(),
  RECORD_RETENTION_DAYS: whole,
  EVENT_BUS_NAME: text,
}));
/** Where Step Functions is; set by the machine that runs the stack locally. */
const workflowEngine = { AWS_ENDPOINT_URL_SFN: z.optional(text) };

/** Cases, and what people and clocks change with them. */
const enforcement = environment(() => ({
  STAGE: text,
  AWS_REGION: text,
  ...busEngine,
  ...workflowEngine,
  ENFORCEMENT_TABLE: text,
  DEVICES_TABLE: text,
  OFFERS_TABLE: text,
  CHALLENGES_TABLE: text,
  USER_POOL_ID: text,
  EVENT_BUS_NAME: text,
  STATE_MACHINE_ARN: text,
  /** As JSON: time zone and jurisdiction by station. */
  WORKPLACES: json<Readonly<Record<string, readonly [timeZone: string, jurisdiction: string]>>>(),
  /** Where a driver reaches a person. */
  CONTACT: text,
  /** Left out: notices are shown in the app only. */
  MAIL_FROM: z.optional(z.string()),
  RECORD_RETENTION_DAYS: whole,
}));
/** What was found, and whose it is. */
const foundThere = { DETECTION_TABLE: text, PSEUDONYMS_TABLE: text, DETECTION: json<DetectionPolicy>() };

/** ARNs of the key that lots are drawn with, as `generation=arn`. */
const scoring = environment(() => ({ ...findings, ...detection, NETWORK_KEYS: list }));

const offers = { OFFERS_TABLE: text };
/** ARNs of the key that signs offers, the current generation first, as `generation=arn`. */
const offerKeys = { OFFER_KEYS: list };
/** As JSON: how blocks come to drivers other than by being first. */
const sharing = { SHARING: json<SharingPolicy>() };
const limits = { MAX_WEEKLY_MINUTES: whole, RELEASE_LEAD_MINUTES: whole, RECORD_RETENTION_DAYS: whole };

export const publicEnvironment = environment(() =>
  z.object({
    ...http,
    ...attestation,
    PUBLIC_API_ORIGIN: text,
    VERSION: text,
    ...stations,
    FEED_TABLE: text,
  }),
);

export const pagesEnvironment = environment(() => z.object({ STAGE: text, EDGE_SECRETS: http.EDGE_SECRETS }));

export const offersEnvironment = environment(() =>
  z.object({ ...phones, ...offerKeys, ...queue, FEED_TABLE: text, ...stations }),
);

export const telemetryEnvironment = environment(() => z.object({ ...phones, ...queue }));

export const claimsEnvironment = environment(() =>
  z.object({
    ...phones,
    ...offers,
    ...offerKeys,
    ...limits,
    ...challenge,
    ...challengeKeys,
    ATTEMPTS_QUEUE_URL: text,
    /** As JSON: what assertions of the app must say. */
    ASSERTIONS: json<Omit<AssertionPolicy, 'appId'>>(),
    /** A release so close to the start counts as late. */
    LATE_HOURS: whole,
    /** As JSON: what is asked of who claims a block that starts soon. */
    INSTANT: json<InstantPolicy | null>(),
  }),
);

export const scheduleEnvironment = environment(() =>
  z.object({ ...phones, ...offers, RELEASE_LEAD_MINUTES: whole }),
);

export const drawsEnvironment = environment(() =>
  z.object({ ...phones, ...offers, ...offerKeys, ...sharing, STATION_IDS: list }),
);

export const sharingWorkerEnvironment = environment(() =>
  z
    .object({
      STAGE: text,
      AWS_REGION: text,
      ...busEngine,
      ...offers,
      ...sharing,
      ...standIns,
      DEVICES_TABLE: text,
      EVENT_BUS_NAME: text,
      MAX_WEEKLY_MINUTES: whole,
      RECORD_RETENTION_DAYS: whole,
      SIGNING_KEY_ID: text,
      TIMERS_QUEUE_URL: text,
      USER_POOL_ID: text,
      CONTACT: text,
      /** Left out: what drivers are told is shown in the app only. */
      MAIL_FROM: z.optional(z.string()),
    })
    .check(onlyLocally),
);

export const devicesEnvironment = environment(() =>
  z.object({
    ...phones,
    ...trust,
    RECORD_RETENTION_DAYS: whole,
  }),
);

export const challengesEnvironment = environment(() =>
  z
    .object({
      ...phones,
      ...offers,
      ...challenge,
      ...challengeKeys,
      ATTEMPTS_QUEUE_URL: text,
      RECORD_RETENTION_DAYS: whole,
      /** As JSON: who makes the object task. */
      PROVIDER: json<ProviderPolicy>(),
      /** As JSON: for whom phones unlock a key. Left out: no phone does. */
      UNLOCK: json<UnlockPolicy | null>(),
      ...standIns,
    })
    .check(onlyLocally),
);

export const checkInEnvironment = environment(() =>
  z.object({
    ...phones,
    ...offers,
    ...identity,
    ...queue,
    /** ARNs of the key that lots are drawn with, as `generation=arn`. */
    SCHEDULE_KEYS: list,
    /** As JSON: when check-in is open, and where stations are: latitude, longitude, meters around. */
    CHECK_IN: json<CheckInPolicy & { positions: Record<string, [number, number, number]> }>(),
  }),
);

export const identityEnvironment = environment(() =>
  z.object({ ...phones, ...identity, ...queue, ...photos, ...faceEngine }),
);

export const identityReviewEnvironment = environment(() =>
  z.object({ ...http, ...identity, ...photos, STATION_IDS: list }),
);

export const meEnvironment = environment(() =>
  z.object({
    ...http,
    ...offers,
    ...identity,
    DEVICES_TABLE: text,
    ENFORCEMENT_TABLE: text,
    SIGNING_KEY_ID: text,
    RELEASE_LEAD_MINUTES: whole,
    /** As JSON: which releases count as late, and from how many on they have an effect. */
    RELEASES: json<SharingPolicy['releases']>(),
  }),
);

export const identityUpkeepEnvironment = environment(() =>
  z.object({ STAGE: text, ...identity, ...photos, SIGNING_KEY_ID: text }),
);

export const statusListEnvironment = environment(() =>
  z
    .object({ STAGE: text, DEVICES_TABLE: text, RECORD_RETENTION_DAYS: whole, ...standIns })
    .check(onlyLocally),
);

export const receiptsEnvironment = environment(() =>
  z
    .object({
      STAGE: text,
      DEVICES_TABLE: text,
      RECORD_RETENTION_DAYS: whole,
      ...trust,
      /** ARN of the key that requests to Apple are signed with. */
      APPLE_SECRET: text,
      ...standIns,
    })
    .check(onlyLocally),
);

export const deviceNoticesEnvironment = environment(() =>
  z.object({ STAGE: text, USER_POOL_ID: text, MAIL_FROM: text }),
);

export const operatorEnvironment = environment(() =>
  z.object({
    ...http,
    ...offers,
    RECORD_RETENTION_DAYS: whole,
    /** As JSON, by station: how its blocks are shared out. */
    SHARES: json<Readonly<Record<string, Shares>>>(),
    /** As JSON: how long draws are open, and what they wait for. */
    DRAWS: json<SharingPolicy['draws']>(),
  }),
);

export const feedProjectorEnvironment = environment(() =>
  z.object({ STAGE: text, ...offers, FEED_TABLE: text }),
);

export const feedRebuildEnvironment = environment(() =>
  z.object({ STAGE: text, ...offers, FEED_TABLE: text, ...stations }),
);

export const attemptsArchiveEnvironment = environment(() =>
  z.object({
    STAGE: text,
    ARCHIVE_BUCKET: text,
    ...challenge,
    ...detection,
    ATTEMPT_RETENTION_DAYS: whole,
    /** ARNs of the key that names are hashed with, as `generation=arn`. */
    NETWORK_KEYS: list,
  }),
);

export const detectionUpkeepEnvironment = environment(() =>
  z.object({ STAGE: text, ...detection, ATTEMPT_RETENTION_DAYS: whole }),
);

export const detectionPlannerEnvironment = environment(() =>
  z.object({ ...scoring, SCORING_QUEUE_URL: text }),
);

export const detectionScoringEnvironment = environment(() =>
  z.object({ ...scoring, CHALLENGES_TABLE: text, ATTEMPT_RETENTION_DAYS: whole }),
);

export const detectionVerdictsEnvironment = environment(() => z.object(findings));

export const detectionReviewEnvironment = environment(() => z.object({ ...findings, ...http }));

export const enforcementIntakeEnvironment = environment(() => z.object({ ...enforcement, ...foundThere }));

export const enforcementWorkflowEnvironment = environment(() => z.object(enforcement));

export const enforcementUpkeepEnvironment = environment(() => z.object(enforcement));

export const casesEnvironment = environment(() => z.object({ ...http, ...enforcement, ...foundThere }));

export const standingEnvironment = environment(() =>
  z.object({ ...http, ...enforcement, DETECTION_TABLE: text }),
);

export const auditArchiveEnvironment = environment(() => z.object({ STAGE: text, AUDIT_BUCKET: text }));

export const transparencyEnvironment = environment(() =>
  z.object({
    ...http,
    ENFORCEMENT_TABLE: text,
    DETECTION_TABLE: text,
    DETECTION: json<DetectionPolicy>(),
    /** As JSON: what is published of the stage. */
    LIVE: json<PublishedStage>(),
  }),
);

/** By function; no function imports it, or it would carry all of them. */
export const environments = {
  public: publicEnvironment,
  pages: pagesEnvironment,
  offers: offersEnvironment,
  telemetry: telemetryEnvironment,
  claims: claimsEnvironment,
  schedule: scheduleEnvironment,
  draws: drawsEnvironment,
  'sharing-worker': sharingWorkerEnvironment,
  devices: devicesEnvironment,
  challenges: challengesEnvironment,
  'check-in': checkInEnvironment,
  identity: identityEnvironment,
  'identity-review': identityReviewEnvironment,
  me: meEnvironment,
  'identity-upkeep': identityUpkeepEnvironment,
  'status-list': statusListEnvironment,
  receipts: receiptsEnvironment,
  'device-notices': deviceNoticesEnvironment,
  operator: operatorEnvironment,
  'feed-projector': feedProjectorEnvironment,
  'feed-rebuild': feedRebuildEnvironment,
  'attempts-archive': attemptsArchiveEnvironment,
  'detection-upkeep': detectionUpkeepEnvironment,
  'detection-planner': detectionPlannerEnvironment,
  'detection-scoring': detectionScoringEnvironment,
  'detection-verdicts': detectionVerdictsEnvironment,
  'detection-review': detectionReviewEnvironment,
  'enforcement-intake': enforcementIntakeEnvironment,
  'enforcement-workflow': enforcementWorkflowEnvironment,
  'enforcement-upkeep': enforcementUpkeepEnvironment,
  cases: casesEnvironment,
  standing: standingEnvironment,
  transparency: transparencyEnvironment,
  'audit-archive': auditArchiveEnvironment,
} as const;

export type FunctionName = keyof typeof environments;

/** Set by the runtime, not by the infrastructure. */
type RuntimeGiven =
  | keyof typeof identityProvider
  | keyof typeof standIns
  | keyof typeof faceEngine
  | keyof typeof busEngine
  | keyof typeof workflowEngine;

/** The variables that the infrastructure must pass to a function. */
export type DeployedEnvironment<F extends FunctionName> = {
  [K in Exclude<keyof z.input<(typeof environments)[F]>, RuntimeGiven>]: string;
};

/** What a function finds in its environment. */
export type EnvironmentOf<F extends FunctionName> = z.output<(typeof environments)[F]>;

export const readEnvironment = <S extends z.ZodMiniType>(
  schema: S,
  variables: Record<string, string | undefined> = process.env,
): z.output<S> => z.parse(schema, variables);
