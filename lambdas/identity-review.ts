import './shell/further-problems.ts';
import './shell/people-problems.ts';
import * as contract from '#contract/identity-review.ts';
import { createStaffCode } from '#core/identity/choose-way.ts';
import { decideCheck, viewCheck } from '#core/identity/review-check.ts';
import { staffCodesStore } from '#core/identity/staff-codes-store.ts';
import { viewsStore } from '#core/identity/views-store.ts';
import { identityReviewEnvironment, readEnvironment } from './env.ts';
import { httpFunction, on } from './http.ts';
import { deployedPhotos } from './shell/deployed-identity.ts';
import { deployedShell } from './shell/deployed-shell.ts';
import { codeCreated, decided, viewed, waitingChecks } from './shell/review-answers.ts';

const env = readEnvironment(identityReviewEnvironment);
const common = deployedPhotos(env);
const deps = {
  ...common,
  views: viewsStore(common.database, env.IDENTITY_TABLE, env.RECORD_RETENTION_DAYS),
  staffCodes: staffCodesStore(common.database, env.IDENTITY_TABLE, env.RECORD_RETENTION_DAYS),
};
const stations = new Set(env.STATION_IDS);

export const handler = httpFunction(deployedShell(env), [
  on(contract.listSelfieChecks)(({ query }) => waitingChecks(deps, query.cursor)),
  on(contract.viewSelfieCheck)(async ({ caller: { accountId: reviewerId }, params, body }) => {
    const { rationale, sharp = false } = body;
    return viewed(await viewCheck(deps, { ...params, rationale, sharp, reviewerId }));
  }),
  on(contract.decideSelfieCheck)(async ({ caller: { accountId: reviewerId }, params, body }) =>
    decided(await decideCheck(deps, { ...params, ...body, reviewerId })),
  ),
  on(contract.createStaffCode)(async ({ caller: { accountId: by }, params: { stationId }, body }) =>
    stations.has(stationId)
      ? codeCreated(stationId, await createStaffCode(deps, { stationId, by, ...body }))
      : { problem: 'unknown-station' },
  ),
]);
