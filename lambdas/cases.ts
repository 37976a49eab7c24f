import './shell/people-problems.ts';
import * as contract from '#contract/cases.ts';
import { decideCase } from '#core/enforcement/decide-case.ts';
import { lookAtCase, noteReading } from '#core/enforcement/look-at-case.ts';
import { openCases } from '#core/enforcement/open-cases.ts';
import { casesEnvironment, readEnvironment } from './env.ts';
import { httpFunction, on } from './http.ts';
import { auditListed, caseShown, casesListed, decided } from './shell/case-answers.ts';
import { deployedEnforcement } from './shell/deployed-enforcement.ts';
import { deployedShell } from './shell/deployed-shell.ts';
import { deployedSightings, foundByHand } from './shell/found.ts';

const env = readEnvironment(casesEnvironment);
const deps = deployedEnforcement(env);
const sightings = deployedSightings(env);

export const handler = httpFunction(deployedShell(env), [
  on(contract.listCases)(async ({ caller: { accountId: reader }, query }) => {
    await noteReading(deps, { reader, what: 'cases.listed' });
    return casesListed(deps.cases, query);
  }),
  on(contract.openCases)(async ({ caller: { accountId: by }, body: { evidenceIds, rationale } }) => {
    const opened = await openCases(deps, evidenceIds, (evidenceId) =>
      foundByHand(sightings, evidenceId, { by, rationale }),
    );
    return { status: 201, body: { opened } };
  }),
  on(contract.getCase)(async ({ caller: { accountId: reader }, params: { caseId } }) => {
    const seen = await lookAtCase(deps, { caseId, reader });
    return seen ? caseShown(seen.case, seen.standing, seen.notices, deps.now()) : { problem: 'not-found' };
  }),
  on(contract.decideCase)(async ({ caller: reviewer, params, body }) =>
    decided(await decideCase(deps, { ...params, ...body, reviewer })),
  ),
  on(contract.listAudit)(async ({ caller: { accountId: reader }, query }) => {
    await noteReading(deps, { reader, what: 'audit.read' });
    return auditListed(deps.audit, query);
  }),
]);
