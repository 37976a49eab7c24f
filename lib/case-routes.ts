import { Construct } from 'constructs';
import type { CaseContext, Enforcement } from './enforcement.ts';
import { EvenfieldFunction } from './functions.ts';
import type { HttpContext } from './http-context.ts';
import type { Platform } from './platform.ts';
import type { StageConfig } from './stage-config.ts';

export interface CaseRoutesProps extends CaseContext {
  readonly http: HttpContext;
  readonly enforcement: Enforcement;
}

const undecided = 'People cannot look at cases nor decide, and appeals wait.';
const unheard = 'Drivers cannot see their notices, answer them, appeal or leave.';

/** What people do about cases: those who decide, those who are judged, and everybody who wants to know the rules. */
export class CaseRoutes extends Construct {
  readonly cases: EvenfieldFunction<'cases'>;
  readonly standing: EvenfieldFunction<'standing'>;
  readonly transparency: EvenfieldFunction<'transparency'>;

  constructor(scope: Construct, id: string, platform: Platform, props: CaseRoutesProps) {
    super(scope, id);
    this.cases = this.createCases(platform, props);
    this.standing = this.createStanding(platform, props);
    this.transparency = this.createTransparency(platform, props);
  }

  private createCases(platform: Platform, props: CaseRoutesProps): EvenfieldFunction<'cases'> {
    const { activity, enforcement, http } = props;
    const cases = new EvenfieldFunction(this, 'Cases', platform, {
      name: 'cases',
      environment: {
        ...enforcement.environment,
        ...http.environment,
        DETECTION_TABLE: activity.table.tableName,
        PSEUDONYMS_TABLE: activity.pseudonyms.tableName,
        DETECTION: JSON.stringify(platform.stage.detection),
      },
      secrets: [http.edgeSecret],
      impact: undecided,
      timeoutSeconds: 29,
      memoryMegabytes: 512,
      slowMilliseconds: 5_000,
    }).allow(['dynamodb:GetItem'], [activity.table.tableArn, activity.pseudonyms.tableArn]);
    enforcement.allowCases(cases, props);
    enforcement.allowWaking(cases);
    return cases;
  }

  private createStanding(platform: Platform, props: CaseRoutesProps): EvenfieldFunction<'standing'> {
    const { activity, enforcement, http } = props;
    const standing = new EvenfieldFunction(this, 'Standing', platform, {
      name: 'standing',
      environment: {
        ...enforcement.environment,
        ...http.environment,
        DETECTION_TABLE: activity.table.tableName,
      },
      secrets: [http.edgeSecret],
      impact: unheard,
      timeoutSeconds: 29,
      memoryMegabytes: 512,
      slowMilliseconds: 5_000,
    }).allow(['dynamodb:GetItem'], [activity.table.tableArn]);
    enforcement.allowCases(standing, props);
    // Leaving and recovering take effect at once.
    enforcement.allowEffects(standing, props);
    enforcement.allowWaking(standing);
    return standing;
  }

  private createTransparency(
    platform: Platform,
    { activity, http, enforcement }: CaseRoutesProps,
  ): EvenfieldFunction<'transparency'> {
    const { stage } = platform;
    return new EvenfieldFunction(this, 'Transparency', platform, {
      name: 'transparency',
      environment: {
        ...http.environment,
        ENFORCEMENT_TABLE: enforcement.table.tableName,
        DETECTION_TABLE: activity.table.tableName,
        DETECTION: JSON.stringify(stage.detection),
        LIVE: liveVariable(stage),
      },
      secrets: [http.edgeSecret],
      impact: 'Nobody can read by which rules drivers are judged.',
      timeoutSeconds: 15,
      memoryMegabytes: 512,
      slowMilliseconds: 3_000,
    }).allow(['dynamodb:Query'], [enforcement.table.tableArn, activity.table.tableArn]);
  }
}

/** What is published of the configuration that runs, as JSON. */
const liveVariable = (stage: StageConfig): string =>
  JSON.stringify({
    // Without the names of members: 20 stations must fit into the environment of a function.
    stations: stage.stations.map(({ stationId, name, jurisdiction, shares }) => [
      ...[stationId, name, jurisdiction],
      [shares.draw, shares.reserved, shares.gated, shares.direct],
    ]),
    sharing: { ...stage.sharing, draws: { ...stage.sharing.draws, beaconUrls: undefined } },
    attestation: stage.attestation.mode,
    challenge: stage.challenge.mode,
    retention: [
      { what: 'what an account did, by pseudonym', days: stage.attemptRetentionDays },
      { what: 'blocks, checks, and the locked copy of the audit', days: stage.recordRetentionDays },
      { what: 'reference photos', days: stage.identity.retention.referenceDays },
    ],
  });
