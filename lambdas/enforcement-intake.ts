import type { EventBridgeEvent } from 'aws-lambda';
import { botSuspectedDetail } from '#contract/findings.ts';
import { openCase } from '#core/enforcement/open-case.ts';
import { enforcementIntakeEnvironment, readEnvironment } from './env.ts';
import { deployedEnforcement } from './shell/deployed-enforcement.ts';
import { deployedSightings, foundIn, kindOf } from './shell/found.ts';
import { log } from './shell/log.ts';

const env = readEnvironment(enforcementIntakeEnvironment);
const deps = deployedEnforcement(env);
const sightings = deployedSightings(env);

/** Something was found about an account: a case, or more evidence for the one that is open. What is thrown comes again. */
export const handler = async (event: EventBridgeEvent<string, unknown>): Promise<void> => {
  const detail = botSuspectedDetail.parse(event.detail);
  const found = await foundIn(sightings, detail, kindOf(event['detail-type']), { by: 'machine' });
  const outcome = await openCase(deps, found);
  if (outcome.status === 'refused') throw new Error('others write this driver all the time');
  const { status } = outcome;
  log.info(`case.${status}`, {
    evidenceId: detail.evidenceId,
    ...('caseId' in outcome && { caseId: outcome.caseId }),
  });
};
