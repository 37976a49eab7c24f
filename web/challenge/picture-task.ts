import type { TaskOf } from '#contract/challenges.ts';
import { type Action, otherWays, type Shown } from './action.ts';
import { type Choice, orderedChoices } from './choices.ts';
import { clip } from './clip.ts';
import { playerControls } from './player.ts';
import { t } from './texts.ts';
import { recordTrace } from './trace.ts';
import { ask, element } from './view.ts';

/** Comfortable for a thumb, where the places are far enough apart; WCAG 2.5.8 asks for 24. */
const largestStopPx = 52;
const smallestStopPx = 24;

/** As large as the two nearest places let them be. */
const sizeStops = (stage: HTMLElement, { places, width, height }: TaskOf<'picture'>): void => {
  const scale = stage.clientWidth;
  const distances = places.flatMap((a, i) =>
    places.slice(i + 1).map((b) => Math.hypot(a.x - b.x, ((a.y - b.y) * height) / width) * scale),
  );
  const size = Math.min(largestStopPx, Math.max(smallestStopPx, Math.min(...distances) - 4));
  stage.style.setProperty('--stop', `${Math.floor(size)}px`);
};

/** The clip with a button on every place. It starts by itself unless the driver wants less motion. */
export const askPicture = (task: TaskOf<'picture'>, shown: Shown): Promise<Action> =>
  ask((act, ended) => {
    const { places, picks, width, height } = task;
    const canvas = element('canvas', { role: 'img', 'aria-label': t('clip') });
    const of = places.length;
    const stops: Choice[] = places.map(({ x, y }, n) => {
      const stop = element('button', { type: 'button', class: 'stop' });
      stop.style.left = `${x * 100}%`;
      stop.style.top = `${y * 100}%`;
      const name = (at?: number) => t(at ? 'stopPicked' : 'stop', { n: n + 1, of, ...(at && { at }) });
      return { n, button: stop, name };
    });
    const stage = element(
      'div',
      { class: 'stage', role: 'group', 'aria-label': t('stops') },
      canvas,
      ...stops.map(({ button }) => button),
    );
    // Places are given from the left and the top, whatever direction the language has.
    stage.dir = 'ltr';
    stage.style.aspectRatio = `${width} / ${height}`;
    const resized = new ResizeObserver(() => sizeStops(stage, task));
    resized.observe(stage);
    ended.addEventListener('abort', () => resized.disconnect());

    const trace = recordTrace(stage, ended);
    const player = playerControls(
      { play: () => played.play(), pause: () => played.pause(), rewind: () => played.rewind() },
      trace.note,
    );
    const played = clip(canvas, task, player.told, ended);
    const choices = orderedChoices(stops, picks, {
      trace,
      done: (picked) =>
        act({
          do: 'answer',
          attempt: { answer: { kind: 'picks', taskId: task.taskId, picks: picked }, trace: trace.finish() },
        }),
    });
    if (!matchMedia('(prefers-reduced-motion: reduce)').matches) played.play();
    return {
      title: t('pictureTitle'),
      lead: task.instruction,
      notice: shown.notice,
      body: [stage, player.controls, ...choices.controls, otherWays(shown, act)],
    };
  });
