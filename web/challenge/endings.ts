import type { ProblemDocument } from '#contract/problem-document.ts';
import { type Action, type Shown, toldWays } from './action.ts';
import type { Api } from './api.ts';
import type { Hold } from './hold.ts';
import type { Start } from './host.ts';
import { patiently } from './patience.ts';
import { nextOf, t } from './texts.ts';
import { ask, button, element, icon, row, show, showBusy } from './view.ts';

const backToApp = ({ host }: Partial<Start>) =>
  host && row(button(t('back'), () => host.close(), { class: 'primary' }));

export const showWithoutChallenge = (): void =>
  show({ title: t('openFromApp'), body: [element('p', {}, t('openFromAppText'))] });

/** Passed: the app is told, and a browser may claim by itself. */
export const showPassed = (api: Api, hold: Hold, start: Start, clearance: string): void => {
  hold.settle();
  start.host?.done(clearance);
  const { offerToken } = start;
  const claim = async () => {
    const body = JSON.stringify({ offerToken, clearance });
    showBusy();
    const reply = await patiently(() => api.claim(body));
    hold.clear();
    if (reply.kind === 'refused') return showRefused(start, reply.problem);
    show({ title: t('claimedTitle'), body: [done(), element('p', {}, t('claimedText'))] });
  };
  const claims = !start.host && offerToken;
  show({
    title: t('passedTitle'),
    body: [
      done(),
      element('p', {}, t('passedText')),
      claims && row(button(t('claim'), () => void claim(), { class: 'primary' })),
      backToApp(start),
    ],
  });
};

const done = () => element('p', { class: 'big good' }, icon('check'));

/** All tries are used: it ends here without a word against anybody. */
export const askAfterFailure = ({ notice, challenge }: Shown, start: Start): Promise<Action> =>
  ask((act) => ({
    title: t('failedTitle'),
    notice,
    body: [
      element('p', {}, t('failedText')),
      row(button(t('person'), () => act({ do: 'person' }), { class: 'primary' })),
      toldWays(challenge.otherWays),
      backToApp(start),
    ],
  }));

/** What the API says, and nothing that it does not. */
export const showRefused = (start: Start, problem: ProblemDocument): void =>
  show({
    title: problem.title,
    body: [
      element('p', {}, nextOf(problem)),
      toldWays(problem.otherWays ?? problem.ways ?? []),
      backToApp(start),
    ],
  });
