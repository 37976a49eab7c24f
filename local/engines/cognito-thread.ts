import { createPrivateKey, randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync } from 'node:fs';
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { subjectOf } from './cognito.ts';
import { Journal } from './cognito-journal.ts';
import { serveThread, threadInput } from './worker.ts';

/**
 * cognito-local, composed here instead of by its own server, which loads the whole AWS SDK 2 (a second and 60 MB)
 * for triggers that run in no local Lambda, and keeps users in a file that a kill can empty.
 */

export interface PoolDefinition {
  readonly id: string;
  readonly arn: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly clients: readonly { id: string; properties: Readonly<Record<string, unknown>> }[];
  readonly groups: readonly string[];
}

interface Attribute {
  Name: string;
  Value: string;
}
interface UserPool {
  readonly options: { readonly UsernameAttributes?: readonly string[] };
  updateOptions(context: Context, options: unknown): Promise<void>;
  saveAppClient(context: Context, client: unknown): Promise<void>;
  getGroupByGroupName(context: Context, name: string): Promise<{ members?: string[] } | null>;
  saveGroup(context: Context, group: unknown): Promise<void>;
  getUserByUsername(context: Context, name: string): Promise<{ Username: string } | null>;
  saveUser(context: Context, user: unknown): Promise<void>;
  addUserToGroup(context: Context, group: unknown, user: { Username: string }): Promise<void>;
}
interface CognitoService {
  createUserPool(context: Context, options: unknown): Promise<unknown>;
  getUserPool(context: Context, id: string): Promise<UserPool>;
}
interface Context {
  readonly logger: unknown;
}

const { folder, port: wantedPort } = threadInput<{ folder: string; port: number }>();
const database = join(folder, 'cognito');
mkdirSync(database, { recursive: true });

const load = createRequire(createRequire(import.meta.url).resolve('cognito-local'));
const { DateClock, MessagesService, TriggersService } = load('./services');
const { UserPoolServiceFactoryImpl } = load('./services/userPoolService');
const { CognitoServiceImpl, USER_POOL_AWS_DEFAULTS } = load('./services/cognitoService');
const { JwtTokenGenerator } = load('./services/tokenGenerator');
const { otp } = load('./services/otp');
const { Router } = load('./server/Router');
const { createServer } = load('./server/server');
const { UserNotFoundError } = load('./errors');
// A key that is parsed once instead of three times in each sign-in.
const signingKey: { pem: unknown } = load('./keys/cognitoLocal.private.json');
signingKey.pem = createPrivateKey(String(signingKey.pem));
// Refresh tokens of the service are opaque; the engine signs them too, which is a third of the time of a sign-in.
const tokens: { sign: (claims: object, ...rest: unknown[]) => string } = load('jsonwebtoken');
const { sign } = tokens;
tokens.sign = (claims, ...rest) =>
  'token_use' in claims ? sign(claims, ...rest) : randomBytes(48).toString('base64url');
const logger = load('pino')({ level: 'warn' });
const context: Context = { logger };

const clock = new DateClock();
const journals = {
  create: async (_: Context, id: string, defaults: never) => new Journal(database, id, defaults),
};
const clients = new Journal(database, 'clients', { Clients: {} });
const pools = new UserPoolServiceFactoryImpl(clock, journals);
const cognito = new CognitoServiceImpl(database, clients, {}, pools);
// Instead of its init(), which looks for the files of its own store.
cognito.userPools = await Promise.all(
  readdirSync(database)
    .filter((name) => name.endsWith('.jsonl') && name !== 'clients.jsonl')
    .map((name) =>
      pools.create(context, clients, { ...USER_POOL_AWS_DEFAULTS, Id: name.replace(/\.jsonl$/, '') }),
    ),
);
const service: CognitoService = cognito;

const triggers = new TriggersService(clock, cognito, { enabled: () => false }, undefined);
// Codes and invitations go nowhere: local users are created confirmed, with a password.
const messages = new MessagesService(triggers, { deliver: async () => {} });
const tokenConfig = { IssuerDomain: '' };
const services = {
  clock,
  cognito,
  config: { UserPoolDefaults: {} },
  messages,
  otp,
  tokenGenerator: new JwtTokenGenerator(clock, triggers, tokenConfig),
  triggers,
};
type Target = (context: Context, request: { UserPoolId: string; Username: string }) => Promise<unknown>;
const engineTarget: (name: string) => Target = Router(services);
/** The engine has none of its own: no refresh token of the user works any more. */
const signOutEverywhere: Target = async (asked, { UserPoolId, Username }) => {
  const pool = await service.getUserPool(asked, UserPoolId);
  const user = await pool.getUserByUsername(asked, Username);
  if (user === null) throw new UserNotFoundError();
  await pool.saveUser(asked, { ...user, RefreshTokens: [] });
  return {};
};
const targetOf = (name: string): Target =>
  name === 'AdminUserGlobalSignOut' ? signOutEverywhere : engineTarget(name);
