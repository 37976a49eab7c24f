import { scoringQueue } from '#core/detection/scoring/queue-gateway.ts';
import { runPlanner } from '#core/detection/scoring/run-planner.ts';
import { detectionPlannerEnvironment, readEnvironment } from './env.ts';
import { deployedFindings, deployedQueue, deployedScoring, newId } from './shell/deployed-detection.ts';
import { log } from './shell/log.ts';

const env = readEnvironment(detectionPlannerEnvironment);
const found = deployedFindings(env);
const scoring = deployedScoring(env, found.database);
const send = scoringQueue(deployedQueue(env.SCORING_QUEUE_URL, env.AWS_REGION), env.SCORING_QUEUE_URL);

/** By the clock: decides about batches that are complete, hands out the next one, and tells what is due. */
export const handler = async (): Promise<void> => {
  const key = await scoring.readKey();
  log.info('detection.planned', await runPlanner({ ...found, ...scoring, key, send, newId }));
};
