import type { Task, TaskMode } from '#contract/challenges.ts';
import type { Attempt, Challenge, Way } from './api.ts';
import { t } from './texts.ts';
import { button, element, type Notice, row } from './view.ts';

/** What a driver decides on a view. */
export type Action =
  | { do: 'answer'; attempt: Attempt }
  /** Without a mode: what the challenge asks for. */
  | { do: 'switch'; mode?: TaskMode }
  | { do: 'person' }
  | { do: 'reload' };

/** What the view of a task is made of. */
export interface Shown {
  challenge: Challenge;
  /** What the challenge asks for by itself. */
  first: Task['kind'] | undefined;
  notice: Notice | undefined;
}

const known = new Set(['picture', 'sound', 'person']);

/** What a driver can do instead: what this page can show, then what it can only tell. */
export const otherWays = (
  { challenge: { rung, otherWays: ways, task }, first }: Shown,
  act: (action: Action) => void,
): HTMLElement => {
  const current = task?.kind;
  const listed = new Set(ways.map(({ way }) => way));
  const offers = (way: string) => rung !== 'person' || listed.has(way);
  const canGoBack = first !== current && first !== 'picture' && first !== 'sound';
  const buttons = [
    ...(canGoBack ? [button(t('firstWay'), () => act({ do: 'switch' }))] : []),
    ...(current !== 'sound' && offers('sound')
      ? [button(t('sound'), () => act({ do: 'switch', mode: 'sound' }))]
      : []),
    ...(current !== 'picture' && offers('picture')
      ? [button(t('picture'), () => act({ do: 'switch', mode: 'picture' }))]
      : []),
    button(t('person'), () => act({ do: 'person' })),
  ];
  return element(
    'section',
    { class: 'ways', 'aria-labelledby': 'ways' },
    element('h2', { id: 'ways' }, t('otherWays')),
    row(...buttons),
    toldWays(ways),
  );
};

/** Those that no button stands for, in the words of the API. */
export const toldWays = (ways: readonly Way[]): HTMLElement | undefined => {
  const told = ways.filter(({ way }) => !known.has(way));
  return told.length > 0 ? element('ul', {}, ...told.map(({ text }) => element('li', {}, text))) : undefined;
};
