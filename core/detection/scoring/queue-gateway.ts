import * as z from 'zod/mini';
import { reviewVerdictDetail } from '#contract/findings.ts';
import type { AwsCall } from '#core/shared/aws-json-gateway.ts';

/** Some accounts of a batch that are to be brought up to date and, where it is time, looked at. */
export const scoringMessage = z.strictObject({
  v: z.literal(1),
  batchId: z.string(),
  /** Name of the message within its batch. */
  part: z.string(),
  accounts: z.array(z.string()),
});
export type ScoringMessage = z.infer<typeof scoringMessage>;

/** What comes through the queue: accounts to be scored, and from the bus verdicts that end friction. */
export const queuedMessage = z.union([scoringMessage, reviewVerdictDetail]);

/** As many as SQS takes at once. */
const atOnce = 10;

/** Sends all messages, or rejects: those that went then go again with the next batch, which changes nothing. */
export const scoringQueue =
  (call: AwsCall, QueueUrl: string) =>
  async (messages: readonly ScoringMessage[]): Promise<void> => {
    for (let from = 0; from < messages.length; from += atOnce) {
      const Entries = messages
        .slice(from, from + atOnce)
        .map((message, index) => ({ Id: String(index), MessageBody: JSON.stringify(message) }));
      const { Failed = [] } = (await call('AmazonSQS.SendMessageBatch', { QueueUrl, Entries })) as {
        Failed?: unknown[];
      };
      if (Failed.length > 0) throw new Error(`the queue refused ${Failed.length} messages`);
    }
  };
