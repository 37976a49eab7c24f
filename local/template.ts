import { LocalFailure } from './failure.ts';
import { identify } from './identities.ts';
import type { ResolvedResource } from './services/types.ts';

export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly Condition?: string;
}
export interface TemplateDocument {
  readonly Resources: Readonly<Record<string, TemplateResource>>;
  readonly Parameters?: Readonly<Record<string, { readonly Type: string; readonly Default?: unknown }>>;
  readonly Mappings?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
  readonly Conditions?: Readonly<Record<string, unknown>>;
}

/** What the template is executed in: one account on one machine. */
export interface Surroundings {
  readonly account: string;
  readonly region: string;
  readonly stackName: string;
  /** Addresses by engine name, and `api` for the gateway. */
  readonly endpoints: Readonly<Record<string, string>>;
}

type Json = Record<string, unknown>;
const absent = Symbol('AWS::NoValue');

/**
 * Names and ARNs follow from logical ids alone, so that resources may refer to each other in any order.
 * Properties are resolved when they are first read: a resource that nobody executes here may hold anything.
 */
export class Template {
  readonly #document: TemplateDocument;
  readonly #surroundings: Surroundings;
  readonly #resources = new Map<string, ResolvedResource>();
  readonly #identifying = new Set<string>();

  constructor(document: TemplateDocument, surroundings: Surroundings) {
    this.#document = document;
    this.#surroundings = surroundings;
  }

