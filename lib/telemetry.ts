import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { PhoneContext } from './devices.ts';
import { EvenfieldFunction } from './functions.ts';
import type { Platform } from './platform.ts';

export interface TelemetryProps {
  readonly phones: PhoneContext;
  readonly attempts: Queue;
}

/** Takes what the app tells of offers, apart from everything that drivers wait for. */
export class Telemetry extends EvenfieldFunction<'telemetry'> {
  constructor(scope: Construct, id: string, platform: Platform, { phones, attempts }: TelemetryProps) {
    super(scope, id, platform, {
      name: 'telemetry',
      environment: { ...phones.phoneEnvironment, ATTEMPTS_QUEUE_URL: attempts.queueUrl },
      secrets: [phones.edgeSecret, phones.tokenKey],
      impact: 'What the app tells is lost: drivers lack records in their favour.',
      timeoutSeconds: 10,
      memoryMegabytes: 512,
      slowMilliseconds: 2_000,
    });
    phones.allowProofs(this, { consume: true });
    this.allow(['sqs:SendMessage'], [attempts.queueArn]);
  }
}
