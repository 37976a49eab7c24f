import { sweep } from '#core/enforcement/sweep.ts';
import { countLastMonth } from '#core/evidence/figures/count-last-month.ts';
import { figuresStore } from '#core/evidence/figures/figures-store.ts';
import { dynamoDb } from '#core/shared/dynamodb-store.ts';
import { enforcementUpkeepEnvironment, readEnvironment } from './env.ts';
import { deployedEnforcement } from './shell/deployed-enforcement.ts';
import { log } from './shell/log.ts';

const env = readEnvironment(enforcementUpkeepEnvironment);
const database = dynamoDb();
const deps = deployedEnforcement(env, database);
const figures = figuresStore(database, env.ENFORCEMENT_TABLE);

/** By the clock: cases and leavings that are due, clocks that run out soon, and the figures of the last month. */
export const handler = async (): Promise<void> => {
  log.info('enforcement.swept', { ...(await sweep(deps)) });
  const counted = await countLastMonth({ audit: deps.audit, figures }, deps.now());
  if (counted === 'counted') log.info('figures.counted');
};
