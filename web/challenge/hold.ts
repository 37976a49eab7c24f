import type { Api } from './api.ts';
import { t } from './texts.ts';
import { button, element, focusHeading, say } from './view.ts';

/** Early enough to ask for more time, late enough not to interrupt. */
const warnSeconds = 20;

/** A `Date` header knows no more than the second that has begun. */
const headerStepMs = 1_000;

const clock = (seconds: number) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;

export interface Hold {
  /** `at`, if known, is the server's time of now: a phone's clock can be wrong by hours. */
  show(heldUntil: string | undefined, at: string | null | undefined): void;
  /** Once; again it does nothing. */
  extend(): Promise<void>;
  /** No more time can be asked for. */
  settle(): void;
  clear(): void;
}

/** How long the block is still held, beside the page's name: the only time that is shown to anybody. */
export const holdClock = (place: HTMLElement, api: Api): Hold => {
  let endsAt: number | undefined;
  let ahead = 0;
  let extended = false;
  let told: string | undefined;
  const time = element('span', { role: 'timer' });
  const more = button(t('moreTime'), () => void extend());
  const running = element('p', {}, `${t('held')} `, time);
  const over = element('p', {}, t('notHeld'));

  const draw = () => {
    if (endsAt === undefined) return place.replaceChildren();
    const seconds = Math.max(0, Math.floor((endsAt - Date.now() - ahead) / 1_000));
    time.textContent = clock(seconds);
    const wanted = seconds > 0 ? [running, ...(extended ? [] : [more])] : [over];
    if (wanted.some((one, i) => place.children[i] !== one) || place.children.length !== wanted.length)
      place.replaceChildren(...wanted);
    const stage = seconds === 0 ? 'over' : seconds <= warnSeconds ? 'soon' : undefined;
    if (stage === 'over' && told !== stage) say(t('notHeld'));
    if (stage === 'soon' && told !== stage) say(t('secondsLeft', { n: seconds }));
    told = stage;
  };
  setInterval(draw, 500);

  const show: Hold['show'] = (heldUntil, at) => {
    endsAt = heldUntil === undefined ? undefined : Date.parse(heldUntil);
    const serverNow = Date.parse(at ?? '');
    ahead = Number.isNaN(serverNow) ? 0 : serverNow + headerStepMs / 2 - Date.now();
    draw();
  };
  const extend = async () => {
    if (extended || endsAt === undefined) return;
    const reply = await api.extend();
    if (reply.kind === 'lost') return say(t('notReached'));
    extended = true;
    const before = endsAt;
    if (reply.kind === 'answer') show(reply.body.heldUntil, reply.date);
    const hasMore = endsAt !== undefined && endsAt > before;
    const focused = document.activeElement === more;
    draw();
    if (focused) focusHeading();
    say(t(hasMore ? 'hasMoreTime' : 'noMoreTime'));
  };
  return {
    show,
    extend,
    settle: () => {
      extended = true;
      draw();
    },
    clear: () => {
      endsAt = undefined;
      draw();
    },
  };
};
