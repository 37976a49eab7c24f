import { PutItemCommand, TransactWriteItemsCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Database } from '#core/shared/dynamodb-store.ts';
import type { Chance } from './chance.ts';
import { DatabaseError } from './engine.ts';

/** What can happen to a request on its way to DynamoDB and back. */
export const faultKinds = [
  'throttled',
  'request-lost',
  'response-lost',
  'zombie',
  'duplicate',
  'conflict',
  'crash',
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** One run of a use case in a warm function. */
export interface Invocation {
  /** For the trace, such as `d1 claim b0@1`. */
  label: string;
  /** Requests sent, each try counted. */
  sends: number;
  /** Called when the function dies: the use case never resumes. */
  crash: () => void;
}

type Command = TransactWriteItemsCommand | UpdateItemCommand | { input: object };
type Answer = { value: unknown } | { error: unknown };

interface Waiting {
  weight: number;
  happen: () => Promise<void> | void;
}

export interface NetworkDeps {
  engine: Database;
  chance: Chance;
  faultRate: number;
  faults: readonly FaultKind[];
  /** How many requests take far longer than others; left out: none. */
  slowRate?: number;
  startsAt: number;
  /** Told of each write that the engine carried out, whoever still waits for it. */
  landed: (invocation: Invocation, command: { input: object }) => Promise<void>;
  log: (line: string) => void;
}

export interface Network {
  now(): number;
  /** The Database of one invocation: a request waits until the scheduler picks it. */
  database(invocation: Invocation): Database;
  sleep(ms: number): Promise<void>;
  /** Waits until the scheduler lets this driver act. */
  turn(): Promise<void>;
  /** Somebody else does this at some moment, and nothing happens meanwhile. */
  later(work: () => Promise<void>): void;
  /** Lets one thing happen after another until nobody waits and the last late request has landed. */
  drain(): Promise<void>;
  /** From now on each request is delivered at once and answered. */
  calm(passMs: number): void;
  counts: { delivered: number; faults: Record<FaultKind, number> };
}

const failure = (name: string, details?: object) => Object.assign(new Error(name), { name }, details);
const isTransaction = (command: Command) => command instanceof TransactWriteItemsCommand;
const isWrite = (command: Command) =>
  isTransaction(command) || command instanceof UpdateItemCommand || command instanceof PutItemCommand;

/** Everybody who can go on without an answer has gone on: use cases run in microtasks only. */
const idle = () => new Promise<void>((resolve) => setImmediate(resolve));

/** DynamoDB remembers a request token so long. The engine counts real time, so the token is renewed here. */
const tokenLifetimeMs = 600_000;
/** A request that outlives its caller lands soon, or after much else has happened. */
const latePaces = [2, 0.3, 0.03];
const slowPaces = [0.15, 0.02];

export const network = ({
  engine,
  chance,
  faultRate,
  faults,
  slowRate = 0,
  startsAt,
  landed,
  log,
}: NetworkDeps): Network => {
  let now = startsAt;
  let calmed = false;
  const waiting: Waiting[] = [];
  const late = new Map<Waiting, string | undefined>();
  const firstUse = new Map<string, { at: number; renewals: number }>();
  const counts = {
    delivered: 0,
    faults: Object.fromEntries(faultKinds.map((kind) => [kind, 0])) as Record<FaultKind, number>,
  };

  const say = (text: string) => log(`${String(now - startsAt).padStart(8)} ms  ${text}`);

  const pass = () => {
    if (calmed) return;
    now += chance.below(20);
    if (chance.happens(0.1)) now += 1_000 + chance.below(4_000);
    if (chance.happens(0.004)) now += 11 * 60_000;
  };

  const withLivingToken = (command: Command): { input: object } => {
    const token = (command.input as { ClientRequestToken?: string }).ClientRequestToken;
    if (!token) return command;
    const use = firstUse.get(token) ?? { at: now, renewals: 0 };
    if (now - use.at > tokenLifetimeMs) Object.assign(use, { at: now, renewals: use.renewals + 1 });
    firstUse.set(token, use);
    if (use.renewals === 0) return command;
    const renewed = `${token.slice(0, 33)}.${use.renewals}`;
    return new TransactWriteItemsCommand({
      ...(command as TransactWriteItemsCommand).input,
      ClientRequestToken: renewed,
    });
  };

  const deliver = async (invocation: Invocation, command: Command): Promise<Answer> => {
    counts.delivered += 1;
    try {
      const value = await engine.send(withLivingToken(command));
      if (isWrite(command)) await landed(invocation, command);
      return { value };
    } catch (error) {
      if (!(error instanceof DatabaseError)) throw error;
      return { error };
    }
  };

  const outcomeOf = (answer: Answer) => ('error' in answer ? (answer.error as Error).name : 'done');

  const landLater = (invocation: Invocation, command: Command) => {
    if (!isWrite(command)) return;
    const ghost: Waiting = {
      weight: chance.pick(latePaces),
      happen: async () => {
        late.delete(ghost);
        const answer = await deliver(invocation, command);
        say(`${invocation.label}: late ${command.constructor.name} lands: ${outcomeOf(answer)}`);
      },
    };
    late.set(ghost, (command.input as { ClientRequestToken?: string }).ClientRequestToken);
    waiting.push(ghost);
  };

  /** Nobody can tell these apart: a timer that ran out, a connection that broke, a server that failed. */
  const noAnswer = () => failure(chance.pick(['TimeoutError', 'ECONNRESET', 'InternalServerError']));

  const throttle = (command: Command) =>
    isTransaction(command) && chance.happens(0.5)
      ? cancelled(command, chance.pick(['ThrottlingError', 'ProvisionedThroughputExceeded']))
      : failure(chance.pick(['ThrottlingException', 'ProvisionedThroughputExceededException']));

  const cancelled = (command: Command, Code: string) => {
    const { TransactItems = [] } = (command as TransactWriteItemsCommand).input;
    const at = chance.below(TransactItems.length);
    return failure('TransactionCanceledException', {
      CancellationReasons: TransactItems.map((_, index) => ({ Code: index === at ? Code : 'None' })),
    });
  };

  const conflict = (command: Command) => {
    const { ClientRequestToken } = command.input as { ClientRequestToken?: string };
    if (ClientRequestToken && [...late.values()].includes(ClientRequestToken)) {
      return failure('TransactionInProgressException');
    }
    return isTransaction(command)
      ? cancelled(command, 'TransactionConflict')
      : failure('TransactionConflictException');
  };

  const kindFor = (command: Command): FaultKind | 'ok' => {
    if (calmed || !chance.happens(faultRate)) return 'ok';
    const kind = chance.pick(faults);
    if (isWrite(command) || kind === 'throttled' || kind === 'crash') return kind;
    return kind === 'conflict' ? 'throttled' : 'request-lost';
  };

  /** What the caller learns; nothing at all if its function died. */
  const meet = async (
    kind: FaultKind | 'ok',
    invocation: Invocation,
    command: Command,
  ): Promise<Answer | undefined> => {
    switch (kind) {
      case 'ok':
        return deliver(invocation, command);
      case 'throttled':
        return { error: throttle(command) };
      case 'conflict':
        return { error: conflict(command) };
      case 'request-lost':
        return { error: noAnswer() };
      case 'response-lost':
        await deliver(invocation, command);
        return { error: noAnswer() };
      case 'zombie':
        landLater(invocation, command);
        return { error: noAnswer() };
      case 'duplicate': {
        const answer = await deliver(invocation, command);
        // A copy may trail a success. A refusal that was answered is past: one connection carries both copies
        // in order, and no use case could ever give a final no if the same request might be tried afterwards.
        if ('error' in answer) await deliver(invocation, command);
        else landLater(invocation, command);
        return answer;
      }
      case 'crash': {
        const fate = chance.pick(['carried out', 'lands later', 'lost']);
        if (fate === 'carried out') await deliver(invocation, command);
        if (fate === 'lands later') landLater(invocation, command);
        return undefined;
      }
    }
  };

  const step = async () => {
    const next = chance.weigh(waiting);
    waiting.splice(waiting.indexOf(next), 1);
    pass();
    await next.happen();
  };

  return {
    counts,
    now: () => now,
    database: (invocation) => ({
      send: (command: Command) =>
        new Promise((resolve, reject) => {
          invocation.sends += 1;
          waiting.push({
            weight: slowRate > 0 && chance.happens(slowRate) ? chance.pick(slowPaces) : 4,
            happen: async () => {
              const kind = kindFor(command);
              if (kind !== 'ok') counts.faults[kind] += 1;
              const answer = await meet(kind, invocation, command);
              const what = `${invocation.label}: ${command.constructor.name} ${kind}`;
              say(kind === 'ok' && answer ? `${what}: ${outcomeOf(answer)}` : what);
              if (!answer) invocation.crash();
              else if ('error' in answer) reject(answer.error);
              else resolve(answer.value);
            },
          });
        }),
    }),
    sleep: (ms) =>
      new Promise((resolve) => {
        const until = now + Math.ceil(ms);
        waiting.push({
          weight: 3,
          happen: () => {
            now = Math.max(now, until);
            resolve();
          },
        });
      }),
    turn: () => new Promise((resolve) => waiting.push({ weight: 2, happen: resolve })),
    later: (happen) => {
      waiting.push({ weight: 2, happen });
    },
    drain: async () => {
      for (await idle(); waiting.length > 0; await idle()) await step();
    },
    calm: (passMs) => {
      calmed = true;
      now += passMs;
    },
  };
};
