import type { EventBridgeEvent } from 'aws-lambda';
import { reviewVerdictDetail } from '#contract/findings.ts';
import { applyVerdict } from '#core/detection/findings/give-verdict.ts';
import { detectionVerdictsEnvironment, readEnvironment } from './env.ts';
import { deployedFindings } from './shell/deployed-detection.ts';
import { log } from './shell/log.ts';

const deps = deployedFindings(readEnvironment(detectionVerdictsEnvironment));

/** A person's word on a finding, wherever it was said. What is thrown comes again. */
export const handler = async ({ detail }: EventBridgeEvent<string, unknown>): Promise<void> => {
  const given = reviewVerdictDetail.parse(detail);
  const { verdictId, evidenceId, release } = given;
  const outcome = await applyVerdict(deps, given);
  if (outcome.status === 'try-again') throw new Error('others write this release all the time');
  if (outcome.status === 'applied')
    log.info('verdict.applied', { verdictId, release, happened: outcome.happened });
  else log.error('verdict.unknown', new Error('a word about a finding that is not here'), { evidenceId });
};
