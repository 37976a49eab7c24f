import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { Accounts } from './accounts.ts';
import { Activity } from './activity.ts';
import { Alarms } from './alarms.ts';
import { Attempts } from './attempts.ts';
import { Audit } from './audit.ts';
import type { Bundles } from './bundles.ts';
import { Bus } from './bus.ts';
import { CaseRoutes } from './case-routes.ts';
import { Challenges, ChallengeTasks } from './challenges.ts';
import { Detection } from './detection.ts';
import { DeviceUpkeep } from './device-upkeep.ts';
import { Devices } from './devices.ts';
import { Draws } from './draws.ts';
import { Edge } from './edge.ts';
import { Enforcement } from './enforcement.ts';
import { Feed } from './feed.ts';
import { HttpApi } from './http-api.ts';
import { httpContext } from './http-context.ts';
import { Identity } from './identity.ts';
import { Mail } from './mail.ts';
import { Offers } from './offers.ts';
import { Pages, pagePaths } from './pages.ts';
import { Public } from './public.ts';
import { SecretGenerations } from './secrets.ts';
import type { StageConfig } from './stage-config.ts';
import { Telemetry } from './telemetry.ts';

export interface EvenfieldStackProps extends StackProps {
  readonly stage: StageConfig;
  readonly bundles: Bundles;
  readonly webAclArn?: string;
}

export class EvenfieldStack extends Stack {
  constructor(scope: Construct, id: string, { stage, bundles, webAclArn, ...props }: EvenfieldStackProps) {
    super(scope, id, props);
    const platform = { stage, bundles, alarms: new Alarms(this, 'Alarms', stage) };

    const accounts = new Accounts(this, 'Accounts', stage);
    const edgeSecret = new SecretGenerations(this, 'EdgeSecret', stage.secrets.edge);
    const offerKey = new SecretGenerations(this, 'OfferKey', stage.secrets.offerKey);
    const http = httpContext(stage, accounts, edgeSecret);
    const api = new HttpApi(this, 'HttpApi', platform);
    const edge = new Edge(this, 'Edge', {
      stage,
      originHost: api.originHost,
      secret: edgeSecret,
      ...(webAclArn && { webAclArn }),
    });
    const { publicOrigin } = edge;

    const { bus } = new Bus(this, 'Bus', stage);
    if (stage.mailFrom) new Mail(this, 'Mail', stage.mailFrom);

    const devices = new Devices(this, 'Devices', platform, { http, publicOrigin });
    const { phones } = devices;
    const appleSecretArn = stage.devices.ios?.receiptSecretArn;
    new DeviceUpkeep(this, 'DeviceUpkeep', platform, {
      table: devices.table,
      accounts,
      ...(appleSecretArn && { appleSecretArn }),
    });
    const challenges = new Challenges(this, 'Challenges', platform);
    const activity = new Activity(this, 'Activity', platform, bus);
    const attempts = new Attempts(this, 'Attempts', platform, { challenges, activity });
    const offers = new Offers(this, 'Offers', platform, {
      phones,
      offerKey,
      attempts: attempts.queue,
      challenges,
    });
    const tasks = new ChallengeTasks(this, 'ChallengeTasks', platform, {
      challenges,
      phones,
      offersTable: offers.table,
      attempts: attempts.queue,
    });
    const judged = {
      accounts,
      activity,
      bus,
      devicesTable: devices.table,
      offersTable: offers.table,
      challengesTable: challenges.table,
    };
    const enforcement = new Enforcement(this, 'Enforcement', platform, judged);
    const caseRoutes = new CaseRoutes(this, 'CaseRoutes', platform, { ...judged, http, enforcement });
    const identity = new Identity(this, 'Identity', platform, {
      phones,
      offersTable: offers.table,
      devicesTable: devices.table,
      enforcementTable: enforcement.table,
      attempts: attempts.queue,
      bus,
    });
    const draws = new Draws(this, 'Draws', platform, {
      phones,
      offerKey,
      accounts,
      bus,
      offersTable: offers.table,
      devicesTable: devices.table,
      signingKey: identity.signingKey,
    });
    const feed = new Feed(this, 'Feed', platform, {
      phones,
      offerKey,
      offersTable: offers.table,
      attempts: attempts.queue,
    });
    const telemetry = new Telemetry(this, 'Telemetry', platform, { phones, attempts: attempts.queue });
    const detection = new Detection(this, 'Detection', platform, { http, activity, challenges, bus });
    new Audit(this, 'Audit', platform, { table: enforcement.table });
    const visitors = new Public(this, 'Public', platform, {
      http,
      feedTable: feed.table,
      publicOrigin,
    });

    api.serve('public', visitors);
    api.serve('offers', feed.offers);
    api.serve('telemetry', telemetry);
    api.serve('claims', offers.claims);
    api.serve('schedule', offers.schedule);
    api.serve('draws', draws.draws);
    api.serve('operator', offers.operator);
    api.serve('devices', devices.devices);
    api.serve('challenges', tasks);
    api.serve('check-in', identity.checkIn);
    api.serve('identity', identity.drivers);
    api.serve('identity-review', identity.review);
    api.serve('me', identity.me);
    api.serve('detection-review', detection.review);
    api.serve('cases', caseRoutes.cases);
    api.serve('standing', caseRoutes.standing);
    api.serve('transparency', caseRoutes.transparency);
    api.serveFiles('pages', new Pages(this, 'Pages', platform, http), pagePaths);
    api.serveUnmatched(visitors);
    platform.alarms.addShared();

    new CfnOutput(this, 'PublicUrl', { value: publicOrigin });
    new CfnOutput(this, 'UserPoolId', { value: accounts.pool.userPoolId });
    new CfnOutput(this, 'ClientId', { value: accounts.client.userPoolClientId });
  }
}
