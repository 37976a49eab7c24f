import './shell/further-problems.ts';
import * as contract from '#contract/challenges.ts';
import { answerAttempt } from '#core/challenge/answer-attempt.ts';
import { attemptChallenge } from '#core/challenge/attempt-challenge.ts';
import { extendChallenge } from '#core/challenge/extend-challenge.ts';
import { askPerson, passByPerson } from '#core/challenge/pass-by-person.ts';
import { showChallenge } from '#core/challenge/show-challenge.ts';
import { challengesEnvironment, readEnvironment } from './env.ts';
import { httpFunction, on } from './http.ts';
import {
  answered,
  challengeOf,
  extended,
  passed,
  shown,
  waiting,
  waitingList,
} from './shell/challenge-answers.ts';
import { deployedChallenges } from './shell/deployed-challenges.ts';

const { shell, deps, forCall, attempted, listWaiting } = deployedChallenges(
  readEnvironment(challengesEnvironment),
);

export const handler = httpFunction(shell, [
  on(contract.getChallenge)(async (call) =>
    shown(await showChallenge(deps, { ...challengeOf(call), ...call.query })),
  ),
  on(contract.attemptChallenge)(async (call) => {
    const input = { ...challengeOf(call), ...call.body };
    const outcome = await attempted(
      call,
      (outcome, of) => answerAttempt(outcome, call.body, input.challengeId, of),
      () => attemptChallenge(forCall(call.headers), input),
    );
    return answered(outcome);
  }),
  on(contract.extendChallenge)(async (call) => extended(await extendChallenge(deps, challengeOf(call)))),
  on(contract.askPerson)(async (call) => waiting(await askPerson(deps, challengeOf(call)))),
  on(contract.listWaiting)(async ({ query }) => waitingList(query.cursor, listWaiting)),
  on(contract.passChallenge)(async ({ caller: { accountId: reviewerId }, params, body }) =>
    passed(await passByPerson(deps, { ...params, ...body, reviewerId })),
  ),
]);
