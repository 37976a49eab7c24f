import { Duration } from 'aws-cdk-lib';
import { AccountRecovery, FeaturePlan, Mfa, UserPool, type UserPoolClient } from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import { operatorGroups } from '#contract/route.ts';
import { explain } from './explain.ts';
import { removalPolicy } from './removal-policy.ts';
import type { StageConfig } from './stage-config.ts';

/** Who can sign in. Accounts are created by operators, never by visitors. */
export class Accounts extends Construct {
  readonly pool: UserPool;
  readonly client: UserPoolClient;

  constructor(scope: Construct, id: string, stage: StageConfig) {
    super(scope, id);
    this.pool = new UserPool(this, 'Pool', {
      selfSignUpEnabled: false,
      signInAliases: { email: true },
      signInCaseSensitive: false,
      standardAttributes: { email: { required: true, mutable: true } },
      accountRecovery: AccountRecovery.EMAIL_ONLY,
      passwordPolicy: {
        minLength: 12,
        requireLowercase: true,
        requireUppercase: true,
        requireDigits: true,
        requireSymbols: true,
        tempPasswordValidity: Duration.days(3),
      },
      // By authenticator app, so that no phone number is stored.
      mfa: Mfa.OPTIONAL,
      mfaSecondFactor: { otp: true, sms: false },
      featurePlan: FeaturePlan.ESSENTIALS,
      deletionProtection: stage.removalPolicy === 'retain',
      removalPolicy: removalPolicy(stage),
    });
    explain(this.pool, {
      COG2: 'Drivers prove their phone on each request instead; operators are made to enrol (docs/deploy.md).',
      COG8: 'The plus plan scores sign-ins by address and country, which this product does not do.',
    });
    this.client = this.pool.addClient('App', {
      authFlows: { userPassword: true, userSrp: true },
      disableOAuth: true,
      generateSecret: false,
      accessTokenValidity: Duration.minutes(60),
      idTokenValidity: Duration.minutes(60),
      refreshTokenValidity: Duration.days(30),
      preventUserExistenceErrors: true,
      enableTokenRevocation: true,
    });
    for (const groupName of operatorGroups) this.pool.addGroup(groupName, { groupName });
  }
}
