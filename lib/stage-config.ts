import { readFileSync } from 'node:fs';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import * as z from 'zod';
import { providerPolicy } from '#contract/challenge-policy.ts';
import { detectionPolicy } from '#contract/detection-policy.ts';
import { devicePolicy } from '#contract/device-policy.ts';
import { checkInPolicy, identityPolicy, stationPosition } from '#contract/identity-policy.ts';
import { jurisdictionOf, jurisdictionRefusal } from '#contract/jurisdiction.ts';
import { attestationMode, stationId } from '#contract/primitives.ts';
import { holdPolicy, riskPolicy } from '#contract/risk-policy.ts';
import { localBeaconKey, shares, sharingPolicy } from '#contract/sharing-policy.ts';

const days = z.int().min(1).max(3650);
/** A secret's current generation. Raise it by one and deploy to rotate. */
const generation = z.int().min(1);
const host = z.hostname();
const certificateArn = z.string().regex(/^arn:aws[a-z-]*:acm:/, 'expected the ARN of a certificate');

const station = z.strictObject({
  stationId,
  name: z.string().min(1).max(40),
  timeZone: z.string().refine((name) => Intl.supportedValuesOf('timeZone').includes(name), {
    error: 'expected an IANA time zone, such as America/Los_Angeles',
  }),
  /** Names the profile of local law, in `contract/jurisdictions`. */
  jurisdiction: z.string().superRefine((name, { addIssue }) => {
    const message = jurisdictionRefusal(name);
    if (message) addIssue({ code: 'custom', message });
  }),
  /** Left out: check-in does not ask where a driver is. */
  position: z.optional(stationPosition),
  /** Who claims a block that starts soon has to say where; how soon, and how near, is the stage's. Needs `sharing.instant`. */
  asksPosition: z.optional(z.boolean()),
  /** How blocks are shared out that are published without a way of their own. */
  shares,
});

/** How each station's blocks are shared out, for functions that publish. */
export const sharesVariable = (stations: readonly z.infer<typeof station>[]): string =>
  JSON.stringify(Object.fromEntries(stations.map(({ stationId, shares }) => [stationId, shares])));

/** To a meter: 20 stations must fit into the environment of a function. */
export const degrees = (exact: number): number => Number(exact.toFixed(5));

/** What is asked of who claims a block that starts soon; `null`: nothing. */
export const instantVariable = ({ sharing, stations }: StageConfig): string =>
  JSON.stringify(
    sharing.instant
      ? {
          ...sharing.instant,
          positions: Object.fromEntries(
            stations.flatMap(({ stationId, position: at, asksPosition }) =>
              at && asksPosition ? [[stationId, [degrees(at.latitude), degrees(at.longitude)]]] : [],
            ),
          ),
        }
      : null,
  );

/** The stations as functions read them from their environment. */
export const stationsVariable = (stations: readonly z.infer<typeof station>[]): string =>
  JSON.stringify(stations.map(({ stationId, name, timeZone }) => ({ stationId, name, timeZone })));

/** Where the law and the clock of each station are, for functions that work on cases. */
export const workplacesVariable = (stations: readonly z.infer<typeof station>[]): string =>
  JSON.stringify(
    Object.fromEntries(
      stations.map(({ stationId, timeZone, jurisdiction }) => [stationId, [timeZone, jurisdiction]]),
    ),
  );

/** What Lambda allows for all variables of a function, and what the others may take of it. */
const environmentBytes = 4096;
export const environmentReserveBytes = 2176;
const stationsBytes = environmentBytes - environmentReserveBytes;

const attestation = z.strictObject({
  mode: attestationMode,
  /** Shares of drivers with a mode of their own, in this order. */
  cohorts: z.array(
    z.strictObject({
      name: z.string().regex(/^[a-z0-9-]{1,20}$/),
      percent: z.int().min(1).max(100),
      mode: attestationMode,
    }),
  ),
});
const percentOf = (cohorts: readonly { percent: number }[]) =>
  cohorts.reduce((sum, { percent }) => sum + percent, 0);

/** Apple's validation category of apps from its store; TestFlight is 2. */
const appStore = 4;
const shortestCoolingOffHours = 24;

