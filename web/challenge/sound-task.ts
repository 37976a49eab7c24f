import type { TaskOf } from '#contract/challenges.ts';
import { type Action, otherWays, type Shown } from './action.ts';
import { type Choice, orderedChoices } from './choices.ts';
import { playerControls } from './player.ts';
import { t } from './texts.ts';
import { recordTrace } from './trace.ts';
import { ask, element } from './view.ts';

const bytesOf = (base64: string) => Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));

/** The sounds, and their names to choose from. They never start by themselves: a screen reader may be speaking. */
export const askSound = (task: TaskOf<'sound'>, shown: Shown): Promise<Action> =>
  ask((act, ended) => {
    const address = URL.createObjectURL(new Blob([bytesOf(task.audio)], { type: 'audio/wav' }));
    const audio = new Audio(address);
    const heard = element('progress', { max: 1, value: 0, 'aria-label': t('played') });
    const options: Choice[] = task.choices.map(({ n, name }) => ({
      n,
      button: element('button', { type: 'button', class: 'sound' }, name),
      name: (at) => (at ? t('soundPicked', { name, at }) : name),
    }));
    const choices = element(
      'div',
      { class: 'sounds', role: 'group', 'aria-label': t('sounds') },
      ...options.map(({ button }) => button),
    );
    const order = element('ol', { 'aria-label': t('order') });

    const trace = recordTrace(choices, ended);
    const player = playerControls(
      {
        play: () => void audio.play().catch(() => player.told('end')),
        pause: () => audio.pause(),
        rewind: () => {
          audio.currentTime = 0;
        },
      },
      trace.note,
    );
    const tell = (what: 'play' | 'pause' | 'end') => () => {
      // A media element pauses at its end, too.
      if (what === 'pause' && audio.ended) return;
      player.told(what);
    };
    audio.addEventListener('playing', tell('play'), { signal: ended });
    audio.addEventListener('seeked', () => !audio.paused && player.told('play'), { signal: ended });
    audio.addEventListener('pause', tell('pause'), { signal: ended });
    audio.addEventListener('ended', tell('end'), { signal: ended });
    audio.addEventListener('timeupdate', () => {
      heard.value = Math.min(1, (audio.currentTime * 1_000) / task.durationMs);
    });
    ended.addEventListener('abort', () => {
      audio.pause();
      URL.revokeObjectURL(address);
    });
    const nameOf = (n: number) => options.find((option) => option.n === n)?.name() ?? '';
    const picked = orderedChoices(options, task.picks, {
      trace,
      changed: (chosen) => order.replaceChildren(...chosen.map((n) => element('li', {}, nameOf(n)))),
      done: (picks) =>
        act({
          do: 'answer',
          attempt: { answer: { kind: 'picks', taskId: task.taskId, picks }, trace: trace.finish() },
        }),
    });
    return {
      title: t('soundTitle'),
      lead: task.instruction,
      notice: shown.notice,
      body: [player.controls, heard, choices, order, ...picked.controls, otherWays(shown, act)],
    };
  });
