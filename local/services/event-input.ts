import { LocalFailure } from '../failure.ts';
import { isJsonObject, type JsonObject } from './aws-json-server.ts';

/** The rule and the moment that a template may name. */
interface InputContext {
  readonly ruleArn: string;
  readonly ruleName: string;
  readonly ingestionTime: string;
}

/** Turns an event into the JSON text that the target receives. */
export type RenderInput = (event: JsonObject, context: InputContext) => string;

/** Input, InputPath or InputTransformer of one target; refuses what it could not carry out. */
export function compileInput(target: JsonObject, where: string): RenderInput {
  const { Input: constant, InputPath: path, InputTransformer: transformer } = target;
  if ([constant, path, transformer].filter((given) => given !== undefined).length > 1)
    throw new LocalFailure(`${where}: Input, InputPath and InputTransformer exclude each other`);
  if (typeof constant === 'string') {
    assertJson(constant, where);
    return () => constant;
  }
  if (typeof path === 'string') {
    const steps = parsePath(path, where);
    return (event) => JSON.stringify(read(event, steps) ?? {});
  }
  if (isJsonObject(transformer)) return compileTransformer(transformer, where);
  return (event) => JSON.stringify(event);
}

const predefined: Readonly<Record<string, (event: JsonObject, context: InputContext) => unknown>> = {
  'aws.events.rule-arn': (_, { ruleArn }) => ruleArn,
  'aws.events.rule-name': (_, { ruleName }) => ruleName,
  'aws.events.event.ingestion-time': (_, { ingestionTime }) => ingestionTime,
  'aws.events.event': ({ detail: _, ...withoutDetail }) => withoutDetail,
  'aws.events.event.json': (event) => event,
};

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html */
function compileTransformer(transformer: JsonObject, where: string): RenderInput {
  const template = String(transformer.InputTemplate ?? '');
  const paths = Object.entries(isJsonObject(transformer.InputPathsMap) ? transformer.InputPathsMap : {});
  const variables = new Map(paths.map(([name, path]) => [name, parsePath(String(path), where)]));
  const parts = splitTemplate(template);
  for (const { variable } of parts) {
    if (variable !== undefined && !variables.has(variable) && !Object.hasOwn(predefined, variable))
      throw new LocalFailure(
        `${where}: InputTemplate names <${variable}>, which InputPathsMap does not define`,
      );
  }
  const render = (lookUp: (name: string) => unknown): string =>
    parts
      .map(({ literal, variable, quoted }) =>
        variable === undefined ? literal : insert(lookUp(variable), quoted),
      )
      .join('');
  if (!isJson(render(() => 0)))
    throw new LocalFailure(`${where}: InputTemplate is not JSON, a text stands in quotes`);
  return (event, context) =>
    render((name) => {
      const steps = variables.get(name);
      return steps === undefined ? predefined[name]?.(event, context) : read(event, steps);
    });
}

interface TemplatePart {
  readonly literal: string;
  readonly variable?: string;
  /** Whether the variable stands inside a JSON string of the template. */
  readonly quoted: boolean;
}

function splitTemplate(template: string): TemplatePart[] {
  let quoted = false;
  return [...template.matchAll(/<([\w.-]+)>|\\.|"|[^<\\"]+|</gsu)].map(([literal, variable]) => {
    if (literal === '"') quoted = !quoted;
    return { literal, quoted, ...(variable === undefined ? {} : { variable }) };
  });
}

/** In quotes a text goes in bare and anything else as its JSON; outside, the JSON itself. An absent value is empty. */
function insert(value: unknown, quoted: boolean): string {
  if (!quoted) return JSON.stringify(value ?? '');
  const text = typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);
  return JSON.stringify(text).slice(1, -1);
}

type Steps = readonly (string | number)[];

/** The paths of EventBridge: fields and array indices, no wildcards, no filters. */
function parsePath(path: string, where: string): Steps {
  const step = /\.([\w-]+)|\['([^']+)'\]|\[(\d+)\]/y;
  const steps: (string | number)[] = [];
  step.lastIndex = 1;
  while (path.startsWith('$') && step.lastIndex < path.length) {
    const match = step.exec(path);
    if (match === null) break;
    steps.push(match[3] === undefined ? (match[1] ?? match[2] ?? '') : Number(match[3]));
  }
  const consumed = steps.length === 0 ? 1 : step.lastIndex;
  if (!path.startsWith('$') || consumed !== path.length)
    throw new LocalFailure(`${where}: unknown JSON path "${path}"`);
  return steps;
}

function read(event: JsonObject, steps: Steps): unknown {
  return steps.reduce<unknown>((value, step) => {
    if (typeof step === 'number') return Array.isArray(value) ? value[step] : undefined;
    return isJsonObject(value) && Object.hasOwn(value, step) ? value[step] : undefined;
  }, event);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function assertJson(text: string, where: string): void {
  if (!isJson(text)) throw new LocalFailure(`${where}: Input is not JSON`);
}
