import type { Task, TaskMode } from '#contract/challenges.ts';
import type { ProblemDocument } from '#contract/problem-document.ts';
import type { Action, Shown } from './action.ts';
import { type Api, type Attempt, openApi } from './api.ts';
import { askAfterFailure, showPassed, showRefused, showWithoutChallenge } from './endings.ts';
import { type Hold, holdClock } from './hold.ts';
import { readStart, type Start } from './host.ts';
import { patiently } from './patience.ts';
import { askForPerson, awaitPerson } from './person.ts';
import { askPicture } from './picture-task.ts';
import { askSound } from './sound-task.ts';
import { nextOf, t } from './texts.ts';
import { askUnlock } from './unlock-task.ts';
import { find, type Notice, showBusy } from './view.ts';
import { askWork } from './work-task.ts';

type Ended = { clearance: string } | { refused: ProblemDocument };

/** The challenge itself goes on after these, and is asked what it shows now. */
const goesOn = new Set(['challenge-failed', 'task-replaced', 'challenge-spent', 'slow-down']);

const plainly = (problem: ProblemDocument): Notice => {
  const { title, attemptsLeft } = problem;
  const tries = attemptsLeft ? t('triesLeft', { n: attemptsLeft }) : undefined;
  return { tone: 'plain', title, text: [nextOf(problem), tries].filter(Boolean).join(' ') };
};

const askTask = (task: Task, shown: Shown, { host }: Start): Promise<Action> => {
  switch (task.kind) {
    case 'work':
      return askWork(task, shown);
    case 'unlock':
      return askUnlock(task, shown, host);
    case 'picture':
      return askPicture(task, shown);
    case 'sound':
      return askSound(task, shown);
    default:
      // A widget of somebody else's belongs to the app, on a page of its own: this one shows our own task.
      return Promise.resolve({ do: 'switch', mode: 'picture' });
  }
};

/** What the driver does about the challenge as it stands. */
const decide = async (shown: Shown, start: Start): Promise<Action> => {
  const { task, state } = shown.challenge;
  if (task) return askTask(task, shown, start);
  return state === 'failed' ? askAfterFailure(shown, start) : { do: 'person' };
};

/** The notice that the next task begins with, or how it ended. */
const send = async (api: Api, attempt: Attempt): Promise<Notice | Ended> => {
  const body = JSON.stringify(attempt);
  showBusy(t('sending'));
  const reply = await patiently(() => api.attempt(body));
  if (reply.kind === 'refused')
    return goesOn.has(reply.problem.code) ? plainly(reply.problem) : { refused: reply.problem };
  if (reply.body.status === 'passed') return { clearance: reply.body.clearance };
  return { tone: 'good', title: t('right'), text: t('oneMore') };
};

const callPerson = async (api: Api, shown: Shown): Promise<Notice | undefined> => {
  const isWanted = await askForPerson(shown);
  if (!isWanted) return undefined;
  showBusy();
  const reply = await patiently(() => api.askPerson());
  if (reply.kind === 'refused') return plainly(reply.problem);
  await awaitPerson(api, shown);
  return undefined;
};

/** One challenge from its first task to its end. */
const solve = async (api: Api, hold: Hold, start: Start): Promise<Ended> => {
  let mode: TaskMode | undefined;
  let first: Task['kind'] | undefined;
  let notice: Notice | undefined;
  for (;;) {
    showBusy();
    const got = await patiently(() => api.challenge(mode), t('lostLoad'));
    if (got.kind === 'refused') return { refused: got.problem };
    hold.show(got.body.heldUntil, got.date);
    if (got.body.clearance) return { clearance: got.body.clearance };

    if (mode === undefined) first = got.body.task?.kind;
    const shown = { challenge: got.body, first, notice };
    const action = await decide(shown, start);
    notice = undefined;
    if (action.do === 'person') notice = await callPerson(api, shown);
    if (action.do === 'switch') {
      mode = action.mode;
      // Sounds take as long as they take.
      if (mode === 'sound') await hold.extend();
    }
    if (action.do === 'answer') {
      const sent = await send(api, action.attempt);
      if (!('tone' in sent)) return sent;
      notice = sent;
    }
  }
};

const run = async (start: Start): Promise<void> => {
  const api = openApi(start);
  const hold = holdClock(find('hold'), api);
  const ended = await solve(api, hold, start);
  find('why').remove();
  if ('clearance' in ended) showPassed(api, hold, start, ended.clearance);
  else {
    hold.clear();
    showRefused(start, ended.refused);
  }
};

find('why').textContent = t('why');
const start = readStart();
if (start) void run(start);
else showWithoutChallenge();