const listen = (port: number): Promise<Server> =>
  createServer(
    targetOf,
    logger,
    { hostname: '127.0.0.1', port, development: false, https: false },
    services,
  ).start();
const server = await listen(wantedPort).catch(() => listen(0));
const address = server.address();
const port = typeof address === 'object' && address !== null ? address.port : 0;
tokenConfig.IssuerDomain = `http://127.0.0.1:${port}`;

async function definePool({ id, arn, properties, clients, groups }: PoolDefinition): Promise<void> {
  const now = clock.get();
  const { Policies, Schema, UsernameAttributes, AliasAttributes, UsernameConfiguration } = properties;
  const options = {
    Id: id,
    Arn: arn,
    Name: properties.UserPoolName ?? id,
    CreationDate: now,
    LastModifiedDate: now,
    MfaConfiguration: 'OFF',
    ...(Policies !== undefined && { Policies }),
    ...(UsernameAttributes !== undefined && { UsernameAttributes }),
    ...(AliasAttributes !== undefined && { AliasAttributes }),
    ...(UsernameConfiguration !== undefined && { UsernameConfiguration }),
    SchemaAttributes: [...USER_POOL_AWS_DEFAULTS.SchemaAttributes, ...customAttributes(Schema)],
  };
  const existing = await findPool(id);
  if (existing === undefined) await service.createUserPool(context, options);
  else await existing.updateOptions(context, { ...existing.options, ...options });
  const pool = await service.getUserPool(context, id);

  for (const client of clients) {
    const units = (client.properties.TokenValidityUnits ?? {}) as Record<string, string>;
    await pool.saveAppClient(context, {
      // As the service's default; the engine's own is a day.
      AccessTokenValidity: 1,
      IdTokenValidity: 1,
      ...client.properties,
      TokenValidityUnits: { AccessToken: 'hours', IdToken: 'hours', RefreshToken: 'days', ...units },
      ClientId: client.id,
      UserPoolId: id,
      CreationDate: now,
      LastModifiedDate: now,
    });
  }
  for (const name of groups) {
    if ((await pool.getGroupByGroupName(context, name)) !== null) continue;
    await pool.saveGroup(context, { GroupName: name, CreationDate: now, LastModifiedDate: now, members: [] });
  }
}

async function findPool(id: string): Promise<UserPool | undefined> {
  try {
    return await service.getUserPool(context, id);
  } catch {
    return undefined;
  }
}

const customAttributes = (schema: unknown) =>
  ((schema ?? []) as { Name: string }[])
    .filter(({ Name }) => !USER_POOL_AWS_DEFAULTS.SchemaAttributes.some((a: Attribute) => a.Name === Name))
    .map((attribute) => ({
      AttributeDataType: 'String',
      Mutable: true,
      ...attribute,
      Name: `custom:${attribute.Name}`,
    }));

async function createUser(input: {
  poolId: string;
  email: string;
  password: string;
  groups: string[];
}): Promise<void> {
  const { poolId, email, password, groups } = input;
  const pool = await service.getUserPool(context, poolId);
  if ((await pool.getUserByUsername(context, email)) !== null) return;
  const now = clock.get();
  const sub = subjectOf(email);
  const user = {
    // With e-mail sign-in the user name is the sub, as in the service.
    Username: pool.options.UsernameAttributes?.includes('email') ? sub : email,
    Password: password,
    Attributes: [
      { Name: 'email', Value: email },
      { Name: 'email_verified', Value: 'true' },
      { Name: 'sub', Value: sub },
    ] satisfies Attribute[],
    Enabled: true,
    UserStatus: 'CONFIRMED',
    UserCreateDate: now,
    UserLastModifiedDate: now,
    RefreshTokens: [],
  };
  await pool.saveUser(context, user);
  for (const name of groups) {
    const group = await pool.getGroupByGroupName(context, name);
    if (group === null) throw new Error(`The user pool has no group "${name}".`);
    await pool.addUserToGroup(context, group, user);
  }
}

serveThread(port, {
  definePool,
  createUser,
  stop: () => {
    server.closeAllConnections();
    server.close();
  },
});
