import type { TraceEvent } from '#contract/challenge-trace.ts';
import { t } from './texts.ts';
import { button, element, icon, row } from './view.ts';

/** Something that runs from its start to its end and can be stopped on the way (WCAG 2.2.2). */
export interface Playable {
  /** Goes on where it was; from the start after its end. */
  play(): void;
  pause(): void;
  /** To the start; if it is running it goes on from there, and `play` is told again. */
  rewind(): void;
}

export type Played = Extract<TraceEvent['e'], 'play' | 'pause' | 'end'>;

/** Play or pause, and from the start. `told` is to be called with what happens, and tells the trace. */
export const playerControls = (playable: Playable, note: (what: Played) => void) => {
  let state: Played = 'end';
  const toggle = element('button', { type: 'button' });
  const draw = () => {
    const does = state === 'play' ? 'pause' : 'play';
    toggle.replaceChildren(icon(does), t(does));
  };
  const told = (what: Played) => {
    state = what;
    note(what);
    draw();
  };
  toggle.addEventListener('click', () => (state === 'play' ? playable.pause() : playable.play()));
  const restart = () => {
    // In a trace, what plays after a pause goes on from there: this does not.
    if (state === 'pause') note('end');
    playable.rewind();
    if (state !== 'play') playable.play();
  };
  draw();
  return {
    controls: row(toggle, button(t('fromStart'), restart, {}, icon('restart'))),
    told,
  };
};
