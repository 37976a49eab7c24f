import { t } from './texts.ts';
import { button, element, icon } from './view.ts';

/** Something that runs from its start to its end and can be stopped on the way (WCAG 2.2.2). */
export interface Playable {
  /** Goes on where it was; from the start after its end. */
  play(): void;
  pause(): void;
  rewind(): void;
}

export type Played = 'play' | 'pause' | 'end';

/** Play or pause, and from the start. `told` is to be called with what happens. */
export const playerControls = (playable: Playable) => {
  let playing = false;
  const toggle = element('button', { type: 'button' });
  const draw = () => toggle.replaceChildren(icon(playing ? 'pause' : 'play'), t(playing ? 'pause' : 'play'));
  toggle.addEventListener('click', () => (playing ? playable.pause() : playable.play()));
  const restart = button(
    t('fromStart'),
    () => {
      playable.rewind();
      playable.play();
    },
    {},
    icon('restart'),
  );
  draw();
  return {
    controls: element('div', { class: 'row player' }, toggle, restart),
    told: (what: Played) => {
      playing = what === 'play';
      draw();
    },
  };
};
