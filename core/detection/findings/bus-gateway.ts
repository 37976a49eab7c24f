import { detectionSource } from '#contract/findings.ts';
import type { AwsCall } from '#core/shared/aws-json-gateway.ts';
import type { Tell } from './give-verdict.ts';

/** One event after the other: they are few. Rejects when the bus did not take it. */
export const busGateway =
  (call: AwsCall, busName: string, Source: string = detectionSource): Tell =>
  async (DetailType, detail) => {
    const entry = {
      EventBusName: busName,
      Source,
      DetailType,
      Detail: JSON.stringify(detail),
    };
    const { FailedEntryCount = 0 } = (await call('AWSEvents.PutEvents', { Entries: [entry] })) as {
      FailedEntryCount?: number;
    };
    if (FailedEntryCount > 0) throw new Error(`the bus refused ${DetailType}`);
  };
