import { Duration } from 'aws-cdk-lib';
import { EventBus, Match } from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';
import type { StageConfig } from './stage-config.ts';

/** What the capabilities tell each other, kept as long as attempts so that it can be replayed. */
export class Bus extends Construct {
  readonly bus: EventBus;

  constructor(scope: Construct, id: string, stage: StageConfig) {
    super(scope, id);
    this.bus = new EventBus(this, 'Bus', { eventBusName: `evenfield-${stage.name}` });
    this.bus.archive('Archive', {
      eventPattern: { source: Match.prefix('evenfield') },
      retention: Duration.days(stage.attemptRetentionDays),
    });
  }
}
