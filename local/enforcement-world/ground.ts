import { join } from 'node:path';
import { readAssembly } from '../assembly.ts';
import { Closers } from '../closers.ts';
import { openDataFolder } from '../data-folder.ts';
import { createTable, startDynamoDb } from '../engines/dynamodb.ts';
import { LocalFailure } from '../failure.ts';
import { startReaper } from '../reaper.ts';
import type { ResolvedResource } from '../services/types.ts';
import { synthesise } from '../synthesis.ts';
import { Template } from '../template.ts';

/** What worlds stand on: an engine for their tables, and what the synthesised template says of cases. */
export interface Ground {
  readonly dynamodb: string;
  readonly region: string;
  /** The function that the workflow calls. */
  readonly worker: ResolvedResource;
  readonly stateMachine: ResolvedResource;
  /** Makes the tables of one more world, and gives the worker’s environment with their names in it. */
  createTables(): Promise<Record<string, string>>;
  stop(): Promise<void>;
}

const account = '000000000000';
/** Variables of the worker that name a table. */
const tableVariables = ['ENFORCEMENT_TABLE', 'DEVICES_TABLE', 'OFFERS_TABLE', 'CHALLENGES_TABLE'];
const isTable = ({ type }: ResolvedResource) => type.startsWith('AWS::DynamoDB::');

/** Synthesises the stack first if its sources changed, which takes a while; `log` is told so. */
export async function startGround(log: (line: string) => void = () => {}): Promise<Ground> {
  const closers = new Closers();
  try {
    const folder = openDataFolder(undefined);
    closers.add(() => folder.release());
    const reaper = startReaper(folder.temporary);
    closers.add(() => reaper.stop());
    const { document, region, stackName } = readAssembly(await synthesise(log));
    const engine = await startDynamoDb(folder.path, join(folder.logs, 'engine-dynamodb.log'), reaper);
    closers.add(() => engine.stop());
    const resources = new Template(document, { account, region, stackName, endpoints: {} }).resources();
    const find = (type: string, name: string): ResolvedResource => {
      const found = resources.find((one) => one.type === type && one.logicalId.startsWith(name));
      if (found === undefined) throw new LocalFailure(`the template has no ${type} called ${name}`);
      return found;
    };
    const worker = find('AWS::Lambda::Function', 'EnforcementWorkflow');
    const { Variables } = worker.properties.Environment as { Variables: Record<string, string> };

    let worlds = 0;
    const createTables = async () => {
      worlds += 1;
      const environment: Record<string, string> = { AWS_REGION: region, ...Variables };
      for (const variable of tableVariables) {
        const table = resources.filter(isTable).find(({ physicalId }) => physicalId === Variables[variable]);
        if (table === undefined) throw new LocalFailure(`the template has no table for ${variable}`);
        const { logicalId, type, attributes, properties } = table;
        const physicalId = `${table.physicalId}-${worlds}`;
        await createTable(engine.endpoint, { logicalId, type, attributes, properties, physicalId });
        environment[variable] = physicalId;
      }
      return environment;
    };
    return {
      dynamodb: engine.endpoint,
      region,
      worker,
      stateMachine: find('AWS::StepFunctions::StateMachine', 'EnforcementMachine'),
      createTables,
      stop: () => closers.closeAll(),
    };
  } catch (error) {
    await closers.closeAll();
    throw error;
  }
}
