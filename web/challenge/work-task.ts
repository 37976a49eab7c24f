import type { Solution, Challenge as Work } from 'altcha-lib/types';
import type { TaskOf } from '#contract/challenges.ts';
import { type Action, otherWays, type Shown } from './action.ts';
import { t } from './texts.ts';
import { ask, button, element, row, say } from './view.ts';

/** Long enough that somebody may wonder whether it still goes on. */
const slowMs = 8_000;

/** Of the library; one that it cannot load or solve is one that fails. */
const work = (challenge: Work, ended: AbortSignal): Promise<Solution> =>
  new Promise((resolve, reject) => {
    const { worker: address } = (document.querySelector('main') as HTMLElement).dataset;
    const worker = new Worker(address as string);
    ended.addEventListener('abort', () => worker.terminate());
    worker.addEventListener('error', reject);
    worker.addEventListener('message', ({ data }: MessageEvent<Solution | { error: unknown } | null>) =>
      data && 'counter' in data ? resolve(data) : reject(data),
    );
    worker.postMessage({ type: 'work', challenge });
  });

/** Starts by itself and needs nobody; who wants to can stop it. */
export const askWork = (task: TaskOf<'work'>, shown: Shown): Promise<Action> =>
  ask((act, ended) => {
    const stopping = new AbortController();
    ended.addEventListener('abort', () => stopping.abort());
    const told = element('p', {}, t('workText'));
    const progress = element('progress', { 'aria-label': t('workTitle') });
    const controls = row();
    const tell = (text: string) => {
      told.textContent = text;
      say(text);
    };
    const end = (text: string) => {
      if (ended.aborted || stopping.signal.aborted) return;
      stopping.abort();
      clearTimeout(slow);
      progress.remove();
      const again = button(t('workAgain'), () => act({ do: 'reload' }), { class: 'primary' });
      const wasFocused = controls.contains(document.activeElement);
      controls.replaceChildren(again);
      if (wasFocused) again.focus();
      tell(text);
    };
    controls.append(button(t('workStop'), () => end(t('workStopped'))));
    const slow = setTimeout(() => tell(t('workSlow')), slowMs);
    ended.addEventListener('abort', () => clearTimeout(slow));

    work(task.work as unknown as Work, stopping.signal).then(
      ({ counter, derivedKey }) =>
        act({
          do: 'answer',
          attempt: { answer: { kind: 'work', taskId: task.taskId, counter, derivedKey } },
        }),
      () => end(t('workFailed')),
    );
    return {
      title: t('workTitle'),
      notice: shown.notice,
      body: [told, progress, controls, otherWays(shown, act)],
    };
  });
