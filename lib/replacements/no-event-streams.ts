/**
 * Takes the place of `@smithy/core/event-streams`, which the SDK loads when an operation streams events.
 * None of ours does; S3 only registers these functions, for an operation that we do not call.
 */
const refuse = (): never => {
  throw new Error('this bundle holds no event streams');
};

export const eventStreamSerdeProvider = refuse;
export const EventStreamSerde = refuse;
export const resolveEventStreamSerdeConfig = <T>(config: T): T => config;
