import { type Shown, toldWays } from './action.ts';
import type { Api } from './api.ts';
import { t } from './texts.ts';
import { ask, button, element, row } from './view.ts';

/** People take minutes; a phone that asks more often only empties its battery. */
const lookEveryMs = 15_000;

const keepSolving = ({ challenge }: Shown, press: () => void, attributes = {}) =>
  challenge.task && button(t('keepSolving'), press, attributes);

const canSolve = ({ challenge }: Shown) => challenge.task && element('p', {}, t('personSolve'));

/** Whether a person is wanted: asked first, as it takes somebody's time. */
export const askForPerson = (shown: Shown): Promise<boolean> =>
  ask((answer) => ({
    title: t('personTitle'),
    notice: shown.challenge.task ? undefined : shown.notice,
    body: [
      element('p', {}, t('personText')),
      canSolve(shown),
      row(
        button(t('personAsk'), () => answer(true), { class: 'primary' }),
        keepSolving(shown, () => answer(false)),
      ),
      !shown.challenge.task && toldWays(shown.challenge.otherWays),
    ],
  }));

/** Until somebody had time, or the driver rather solves it. */
export const awaitPerson = (api: Api, shown: Shown): Promise<void> =>
  ask((answer, ended) => {
    const look = setInterval(async () => {
      if (document.hidden) return;
      const reply = await api.challenge();
      if (reply.kind === 'refused' || (reply.kind === 'answer' && reply.body.clearance)) answer();
    }, lookEveryMs);
    ended.addEventListener('abort', () => clearInterval(look));
    return {
      title: t('personAsked'),
      body: [
        element('p', {}, t('personWait')),
        canSolve(shown),
        row(keepSolving(shown, () => answer(), { class: 'primary' })),
      ],
    };
  });
