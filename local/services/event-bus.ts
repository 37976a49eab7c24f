import { randomUUID } from 'node:crypto';
import { LocalFailure } from '../failure.ts';
import {
  AwsError,
  isJsonObject,
  type JsonObject,
  optionalString,
  startAwsJsonServer,
} from './aws-json-server.ts';
import { type Clock, realClock } from './clock.ts';
import { compileInput, type RenderInput } from './event-input.ts';
import { assertPattern, matchesPattern } from './event-pattern.ts';
import { compileTarget, createDispatcher, type EventTarget } from './event-targets.ts';
import type { ResolvedResource, Service, ServiceDeps } from './types.ts';

/** AWS::Events::EventBus and AWS::Events::Rule behind PutEvents. Events under way are lost with the process. */
export async function startEventBus(
  deps: ServiceDeps,
  { clock = realClock }: { clock?: Clock } = {},
): Promise<Service> {
  const buses = new Set([
    'default',
    ...ofType(deps, 'AWS::Events::EventBus').map(({ physicalId }) => physicalId),
  ]);
  const rules = ofType(deps, 'AWS::Events::Rule').flatMap((rule) => compileRule(rule, buses, deps));
  const home = homeOf(deps.resources);
  const dispatcher = createDispatcher(deps, clock);

  const accept = (entry: unknown): JsonObject => {
    const checked = checkEntry(entry, buses);
    if ('ErrorCode' in checked) return checked;
    const event = envelope(checked, home, clock.now());
    for (const { bus, pattern, name, arn, targets } of rules) {
      if (bus !== checked.bus || !matchesPattern(pattern, event)) continue;
      const context = { ruleArn: arn, ruleName: name, ingestionTime: isoSeconds(clock.now()) };
      for (const { target, render } of targets) dispatcher.dispatch(target, render(event, context), event.id);
    }
    return { EventId: event.id };
  };

  const putEvents = ({ Entries: entries }: JsonObject): JsonObject => {
    if (!Array.isArray(entries)) throw new AwsError('SerializationException', '"Entries" is not a list.');
    if (entries.length < 1 || entries.length > 10)
      throw new AwsError(
        'ValidationException',
        "Value at 'entries' failed to satisfy constraint: 1 to 10 members",
      );
    const Entries = entries.map(accept);
    return { FailedEntryCount: Entries.filter(({ ErrorCode }) => ErrorCode !== undefined).length, Entries };
  };

  const server = await startAwsJsonServer({
    targetPrefix: 'AWSEvents',
    operations: { PutEvents: putEvents },
    log: deps.log,
  });
  return {
    endpoint: server.endpoint,
    stop: async () => {
      dispatcher.stop();
      await server.stop();
    },
  };
}

// --- rules

interface Rule {
  readonly name: string;
  readonly arn: string;
  readonly bus: string;
  readonly pattern: JsonObject;
  readonly targets: readonly { target: EventTarget; render: RenderInput }[];
}

/** No rule for one that is disabled or only has a schedule; it is checked all the same. */
function compileRule(resource: ResolvedResource, buses: ReadonlySet<string>, deps: ServiceDeps): Rule[] {
  const { logicalId, physicalId, attributes, properties } = resource;
  const { EventPattern: pattern, Targets: targets, State: state = 'ENABLED' } = properties;
  if (pattern === undefined) return [];
  const where = `rule ${logicalId}`;
  assertPattern(pattern, where);
  const bus = busName(properties.EventBusName);
  if (!buses.has(bus)) throw new LocalFailure(`${where}: no event bus "${bus}" in the template`);
  const compiled = (Array.isArray(targets) ? targets : []).map((target: JsonObject) => {
    const named = `${where}, target ${target.Id}`;
    return { target: compileTarget(target, named, deps), render: compileInput(target, named) };
  });
  if (state === 'DISABLED') return [];
  const name = physicalId.split('|').at(-1) ?? physicalId;
  return [{ name, arn: attributes.Arn ?? physicalId, bus, pattern, targets: compiled }];
}

function ofType({ resources }: ServiceDeps, type: string): ResolvedResource[] {
  return resources.filter((resource) => resource.type === type);
}

/** A bus is named by its name or by its ARN. */
function busName(nameOrArn: unknown): string {
  return typeof nameOrArn === 'string' ? (nameOrArn.split('/').at(-1) ?? nameOrArn) : 'default';
}

// --- entries

interface CheckedEntry {
  readonly bus: string;
  readonly source: string;
  readonly detailType: string;
  readonly detail: JsonObject;
  readonly resources: string[];
  readonly timeMs: number | undefined;
}

/** One entry of 256 KiB. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html */
const maxEntryBytes = 256 * 1024;

/** A bad entry fails alone: its neighbours are accepted. A wrong type fails the request, as in AWS. */
function checkEntry(
  entry: unknown,
  buses: ReadonlySet<string>,
): CheckedEntry | { ErrorCode: string; ErrorMessage: string } {
  if (!isJsonObject(entry)) throw new AwsError('SerializationException', 'An entry is not an object.');
  const refuse = (ErrorCode: string, ErrorMessage: string) => ({ ErrorCode, ErrorMessage });
  const [source, detailType, detailText] = ['Source', 'DetailType', 'Detail'].map((name) =>
    optionalString(entry, name),
  );
  for (const [name, value] of Object.entries({
    Source: source,
    DetailType: detailType,
    Detail: detailText,
  })) {
    if (!value)
      return refuse(
        'InvalidArgument',
        `Parameter ${name} is not valid. Reason: ${name} is a required argument.`,
      );
  }
  if (source?.startsWith('aws.'))
    return refuse('NotAuthorizedForSourceException', 'Not authorized for the source.');
  const detail = parseDetail(detailText ?? '');
  if (detail === undefined) return refuse('MalformedDetail', 'Detail is malformed.');
  const bus = busName(optionalString(entry, 'EventBusName'));
  if (!buses.has(bus)) return refuse('InvalidArgument', `Event bus ${bus} does not exist.`);
  const resources = stringsOf(entry.Resources);
  const bytes = [source, detailType, detailText, ...resources].reduce(
    (sum, text) => sum + Buffer.byteLength(text ?? ''),
    0,
  );
  if (bytes > maxEntryBytes)
    return refuse('InvalidArgument', `Total size of the entry exceeds ${maxEntryBytes} bytes.`);
  const timeMs = typeof entry.Time === 'number' ? entry.Time * 1000 : undefined;
  return { bus, source: source ?? '', detailType: detailType ?? '', detail, resources, timeMs };
}

function parseDetail(text: string): JsonObject | undefined {
  try {
    const detail: unknown = JSON.parse(text);
    return isJsonObject(detail) ? detail : undefined;
  } catch {
    return undefined;
  }
}

function stringsOf(value: unknown): string[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string'))
    throw new AwsError('SerializationException', '"Resources" is not a list of strings.');
  return value;
}

// --- the event as targets see it

interface Home {
  readonly account: string;
  readonly region: string;
}

function homeOf(resources: readonly ResolvedResource[]): Home {
  const arns = resources.map(({ attributes }) => attributes.Arn?.split(':') ?? []);
  const [, , , region = 'us-east-1', account = '000000000000'] = arns.find((arn) => arn[3] && arn[4]) ?? [];
  return { account, region };
}

function envelope({ source, detailType, detail, resources, timeMs }: CheckedEntry, home: Home, now: number) {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': detailType,
    source,
    account: home.account,
    time: isoSeconds(timeMs ?? now),
    region: home.region,
    resources,
    detail,
  };
}

/** EventBridge writes times without milliseconds. */
function isoSeconds(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
