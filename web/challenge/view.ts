import { t } from './texts.ts';

type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;
type Child = Node | string | false | undefined;

export const element = <K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] => {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    if (value !== undefined && value !== false) made.setAttribute(name, value === true ? '' : String(value));
  made.append(...children.filter((child) => child !== false && child !== undefined));
  return made;
};

export const button = (
  text: string,
  press: () => void,
  attributes: Attributes = {},
  ...before: readonly Child[]
): HTMLButtonElement => {
  const made = element('button', { type: 'button', ...attributes }, ...before, text);
  made.addEventListener('click', press);
  return made;
};

/** Buttons beside each other, as far as they fit. */
export const row = (...buttons: readonly Child[]): HTMLElement =>
  element('div', { class: 'row' }, ...buttons);

const shapes = {
  play: 'M7 4.5v15l12.5-7.5z',
  pause: 'M6 4.5h4.2v15H6zM13.8 4.5H18v15h-4.2z',
  restart: 'M12 5V1.5L6.5 6l5.5 4.5V7.2a5.4 5.4 0 1 1-5.4 5.4H4.4A7.6 7.6 0 1 0 12 5z',
  check: 'M9.6 18.2 3.8 12.4l1.9-1.9 3.9 3.9 8.7-8.7 1.9 1.9z',
} as const;

/** Beside a text that says the same: hidden from who hears the page. */
export const icon = (name: keyof typeof shapes): SVGElement => {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  svg.setAttribute('class', 'icon');
  path.setAttribute('d', shapes[name]);
  svg.append(path);
  return svg;
};

export interface Notice {
  tone: 'good' | 'plain';
  title: string;
  text?: string | undefined;
}

export interface View {
  title: string;
  notice?: Notice | undefined;
  /** What to do, in a sentence or two. */
  lead?: string;
  /** Something goes on that the driver need not wait for attentively. */
  busy?: boolean;
  body?: readonly Child[];
}

export const find = (id: string) => document.getElementById(id) as HTMLElement;

/** Tells who hears the page. The same text twice is told twice. */
export const say = (text: string): void => {
  const status = find('status');
  status.textContent = '';
  setTimeout(() => {
    status.textContent = text;
  }, 50);
};

/** Where who hears the page, or uses keys, goes on. */
export const focusHeading = (): void => find('view').querySelector('h1')?.focus();

/** Before anybody did anything, nobody's focus is to be moved. */
let wasUsed = false;
for (const sign of ['pointerdown', 'keydown', 'click'])
  addEventListener(sign, () => {
    wasUsed = true;
  });

export const show = ({ title, notice, lead, busy, body = [] }: View): void => {
  document.title = `${title} · Evenfield`;
  const heading = element('h1', { tabindex: -1, 'aria-describedby': lead && 'lead' }, title);
  const told = notice && [notice.title, notice.text].filter(Boolean).join(' ');
  find('view').replaceChildren(
    ...(notice
      ? [
          element(
            'div',
            { class: `notice ${notice.tone}` },
            notice.tone === 'good' && icon('check'),
            element(
              'p',
              {},
              element('strong', {}, notice.title),
              notice.text ? ` ${notice.text}` : undefined,
            ),
          ),
        ]
      : []),
    heading,
    ...(lead ? [element('p', { id: 'lead', class: 'lead' }, lead)] : []),
    ...body.filter((child) => child !== false && child !== undefined),
  );
  find('view').setAttribute('aria-busy', String(busy ?? false));
  if (wasUsed) focusHeading();
  if (told || !wasUsed) say(told ?? [title, lead].filter(Boolean).join('. '));
};

/** Shows a view until it has an answer; `shown` ends with it, and all that belongs to it. */
export const ask = <T>(build: (answer: (value: T) => void, shown: AbortSignal) => View): Promise<T> =>
  new Promise((resolve) => {
    const ending = new AbortController();
    const answer = (value: T) => {
      if (ending.signal.aborted) return;
      ending.abort();
      resolve(value);
    };
    show(build(answer, ending.signal));
  });

export const showBusy = (title: string = t('busy')): void =>
  show({
    title,
    busy: true,
    body: [element('p', { class: 'dots', 'aria-hidden': 'true' }, element('i'), element('i'), element('i'))],
  });
