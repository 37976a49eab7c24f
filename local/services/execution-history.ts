import type { StateMachine } from 'aws-local-stepfunctions';
import { epochSeconds, type JsonObject } from './aws-json-server.ts';

type EngineEvents = ReturnType<StateMachine['run']>['eventLogs'];
export type EngineEvent = EngineEvents extends AsyncGenerator<infer Event> ? Event : never;

/**
 * The engine's events under the names of GetExecutionHistory. Entering, leaving and failing are there;
 * what AWS writes in between (scheduled, started, submitted) the engine does not tell.
 */
export function historyOf(events: readonly EngineEvent[]): JsonObject[] {
  return events
    .map(describe)
    .filter((event) => event !== undefined)
    .map((event, index) => ({ ...event, id: index + 1, previousEventId: index }));
}

function describe(event: EngineEvent): JsonObject | undefined {
  const timestamp = epochSeconds(event.timestamp);
  switch (event.type) {
    case 'ExecutionStarted':
      return {
        timestamp,
        type: event.type,
        executionStartedEventDetails: { input: JSON.stringify(event.input) },
      };
    case 'ExecutionSucceeded':
      return {
        timestamp,
        type: event.type,
        executionSucceededEventDetails: { output: JSON.stringify(event.output) },
      };
    case 'ExecutionFailed':
      return { timestamp, type: event.type, executionFailedEventDetails: fault(event) };
    case 'ExecutionAborted':
      return { timestamp, type: event.type, executionAbortedEventDetails: {} };
    case 'ExecutionTimeout':
      return { timestamp, type: 'ExecutionTimedOut', executionTimedOutEventDetails: {} };
    case 'StateEntered': {
      const { name, type, input } = event.state;
      const stateEnteredEventDetails = { name, input: JSON.stringify(input) };
      return { timestamp, type: `${type}StateEntered`, stateEnteredEventDetails };
    }
    case 'StateExited': {
      const { name, type, output } = event.state;
      const stateExitedEventDetails = { name, output: JSON.stringify(output) };
      return { timestamp, type: `${type}StateExited`, stateExitedEventDetails };
    }
    case 'StateFailed':
      return event.state.type === 'Task'
        ? { timestamp, type: 'TaskFailed', taskFailedEventDetails: fault(event) }
        : undefined;
    case 'MapIterationStarted':
    case 'MapIterationSucceeded':
    case 'MapIterationFailed': {
      const details = { name: event.parentState.name, index: event.index };
      return { timestamp, type: event.type, [`m${event.type.slice(1)}EventDetails`]: details };
    }
    default:
      return undefined;
  }
}

function fault({ Error: error, Cause: cause }: { Error: string; Cause: unknown }): JsonObject {
  return { error, cause: typeof cause === 'string' ? cause : JSON.stringify(cause) };
}
