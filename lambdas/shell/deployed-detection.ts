import { randomBytes } from 'node:crypto';
import { busGateway } from '#core/detection/findings/bus-gateway.ts';
import { findingsStore } from '#core/detection/findings/findings-store.ts';
import { releasedModels } from '#core/detection/model/released/index.ts';
import { releasesStore } from '#core/detection/releases/releases-store.ts';
import { rules } from '#core/detection/rules/rules.ts';
import { batchesStore } from '#core/detection/scoring/batches-store.ts';
import { detectorsOf } from '#core/detection/scoring/detectors.ts';
import { ownersStore } from '#core/detection/scoring/owners-store.ts';
import { type AwsCall, awsJson } from '#core/shared/aws-json-gateway.ts';
import { type Database, dynamoDb } from '#core/shared/dynamodb-store.ts';
import { currentKey } from '#core/shared/key-generations.ts';
import type { EnvironmentOf } from '../env.ts';
import { runtime, runtimeCredentials } from '../runtime.ts';
import { deployedKeys } from './deployed-keys.ts';

type Findings = Pick<
  EnvironmentOf<'detection-verdicts'>,
  | 'AWS_REGION'
  | 'AWS_ENDPOINT_URL_EVENTBRIDGE'
  | 'DETECTION_TABLE'
  | 'DETECTION'
  | 'RECORD_RETENTION_DAYS'
  | 'EVENT_BUS_NAME'
>;
type Scoring = Pick<EnvironmentOf<'detection-planner'>, 'PSEUDONYMS_TABLE' | 'NETWORK_KEYS'> &
  Pick<Findings, 'DETECTION' | 'DETECTION_TABLE'>;

/** What was found and what people said of it, with a way to tell others. */
export const deployedFindings = (env: Findings, database: Database = dynamoDb()) => {
  const policy = env.DETECTION;
  const bus = awsJson({
    service: 'events',
    endpoint: env.AWS_ENDPOINT_URL_EVENTBRIDGE ?? `https://events.${env.AWS_REGION}.amazonaws.com`,
    region: env.AWS_REGION,
    credentials: runtimeCredentials(),
  });
  return {
    ...runtime,
    database,
    policy,
    findings: findingsStore(database, env.DETECTION_TABLE, env.RECORD_RETENTION_DAYS, Date.now),
    releases: releasesStore(database, env.DETECTION_TABLE, policy.precisionBound),
    tell: busGateway(bus, env.EVENT_BUS_NAME),
  };
};

/** Which models and rules this version runs. */
export const deployedDetectors = ({ DETECTION }: Pick<Findings, 'DETECTION'>) =>
  detectorsOf(DETECTION.models === 'on' ? releasedModels : [], rules);

/** And what scores accounts by them. The key that lots are drawn with is read when it is needed. */
export const deployedScoring = (env: Scoring, database: Database) => {
  const keys = deployedKeys(env.NETWORK_KEYS);
  return {
    batches: batchesStore(database, env.DETECTION_TABLE),
    driverOf: ownersStore(database, env.PSEUDONYMS_TABLE, Date.now),
    detectors: deployedDetectors(env),
    readKey: async () => currentKey(await keys()),
  };
};

export const deployedQueue = (queueUrl: string, region: string): AwsCall =>
  awsJson({ service: 'sqs', endpoint: queueUrl, region, credentials: runtimeCredentials() });

export const newId = () => randomBytes(16).toString('base64url');
