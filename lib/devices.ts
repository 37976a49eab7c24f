import { AttributeType, StreamViewType } from 'aws-cdk-lib/aws-dynamodb';
import { FilterPattern } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { DeployedEnvironment, FunctionName } from '#lambdas/env.ts';
import { everyMinute } from './alarms.ts';
import { EvenfieldFunction } from './functions.ts';
import type { HttpContext } from './http-context.ts';
import type { Platform } from './platform.ts';
import { SecretGenerations } from './secrets.ts';
import { EvenfieldTable } from './tables.ts';

const impact =
  'Drivers cannot enrol a phone or get a token for it; ten minutes later none of them can claim.';

/** What every function needs that answers drivers on their phones. */
export interface PhoneContext extends HttpContext {
  readonly phoneEnvironment: HttpContext['environment'] &
    Pick<
      DeployedEnvironment<'offers'>,
      'ATTESTATION' | 'DEVICES_TABLE' | 'DEVICE_TOKEN_KEYS' | 'PUBLIC_API_ORIGIN'
    >;
  readonly tokenKey: SecretGenerations;
  /** Lets a function read which sessions were ended, and with `consume` mark proofs as used. */
  readonly allowProofs: <F extends FunctionName>(
    to: EvenfieldFunction<F>,
    options?: { consume: boolean },
  ) => void;
  /** Lets a function read the key that a phone unlocks. */
  readonly allowUnlockKeys: <F extends FunctionName>(to: EvenfieldFunction<F>) => void;
}

export interface DevicesProps {
  readonly http: HttpContext;
  readonly publicOrigin: string;
}

/** Phones, whose they are and what they have proven. */
export class Devices extends Construct {
  readonly table: EvenfieldTable;
  readonly devices: EvenfieldFunction<'devices'>;
  readonly phones: PhoneContext;

  constructor(scope: Construct, id: string, platform: Platform, props: DevicesProps) {
    super(scope, id);
    const { stage } = platform;
    this.table = new EvenfieldTable(this, 'Table', platform, {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      timeToLiveAttribute: 'ttl',
      dynamoStream: StreamViewType.NEW_IMAGE,
      impact,
    });
    const tokenKey = new SecretGenerations(this, 'TokenKey', stage.secrets.deviceTokenKey);
    this.phones = {
      ...props.http,
      tokenKey,
      phoneEnvironment: {
        ...props.http.environment,
        ATTESTATION: JSON.stringify(stage.attestation),
        DEVICES_TABLE: this.table.tableName,
        DEVICE_TOKEN_KEYS: tokenKey.numberedArns,
        PUBLIC_API_ORIGIN: props.publicOrigin,
      },
      allowProofs: (to, { consume } = { consume: false }) => {
        const writes = consume ? ['dynamodb:PutItem', 'dynamodb:UpdateItem'] : [];
        to.allow(['dynamodb:Query', ...writes], [this.table.tableArn]);
      },
      allowUnlockKeys: (to) => to.allow(['dynamodb:GetItem'], [this.table.tableArn]),
    };
    this.devices = this.createDevices(platform);
  }

  /** AA13, AK19: a key that comes with a second account. Once is a colleague's phone; again and again is a farm. */
  private watchForeignKeys({ alarms, stage }: Platform, devices: EvenfieldFunction<'devices'>): void {
    const tried = devices.logGroup.addMetricFilter('ForeignKeys', {
      filterPattern: FilterPattern.all(
        FilterPattern.stringValue('$.message.code', '=', 'device.refused'),
        FilterPattern.stringValue('$.message.refusal', '=', 'device-key-in-use'),
      ),
      metricNamespace: `Evenfield/${stage.name}`,
      metricName: 'device-keys-in-use',
    });
    alarms.add(this, 'ForeignKeysTried', {
      metric: tried.metric({ period: everyMinute, statistic: 'Sum' }),
      threshold: 3,
      impact: 'Somebody tries to bring the phone of one driver to the accounts of others.',
      runbook: 'device-keys-are-tried-again',
    });
  }

  private createDevices(platform: Platform) {
    const { stage } = platform;
    const { tokenKey, phoneEnvironment, edgeSecret, allowProofs } = this.phones;
    const playSecret = stage.devices.android?.playIntegrity?.secretArn;
    const devices = new EvenfieldFunction(this, 'Devices', platform, {
      name: 'devices',
      environment: {
        ...phoneEnvironment,
        RECORD_RETENTION_DAYS: String(stage.recordRetentionDays),
        PRODUCTION: String(stage.production),
        DEVICE_POLICY: JSON.stringify(stage.devices),
      },
      secrets: [edgeSecret, tokenKey],
      impact,
      timeoutSeconds: 15,
      // Verifying is work for the processor, and Lambda gives it by memory.
      memoryMegabytes: 1024,
      slowMilliseconds: 3_000,
    }).allow(
      [
        'dynamodb:BatchGetItem',
        'dynamodb:ConditionCheckItem',
        'dynamodb:DeleteItem',
        'dynamodb:PutItem',
        'dynamodb:UpdateItem',
      ],
      [this.table.tableArn],
    );
    allowProofs(devices);
    this.watchForeignKeys(platform, devices);
    if (playSecret) devices.allow(['secretsmanager:GetSecretValue'], [playSecret]);
    return devices;
  }
}
