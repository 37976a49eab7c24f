import type { TaskOf } from '#contract/challenges.ts';
import type { Playable, Played } from './player.ts';

/** A hidden window gets no frames: the clip waits for whoever comes back instead of running ahead. */
const longestStepMs = 250;

/** Plays the frames of a picture task on a canvas. */
export const clip = (
  canvas: HTMLCanvasElement,
  { image: png, frames, width, height, frameMs }: TaskOf<'picture'>,
  tell: (what: Played) => void,
  shown: AbortSignal,
): Playable => {
  const image = new Image();
  const context = canvas.getContext('2d');
  let atMs = 0;
  /** Each start is a run of its own: what an earlier one has scheduled is void. */
  let run = 0;
  let playing = false;

  let drawn: number | undefined;
  const draw = () => {
    const frame = Math.min(frames - 1, Math.floor(atMs / frameMs));
    if (frame === drawn) return;
    drawn = frame;
    // The image holds the first row of every frame, then the second of every frame, and so on.
    for (let y = 0; y < height; y += 1)
      context?.drawImage(image, 0, y * frames + frame, width, 1, 0, y, width, 1);
  };
  const stop = (what: 'pause' | 'end') => {
    playing = false;
    run += 1;
    tell(what);
  };
  const start = () => {
    const own = run;
    let steppedAt: number | undefined;
    const step = () => {
      if (own !== run || shown.aborted) return;
      // Not the time of the frame, which is before that of the events in a trace.
      const now = performance.now();
      if (steppedAt === undefined) tell('play');
      atMs += Math.min(longestStepMs, now - (steppedAt ?? now));
      steppedAt = now;
      draw();
      if (atMs < frames * frameMs) requestAnimationFrame(step);
      else stop('end');
    };
    requestAnimationFrame(step);
  };
  canvas.width = width;
  canvas.height = height;
  image.addEventListener('load', draw);
  image.src = `data:image/png;base64,${png}`;
  return {
    play: () => {
      if (playing) return;
      if (atMs >= frames * frameMs) atMs = 0;
      playing = true;
      image.decode().then(start, () => stop('pause'));
    },
    pause: () => {
      if (playing) stop('pause');
    },
    rewind: () => {
      atMs = 0;
      if (playing) tell('play');
    },
  };
};
