import { readAssembly } from './assembly.ts';
import type { Closers } from './closers.ts';
import { openDataFolder } from './data-folder.ts';
import { defineResources, type Engines, startEngines } from './engines/engines.ts';
import { startEventSources } from './event-sources/event-sources.ts';
import { startExpirySweeper } from './expiry-sweeper.ts';
import { Functions } from './functions/functions.ts';
import { startGateway } from './http/gateway.ts';
import { RouteTable, readEdgeHeaders, readRoutes } from './http/routes.ts';
import { startReaper } from './reaper.ts';
import { resolveSecretReferences } from './secret-references.ts';
import { type AttestationProviders, startAttestationProviders } from './services/attestation-providers.ts';
import { startBeacon } from './services/beacon.ts';
import { startEventBus } from './services/event-bus.ts';
import { startKeyManagement } from './services/key-management.ts';
import { type Organizations, startOrganizations } from './services/organizations.ts';
import { startSchedules } from './services/schedules.ts';
import { startSecrets } from './services/secrets.ts';
import { startStateMachines } from './services/state-machines.ts';
import type { ResolvedResource, ServiceDeps } from './services/types.ts';
import { compileCache, type StageChoices, synthesise } from './synthesis.ts';
import { Template } from './template.ts';

export interface StackOptions extends StageChoices {
  readonly assembly?: string;
  readonly port?: number;
  readonly data?: string;
  readonly warmFaces?: boolean;
  readonly log: (line: string) => void;
}

export interface Stack {
  readonly endpoints: Readonly<Record<string, string>>;
  readonly resources: readonly ResolvedResource[];
  readonly engines: Engines;
  readonly functions: Functions;
  readonly attestationProviders: AttestationProviders;
  readonly organizations: Organizations;
}

const account = '000000000000';

const choicesOf = ({ attestation, challenge }: StageChoices): StageChoices => ({
  ...(attestation && { attestation }),
  ...(challenge && { challenge }),
});

/** Everything that runs, in the order in which it needs each other. What was started is in `closers`, also when this throws. */
export async function startStack(options: StackOptions, closers: Closers): Promise<Stack> {
  // What fails because everything ends is no news.
  const log = (line: string) => closers.closing || options.log(line);
  // The port and the folder first: that they cannot be had is told before a synthesis, not after.
  const gateway = await startGateway(options.port ?? 0);
  closers.add(() => gateway.stop());
  const folder = openDataFolder(options.data);
  closers.add(() => folder.release());
  const reaper = startReaper(folder.temporary);
  closers.add(() => reaper.stop());
  const assembly = readAssembly(options.assembly ?? (await synthesise(log, choicesOf(options))));
  const { region, stackName } = assembly;
  const engines = await startEngines(folder, region, reaper, log, options.warmFaces ?? false);
  closers.add(() => Promise.all(Object.values(engines).map((engine) => engine.stop())));

  const { dynamodb, cognito, queuesAndBuckets, mail, faces } = engines;
  // Services add theirs as they start; whoever calls one reads it then.
  const endpoints: Record<string, string> = {
    api: `http://127.0.0.1:${gateway.port}`,
    cognito: cognito.endpoint,
    dynamodb: dynamodb.endpoint,
    rekognition: faces.endpoint,
    s3: queuesAndBuckets.endpoint,
    ses: mail.endpoint,
    sns: queuesAndBuckets.endpoint,
    sqs: queuesAndBuckets.endpoint,
  };
  const template = new Template(assembly.document, { account, region, stackName, endpoints });
  const defined = template.resources();
  const attestationProviders = await startAttestationProviders({ resources: defined, log });
  closers.add(() => attestationProviders.stop());
  const beacon = await startBeacon({ resources: defined });
  closers.add(() => beacon.stop());
  const resources = [...defined, ...attestationProviders.secrets];
  const routes = readRoutes(resources);
  await defineResources(engines, resources);

  const invoke: ServiceDeps['invoke'] = async (name, event) => functions.invoke(name, event);
  const deps: ServiceDeps = { resources, invoke, endpoints, log, ...(folder.kept && { data: folder.kept }) };
  // Before the functions, whose environment names these services; they in turn call a function only when something happens.
  const secrets = await startSecrets(deps);
  closers.add(() => secrets.stop());
  endpoints.secretsmanager = secrets.endpoint;
  const keys = await startKeyManagement(deps);
  closers.add(() => keys.stop());
  endpoints.kms = keys.endpoint;
  const organizations = await startOrganizations(deps);
  closers.add(() => organizations.stop());
  endpoints.organizations = organizations.endpoint;
  const bus = await startEventBus(deps);
  closers.add(() => bus.stop());
  endpoints.events = bus.endpoint;
  const stateMachines = await startStateMachines(deps);
  closers.add(() => stateMachines.stop());
  endpoints.states = stateMachines.endpoint;

  const resolveSecrets = (text: string) => resolveSecretReferences(text, (id) => secrets.secretValue(id));
  const functions = new Functions({
    resources,
    assembly,
    region,
    endpoints,
    variables: { ...attestationProviders.variables, ...beacon.variables },
    extension: { port: secrets.extensionPort, token: secrets.extensionToken },
    resolveSecrets,
    compileCache,
    logFolder: folder.logs,
    reaper,
  });
  for (const { functionArn } of routes) functions.find(functionArn);

  const sources = startEventSources({
    resources,
    region,
    dynamodb,
    sqsEndpoint: queuesAndBuckets.endpoint,
    data: folder.kept,
    invoke,
    log,
  });
  closers.add(async () => {
    const sourcesEnded = sources.stop();
    // Before the functions: that a task was ended here is no failure of its execution.
    await Promise.all([stateMachines.stop(), bus.stop()]);
    // Together: a source waits for the function that it has called, which may have to be ended.
    await Promise.all([sourcesEnded, functions.stop()]);
  });
  const sweeper = startExpirySweeper(dynamodb.endpoint, resources, log);
  closers.add(() => sweeper.stop());
  const schedules = await startSchedules(deps);
  closers.add(() => schedules.stop());

  const host = `127.0.0.1:${gateway.port}`;
  const edgeHeaders = Object.entries(readEdgeHeaders(resources, host));
  gateway.open({
    routes: new RouteTable(routes),
    api: {
      account,
      apiId: resources.find(({ type }) => type === 'AWS::ApiGatewayV2::Api')?.physicalId ?? '',
      host,
      stage: '$default',
    },
    edgeHeaders: Object.fromEntries(edgeHeaders.map(([name, value]) => [name, resolveSecrets(value)])),
    invoke,
    mailEndpoint: mail.endpoint,
    log,
  });
  // Added last, so that it is the first to go: no request comes in while the rest ends.
  closers.add(() => gateway.stop());
  return { endpoints, resources, engines, functions, attestationProviders, organizations };
}
