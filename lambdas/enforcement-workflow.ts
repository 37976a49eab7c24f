import type { Where } from '#core/enforcement/advance-case.ts';
import { enforcementWorkflowEnvironment, readEnvironment } from './env.ts';
import { deployedEnforcement } from './shell/deployed-enforcement.ts';
import { carryOut } from './shell/workflow-orders.ts';

const deps = deployedEnforcement(readEnvironment(enforcementWorkflowEnvironment));

/** Called by the workflow for every step of a case. */
export const handler = (event: unknown): Promise<Where | null> => carryOut(deps, event);