const stageConfig = z
  .strictObject({
    name: z.string().regex(/^[a-z][a-z0-9-]{0,19}$/),
    region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/),
    /** Refuses to deploy into any other account. */
    account: z
      .string()
      .regex(/^\d{12}$/)
      .optional(),
    production: z.boolean(),
    /** What happens to data when the stack is deleted. */
    removalPolicy: z.enum(['destroy', 'retain']),
    logRetentionDays: z.enum(RetentionDays, { error: 'expected a retention that CloudWatch Logs offers' }),
    recordRetentionDays: days,
    attemptRetentionDays: days,
    waf: z.strictObject({ enabled: z.boolean(), botControl: z.boolean() }),
    alarmEmail: z.email().optional(),
    /** Sender of notices. */
    mailFrom: z.email().optional(),
    /** Where a driver reaches a person; it stands in every notice. */
    contact: z.string().min(3).max(80),
    attestation,
    devices: devicePolicy,
    challenge: z.strictObject({
      /** `measure` records what would be asked, and asks nothing. */
      mode: attestationMode,
      risk: riskPolicy,
      holds: holdPolicy,
      provider: providerPolicy,
    }),
    identity: identityPolicy,
    detection: detectionPolicy,
    sharing: sharingPolicy,
    checkIn: checkInPolicy,
    /** False only where the machine that runs the stack has no certificate: the local stage. */
    tls: z.boolean(),
    domain: z
      .strictObject({
        publicHost: host,
        /** CloudFront takes it from us-east-1. */
        publicCertificateArn: certificateArn.includes(':us-east-1:', 'the certificate must be in us-east-1'),
        apiHost: host,
        /** In the stage's region. */
        apiCertificateArn: certificateArn,
      })
      .optional(),
    /** Accepts that a production stage without a domain leaves the gateway's own endpoint open. */
    openEndpoint: z.boolean().optional(),
    maxWeeklyMinutes: z.int().min(0).max(10_080),
    releaseLeadMinutes: z.int().min(0).max(10_080),
    secrets: z.strictObject({
      offerKey: generation,
      edge: generation,
      deviceTokenKey: generation,
      challengeKey: generation,
      scheduleKey: generation,
      networkKey: generation,
    }),
    /** At most 20, and few bytes: they travel in the functions' environment. */
    stations: z.array(station).min(1).max(20),
  })
  .superRefine((stage, { addIssue }) => {
    const refuse = (key: keyof typeof stage, message: string) =>
      addIssue({ code: 'custom', path: [key], message });
    if (!stage.tls && (stage.production || stage.name !== 'local'))
      refuse('tls', 'only the local stage may go without');
    if (stage.waf.botControl && !stage.waf.enabled) refuse('waf', 'bot control needs the firewall enabled');
    // Lambda measures the environment as JSON, so the quotes of a value that is JSON count twice.
    const bytes = Buffer.byteLength(JSON.stringify(stationsVariable(stage.stations)));
    if (bytes > stationsBytes)
      refuse('stations', `${bytes} bytes, and functions have room for ${stationsBytes}: shorten the names`);
    const { risk, holds, provider } = stage.challenge;
    if (!(risk.workAt <= risk.unlockAt && risk.unlockAt <= risk.taskAt))
      refuse('challenge', 'the steps of the ladder must ask for more, not for less');
    if (risk.selfieAt !== undefined)
      refuse('challenge', 'selfieAt is not built yet: selfies are asked for at check-in');
    const { processor, liveness, bands, schedule } = stage.identity;
    if (bands.unsureAt > bands.passAt) refuse('identity', 'unsureAt must not be above passAt');
    if (schedule.mostPerDay > schedule.mostPerWeek)
      refuse('identity', 'a week cannot have fewer askings than a day');
    if (liveness.enrolment === 'required' && liveness.component === 'none')
      refuse('identity', 'a first photo that needs the liveness component needs the component');
    if ((processor === 'local-open-model' || liveness.component === 'local') && stage.production)
      refuse('identity', 'the engine for development is not for production');
    if (holds.perBlockSeconds < holds.seconds)
      refuse('challenge', 'perBlockSeconds leaves no room for one hold');
    if (provider.name === 'aws-waf' && !stage.waf.enabled)
      refuse('challenge', 'the provider aws-waf needs the firewall enabled');
    const isLocal = stage.name === 'local' && !stage.production;
    if (stage.sharing.draws.beacon.publicKey === localBeaconKey && !isLocal)
      refuse('sharing', 'everybody has the key of the local beacon: name a public one');
    if (
      stage.stations.some(({ asksPosition, position: at }) => asksPosition && !(at && stage.sharing.instant))
    )
      refuse('stations', 'asking where a driver is needs the position of the station, and `sharing.instant`');
    if (stage.domain && stage.openEndpoint) refuse('openEndpoint', 'a domain shuts the endpoint');
    // Whoever has the keys of test anchors, and everybody has, could make phones.
    if (stage.devices.testAnchors && stage.name !== 'local')
      refuse('devices', 'test anchors belong to the local stage');
    if (percentOf(stage.attestation.cohorts) > 100)
      refuse('attestation', 'the cohorts are more than all drivers');
    const enforces = [stage.attestation, ...stage.attestation.cohorts].some(({ mode }) => mode === 'enforce');
    const { ios, android } = stage.devices;
    if (enforces && !ios && !android) refuse('devices', '"enforce" needs phones that can be verified');
    if (enforces && android?.signatureDigests.some((digest) => /^0+$/.test(digest)))
      refuse('devices', '"enforce" needs the digest of the certificate that signs your app');
    const { maxChanges, attestationLifetimeDays } = stage.devices.enrolment;
    // Android phones renew their keys at half the lifetime; a real change of phones must fit as well.
    if (maxChanges <= 60 / attestationLifetimeDays)
      refuse('devices', `maxChanges ${maxChanges} is used up by renewals of ${attestationLifetimeDays} days`);
    if (!stage.production) return;
    for (const { stationId, jurisdiction } of stage.stations) {
      const { recordDays } = jurisdictionRefusal(jurisdiction)
        ? { recordDays: 0 }
        : jurisdictionOf(jurisdiction).clocks;
      if (stage.recordRetentionDays < recordDays)
        refuse('recordRetentionDays', `${stationId} keeps records of decisions for ${recordDays} days`);
    }
    const { attestation, devices } = stage;
    if ([attestation, ...attestation.cohorts].some(({ mode }) => mode === 'off'))
      refuse('attestation', 'production refuses "off"');
    if (devices.testAnchors) refuse('devices', 'production refuses test anchors');
    if (devices.ios?.environment === 'development')
      refuse('devices', 'production refuses development phones');
    if (devices.ios?.validationCategories.some((category) => category !== appStore))
      refuse('devices', 'production takes apps of the App Store only, validation category 4');
    if (devices.enrolment.coolingOffHours < shortestCoolingOffHours)
      refuse(
        'devices',
        `production waits at least ${shortestCoolingOffHours} hours after a change of phones`,
      );
    if (stage.removalPolicy === 'destroy') refuse('removalPolicy', 'production refuses "destroy"');
    if (!stage.domain && !stage.openEndpoint)
      refuse('domain', 'production needs one, else "openEndpoint": true (docs/deploy.md)');
    if (!stage.mailFrom) refuse('mailFrom', 'production needs a sender: drivers are told about every phone');
    if (!stage.alarmEmail) refuse('alarmEmail', 'production needs somebody to tell');
  });

export type StageConfig = z.infer<typeof stageConfig>;

/** The stage cannot be deployed as it is written; the message is one line for whoever wrote it. */
export class InvalidStage extends Error {}

export const parseStage = (source: string, value: unknown): StageConfig => {
  const { success, data, error } = stageConfig.safeParse(value);
  if (success) return data;
  const faults = error.issues.map(({ path, message }) =>
    [path.join('.'), message].filter(Boolean).join(': '),
  );
  throw new InvalidStage(`${source}: ${faults.join('; ')}`);
};

export const readStage = (name: string): StageConfig => {
  const source = `lib/stages/${name}.json`;
  let text: string;
  try {
    text = readFileSync(new URL(`./stages/${name}.json`, import.meta.url), 'utf8');
  } catch {
    throw new InvalidStage(`${source}: there is no such stage`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new InvalidStage(`${source}: ${(error as Error).message.split('\n')[0]}`);
  }
  const stage = parseStage(source, value);
  if (stage.name !== name) throw new InvalidStage(`${source}: name: expected "${name}"`);
  return stage;
};
