import './shell/people-problems.ts';
import * as contract from '#contract/detection-review.ts';
import { giveVerdict } from '#core/detection/findings/give-verdict.ts';
import { showFinding, showRecord } from '#core/detection/findings/list-findings.ts';
import { demoteRelease, promoteRelease } from '#core/detection/releases/move-release.ts';
import { runningReleases } from '#core/detection/scoring/detectors.ts';
import { detectionReviewEnvironment, readEnvironment } from './env.ts';
import { httpFunction, on } from './http.ts';
import { deployedDetectors, deployedFindings } from './shell/deployed-detection.ts';
import { deployedShell } from './shell/deployed-shell.ts';
import { detectors, finding, findings, given, moved, record } from './shell/detection-answers.ts';

const env = readEnvironment(detectionReviewEnvironment);
const deps = deployedFindings(env);
const running = new Set(runningReleases(deployedDetectors(env)).map(({ releaseId }) => releaseId));

export const handler = httpFunction(deployedShell(env), [
  on(contract.listFindings)(({ query }) => findings(deps.findings, query)),
  on(contract.getFinding)(async ({ params }) => finding(await showFinding(deps.findings, params.evidenceId))),
  on(contract.getFindingRecord)(async ({ params }) =>
    record(await showRecord(deps.findings, params.evidenceId)),
  ),
  on(contract.giveVerdict)(async ({ caller: { accountId: reviewer }, params, body }) =>
    given(await giveVerdict(deps, { ...params, ...body, reviewer })),
  ),
  on(contract.listDetectors)(async () => detectors(await deps.releases.list(), running)),
  on(contract.promoteDetector)(async ({ caller: { accountId: by }, params, body }) =>
    moved(await promoteRelease(deps, { ...params, ...body, by })),
  ),
  on(contract.demoteDetector)(async ({ caller: { accountId: by }, params, body }) =>
    moved(await demoteRelease(deps, { ...params, ...body, by })),
  ),
]);
