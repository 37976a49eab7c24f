import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { deleteDetected, putDetected } from '#core/challenge/risk/detected-store.ts';
import { identifiersStore } from '#core/detection/graph/identifiers-store.ts';
import { accountsStore } from '#core/detection/scoring/accounts-store.ts';
import { liftFriction } from '#core/detection/scoring/lift-friction.ts';
import { queuedMessage } from '#core/detection/scoring/queue-gateway.ts';
import { activeOf } from '#core/detection/scoring/run-planner.ts';
import { scoreMessage } from '#core/detection/scoring/score-message.ts';
import { detectionScoringEnvironment, readEnvironment } from './env.ts';
import { deployedFindings, deployedScoring } from './shell/deployed-detection.ts';
import { log } from './shell/log.ts';

const env = readEnvironment(detectionScoringEnvironment);
const found = deployedFindings(env);
const scoring = deployedScoring(env, found.database);
const common = {
  ...found,
  ...scoring,
  accounts: accountsStore(found.database, env.DETECTION_TABLE, env.ATTEMPT_RETENTION_DAYS),
  identifiers: identifiersStore(found.database, env.DETECTION_TABLE, Date.now),
  putFriction: putDetected.bind(null, found.database, env.CHALLENGES_TABLE),
  deleteFriction: deleteDetected.bind(null, found.database, env.CHALLENGES_TABLE),
  onFailed: (error: unknown, accountKey: string) => log.error('scoring.failed', error, { accountKey }),
};

/** Messages one after the other; one that fails comes again, and in the end to the dead letters. */
export const handler = async ({ Records }: SQSEvent): Promise<SQSBatchResponse> => {
  const [key, active] = await Promise.all([scoring.readKey(), found.releases.list().then(activeOf)]);
  const failed: string[] = [];
  for (const { messageId, body } of Records)
    try {
      const message = queuedMessage.parse(JSON.parse(body));
      if ('verdict' in message) log.info('friction.lifted', { outcome: await liftFriction(common, message) });
      else await scoreMessage({ ...common, key, active }, message);
    } catch (error) {
      log.error('scoring.undone', error, { messageId });
      failed.push(messageId);
    }
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
};