  /** Every resource whose condition holds. */
  resources(): ResolvedResource[] {
    return Object.entries(this.#document.Resources)
      .filter(([, { Condition }]) => Condition === undefined || this.#condition(Condition, 'Resources'))
      .map(([logicalId]) => this.resource(logicalId));
  }

  resource(logicalId: string): ResolvedResource {
    const known = this.#resources.get(logicalId);
    if (known !== undefined) return known;
    const definition = this.#document.Resources[logicalId];
    if (definition === undefined) throw new LocalFailure(`the template has no resource "${logicalId}"`);
    if (this.#identifying.has(logicalId))
      throw new LocalFailure(`the name of ${logicalId} depends on itself`);
    this.#identifying.add(logicalId);
    const { Type: type, Properties = {} } = definition;
    const identity = identify(
      { logicalId, type, property: (name) => this.#value(Properties[name], `${logicalId}.${name}`) },
      this.#surroundings,
    );
    this.#identifying.delete(logicalId);
    let properties: Json | undefined;
    const resolveProperties = () => this.#value(Properties, logicalId) as Json;
    const resource: ResolvedResource = {
      logicalId,
      type,
      ...identity,
      get properties() {
        properties ??= resolveProperties();
        return properties;
      },
    };
    this.#resources.set(logicalId, resource);
    return resource;
  }

  #value(value: unknown, at: string): unknown {
    const resolved = this.#resolve(value, at);
    return resolved === absent ? undefined : resolved;
  }

  #resolve(value: unknown, at: string): unknown {
    if (Array.isArray(value))
      return value.map((item, i) => this.#resolve(item, `${at}[${i}]`)).filter((item) => item !== absent);
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value);
    const [name, argument] = entries[0] ?? [];
    if (entries.length === 1 && name !== undefined && (name === 'Ref' || name.startsWith('Fn::')))
      return this.#intrinsic(name, argument, at);
    return Object.fromEntries(
      entries
        .map(([key, item]) => [key, this.#resolve(item, `${at}.${key}`)] as const)
        .filter(([, item]) => item !== absent),
    );
  }

  #intrinsic(name: string, argument: unknown, at: string): unknown {
    const fail = (why: string): never => {
      throw new LocalFailure(`cannot resolve ${name} at ${at}: ${why}`);
    };
    const list = (value: unknown): unknown[] =>
      Array.isArray(value) ? value : fail(`it takes a list, not ${JSON.stringify(value)}`);
    const text = (value: unknown): string => {
      const resolved = this.#resolve(value, at);
      return ['string', 'number', 'boolean'].includes(typeof resolved)
        ? String(resolved)
        : fail(`${JSON.stringify(value)} is not text`);
    };
    switch (name) {
      case 'Ref':
        return this.#reference(String(argument), fail);
      case 'Fn::GetAtt': {
        const [logicalId, ...attribute] = Array.isArray(argument)
          ? argument.map(text)
          : String(argument).split('.');
        return this.#attribute(logicalId ?? '', attribute.join('.'), fail);
      }
      case 'Fn::Join': {
        const [separator, items] = list(argument);
        return local(list(this.#resolve(items, at)).map(text).join(text(separator)));
      }
      case 'Fn::Sub':
        return this.#substitute(argument, at, fail);
      case 'Fn::Select': {
        const [index, items] = list(argument);
        return list(this.#resolve(items, at))[Number(text(index))] ?? fail('there is no such element');
      }
      case 'Fn::Split': {
        const [separator, value] = list(argument);
        return text(value).split(text(separator));
      }
      case 'Fn::FindInMap': {
        const [map, first, second] = list(argument).map(text);
        return (
          this.#document.Mappings?.[map ?? '']?.[first ?? '']?.[second ?? ''] ??
          fail(`no entry ${map}.${first}.${second} in the mappings`)
        );
      }
      case 'Fn::If': {
        const [condition, yes, no] = list(argument);
        return this.#resolve(this.#condition(String(condition), at) ? yes : no, at);
      }
      case 'Fn::Base64':
        return Buffer.from(text(argument)).toString('base64');
      case 'Fn::Equals':
      case 'Fn::Not':
      case 'Fn::And':
      case 'Fn::Or':
        return this.#logic(name, list(argument), at);
      default:
        return fail('the local system does not know this function');
    }
  }

  #reference(target: string, fail: (why: string) => never): unknown {
    const { account, region, stackName } = this.#surroundings;
    const pseudo: Record<string, unknown> = {
      'AWS::AccountId': account,
      'AWS::NoValue': absent,
      'AWS::Partition': 'aws',
      'AWS::Region': region,
      'AWS::StackId': `arn:aws:cloudformation:${region}:${account}:stack/${stackName}/local`,
      'AWS::StackName': stackName,
      'AWS::URLSuffix': 'amazonaws.com',
    };
    if (Object.hasOwn(pseudo, target)) return pseudo[target];
    const parameter = this.#document.Parameters?.[target];
    if (parameter !== undefined) return parameter.Default ?? fail(`parameter ${target} has no default`);
    if (this.#document.Resources[target] === undefined) return fail(`there is no resource "${target}"`);
    return this.resource(target).physicalId;
  }

  #attribute(logicalId: string, attribute: string, fail: (why: string) => never): string {
    const type = this.#document.Resources[logicalId]?.Type;
    if (type === undefined) return fail(`there is no resource "${logicalId}"`);
    return (
      this.resource(logicalId).attributes[attribute] ??
      fail(`${type} ${logicalId} has no attribute ${attribute} in the local system`)
    );
  }

  #substitute(argument: unknown, at: string, fail: (why: string) => never): string {
    const [pattern, given = {}] = (Array.isArray(argument) ? argument : [argument]) as [unknown, Json?];
    if (typeof pattern !== 'string') return fail('the pattern is not text');
    const replaced = pattern.replace(/\$\{(!?)([^}]*)\}/g, (_, literal: string, expression: string) => {
      if (literal) return `\${${expression}}`;
      const name = expression.trim();
      if (Object.hasOwn(given, name)) return String(this.#resolve(given[name], at));
      const [logicalId = '', ...attribute] = name.split('.');
      return String(
        attribute.length === 0
          ? this.#reference(name, fail)
          : this.#attribute(logicalId, attribute.join('.'), fail),
      );
    });
    return local(replaced);
  }

  #condition(name: string, at: string): boolean {
    const condition = this.#document.Conditions?.[name];
    if (condition === undefined) throw new LocalFailure(`there is no condition "${name}", used at ${at}`);
    return this.#holds(condition, `Conditions.${name}`);
  }

  #holds(expression: unknown, at: string): boolean {
    const { Condition: name } = (expression ?? {}) as { Condition?: string };
    return name === undefined ? this.#resolve(expression, at) === true : this.#condition(name, at);
  }

  #logic(name: 'Fn::Equals' | 'Fn::Not' | 'Fn::And' | 'Fn::Or', items: unknown[], at: string): boolean {
    switch (name) {
      case 'Fn::Equals':
        return String(this.#resolve(items[0], at)) === String(this.#resolve(items[1], at));
      case 'Fn::Not':
        return !this.#holds(items[0], at);
      case 'Fn::And':
        return items.every((item) => this.#holds(item, at));
      case 'Fn::Or':
        return items.some((item) => this.#holds(item, at));
    }
  }
}

/** Templates write `https://` in front of host names; nothing on this machine speaks TLS. */
const local = (text: string) => text.replaceAll('https://127.0.0.1:', 'http://127.0.0.1:');
