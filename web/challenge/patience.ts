import type { Reply } from './api.ts';
import { nextOf, t } from './texts.ts';
import { ask, button, element, row, showBusy } from './view.ts';

/** Refusals that the same request may not meet a second time. */
const passing = new Set(['try-again', 'internal-error', 'outcome-unknown']);

/**
 * Sends until there is an answer, each time when the driver says so. All that is sent here is harmless to send again.
 */
export const patiently = async <T>(
  send: () => Promise<Reply<T>>,
  lostText: string = t('lostText'),
): Promise<Exclude<Reply<T>, { kind: 'lost' }>> => {
  for (;;) {
    const reply = await send();
    if (reply.kind === 'answer' || (reply.kind === 'refused' && !passing.has(reply.problem.code)))
      return reply;
    const told =
      reply.kind === 'lost'
        ? { title: t('lostTitle'), text: lostText }
        : { title: reply.problem.title, text: nextOf(reply.problem) };
    await ask<void>((answer) => ({
      title: told.title,
      body: [element('p', {}, told.text), row(button(t('again'), () => answer(), { class: 'primary' }))],
    }));
    showBusy();
  }
};
