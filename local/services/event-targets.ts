import { createHash } from 'node:crypto';
import { describeError, LocalFailure } from '../failure.ts';
import { callAwsJson } from './aws-json-client.ts';
import { AwsError, isJsonObject, type JsonObject } from './aws-json-server.ts';
import type { Clock } from './clock.ts';
import type { ServiceDeps } from './types.ts';

/** A function, queue or state machine to which a rule or a schedule delivers. */
export interface EventTarget {
  /** Rule and target in words, for the log. */
  readonly where: string;
  readonly arn: string;
  readonly tries: number;
  readonly deadLetterQueueArn: string | undefined;
  /** `json` is the rendered input; `key` is the same in every try of one delivery. */
  send(json: string, key: string): Promise<void>;
}

/** Refuses, in one line, a target that has no stand-in here. */
export function compileTarget(target: JsonObject, where: string, deps: ServiceDeps): EventTarget {
  const arn = String(target.Arn);
  const service = arn.split(':')[2] ?? '';
  const open = Object.hasOwn(senders, service) ? senders[service as keyof typeof senders] : undefined;
  if (open === undefined)
    throw new LocalFailure(`${where}: no local delivery to ${arn}, only to Lambda, SQS and Step Functions`);
  const { RetryPolicy: retry, DeadLetterConfig: deadLetter } = target;
  const retries = isJsonObject(retry) ? Number(retry.MaximumRetryAttempts ?? Infinity) : Infinity;
  return {
    where,
    arn,
    tries: 1 + Math.min(retries, retryDelaysMs.length),
    deadLetterQueueArn: isJsonObject(deadLetter) ? String(deadLetter.Arn) : undefined,
    send: open(arn, target, where, deps),
  };
}

type OpenSender = (arn: string, target: JsonObject, where: string, deps: ServiceDeps) => EventTarget['send'];

const senders = {
  lambda: (arn, _target, _where, deps) => async (json) => {
    await deps.invoke(arn, JSON.parse(json));
  },
  sqs: (arn, { SqsParameters: fifo }, where, deps) => {
    const QueueUrl = queueUrl(arn, where, deps);
    const group = isJsonObject(fifo) ? { MessageGroupId: fifo.MessageGroupId } : {};
    return async (MessageBody) => {
      await callAwsJson(deps.endpoints.sqs, 'AmazonSQS.SendMessage', { QueueUrl, MessageBody, ...group });
    };
  },
  states: (stateMachineArn, _target, _where, deps) => async (input, name) => {
    try {
      await callAwsJson(deps.endpoints.states, 'AWSStepFunctions.StartExecution', {
        stateMachineArn,
        input,
        name,
      });
    } catch (error) {
      // An earlier try got through and only its answer was lost.
      if (!(error instanceof AwsError && error.name === 'ExecutionAlreadyExists')) throw error;
    }
  },
} satisfies Record<string, OpenSender>;

function queueUrl(arn: string, where: string, deps: ServiceDeps): string {
  const queue = deps.resources.find(
    ({ type, attributes }) => type === 'AWS::SQS::Queue' && attributes.Arn === arn,
  );
  if (queue === undefined) throw new LocalFailure(`${where}: no queue ${arn} in the template`);
  return queue.physicalId;
}

/** AWS retries for a day; on one machine a target that fails three times will not recover by waiting. */
const retryDelaysMs = [1_000, 5_000] as const;

export interface Dispatcher {
  /** Delivers in the background, at least once; the event's id makes the tries of one delivery recognisable. */
  dispatch(target: EventTarget, json: string, eventId: string): void;
  stop(): void;
}

export function createDispatcher(deps: ServiceDeps, clock: Clock): Dispatcher {
  const pending = new Set<() => void>();
  let stopped = false;

  const attempt = async (
    target: EventTarget,
    json: string,
    key: string,
    tryNumber: number,
  ): Promise<void> => {
    try {
      await clock.during(target.send(json, key));
    } catch (error) {
      if (stopped) return;
      const delayMs = retryDelaysMs[tryNumber - 1];
      if (tryNumber >= target.tries || delayMs === undefined) return giveUp(target, json, error);
      const cancel = clock.after(delayMs, () => {
        pending.delete(cancel);
        void attempt(target, json, key, tryNumber + 1);
      });
      pending.add(cancel);
    }
  };

  /** The log names the event's target and fault, never its content: that may be about a person. */
  const giveUp = async (target: EventTarget, json: string, fault: unknown): Promise<void> => {
    deps.log(
      `${target.where}: dead letter for ${target.arn} after ${target.tries} tries: ${describeError(fault)}`,
    );
    if (target.deadLetterQueueArn === undefined) return;
    try {
      const QueueUrl = queueUrl(target.deadLetterQueueArn, target.where, deps);
      const letter = callAwsJson(deps.endpoints.sqs, 'AmazonSQS.SendMessage', {
        QueueUrl,
        MessageBody: json,
      });
      await clock.during(letter);
    } catch (error) {
      deps.log(`${target.where}: dead letter lost: ${describeError(error)}`);
    }
  };

  return {
    dispatch(target, json, eventId) {
      const destination = createHash('sha256')
        .update(`${target.where} ${target.arn}`)
        .digest('hex')
        .slice(0, 32);
      void attempt(target, json, `${eventId}_${destination}`, 1);
    },
    stop() {
      stopped = true;
      for (const cancel of pending) cancel();
      if (pending.size > 0) deps.log(`stopped before ${pending.size} deliveries could be tried again`);
    },
  };
}
