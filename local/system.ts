import { Closers } from './closers.ts';
import { residentMemoryMb } from './memory.ts';
import { readStatusList, seed, seededPassword } from './seed.ts';
import type { AttestationProviders } from './services/attestation-providers.ts';
import type { Organizations } from './services/organizations.ts';
import type { ResolvedResource } from './services/types.ts';
import { type Stack, startStack } from './stack.ts';
import type { StageChoices } from './synthesis.ts';

export interface LocalSystemOptions extends StageChoices {
  /** Folder of a cloud assembly; default: stage `local` of this repository, synthesised when its sources changed. */
  readonly assembly?: string;
  /** Port of the API; 0, the default, is any free one. */
  readonly port?: number;
  /** Folder that is kept across restarts; default: a temporary one that goes away. */
  readonly data?: string;
  /** Load the face models at once, not with the first photo; default false. */
  readonly warmFaces?: boolean;
  /** Users and sample blocks; default true. */
  readonly seed?: boolean;
  readonly log?: (line: string) => void;
}

/**
 * A synthesised template, running on this machine. It is the command line's system and the tests' fixture;
 * several run side by side in one process.
 */
export class LocalSystem {
  readonly url: string;
  /** Addresses by engine name. */
  readonly endpoints: Readonly<Record<string, string>>;
  /** What the face engine runs on. */
  readonly faceRuntime: 'native' | 'wasm';
  /** What the phone makers' servers answer. */
  readonly attestationProviders: AttestationProviders;
  /** What AWS Organizations says about the use of this account's content by AI services. */
  readonly organizations: Organizations;
  readonly #stack: Stack;
  readonly #closers: Closers;

  private constructor(stack: Stack, closers: Closers) {
    this.url = stack.endpoints.api ?? '';
    this.endpoints = stack.endpoints;
    this.faceRuntime = stack.engines.faces.runtime;
    this.attestationProviders = stack.attestationProviders;
    this.organizations = stack.organizations;
    this.#stack = stack;
    this.#closers = closers;
  }

  /** Rejects with a `LocalFailure` for what the person who starts it can mend; nothing is left running then. */
  static async start(options: LocalSystemOptions = {}): Promise<LocalSystem> {
    const { log = () => {} } = options;
    const closers = new Closers();
    try {
      const system = new LocalSystem(await startStack({ ...options, log }, closers), closers);
      await Promise.all([
        readStatusList(system),
        ...(options.seed === false ? [] : [seed(system, options.data)]),
      ]);
      return system;
    } catch (error) {
      await closers.closeAll();
      throw error;
    }
  }

  /** By logical id, by the beginning of exactly one logical id, or by a type of which there is exactly one. */
  resource(wanted: string): ResolvedResource {
    const { resources } = this.#stack;
    const exact = resources.find(({ logicalId }) => logicalId === wanted);
    if (exact !== undefined) return exact;
    const found = resources.filter(({ logicalId, type }) => logicalId.startsWith(wanted) || type === wanted);
    if (found.length === 1 && found[0] !== undefined) return found[0];
    const names = found.map(({ logicalId }) => logicalId).join(', ');
    throw new Error(`${found.length} resources are called "${wanted}": ${names}`);
  }

  resources(): readonly ResolvedResource[] {
    return this.#stack.resources;
  }

  /** A confirmed user with the seeded password. */
  async createUser(email: string, groups: readonly string[] = []): Promise<void> {
    const pool = this.resource('AWS::Cognito::UserPool').physicalId;
    await this.#stack.engines.cognito.createUser(pool, { email, password: seededPassword, groups });
  }

  /** Gives an access token, from the identity provider's own USER_PASSWORD_AUTH. */
  async signIn(email: string, password = seededPassword): Promise<string> {
    const client = this.resource('AWS::Cognito::UserPoolClient').physicalId;
    return this.#stack.engines.cognito.signIn(client, email, password);
  }

  /** Rejects with a `FunctionFailed` when the function throws, dies or runs out of time. */
  async invoke(functionLogicalId: string, event: unknown): Promise<unknown> {
    return this.#stack.functions.invoke(this.resource(functionLogicalId).logicalId, event);
  }

  /** The last lines that a function wrote. */
  logs(functionLogicalId: string): readonly string[] {
    return this.#stack.functions.find(this.resource(functionLogicalId).logicalId).sink.lines;
  }

  /** Resident memory in MB of this process and all of its children. */
  memory(): number {
    return residentMemoryMb();
  }

  async stop(): Promise<void> {
    await this.#closers.closeAll();
  }
}
