import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import * as z from 'zod/mini';
import { attemptChallenge } from '#contract/challenges.ts';

/** One driver in front of a window of their own, and what their page did. */
export interface Driver {
  page: Page;
  /** What the page sent as answers, in order, as text. */
  sent: string[];
  /** The same, as the contract reads it. Throws for what it does not take. */
  attempts(): z.output<typeof attemptChallenge.body>[];
  /** Of the console and of scripts that threw: also what the content security policy stopped. */
  complaints: string[];
  press(name: string): Promise<void>;
  heading(name: string): Locator;
}

export const openDriver = async (
  browser: Browser | undefined,
  options: BrowserContextOptions = {},
): Promise<Driver> => {
  if (!browser) throw new Error('there is no browser');
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, ...options });
  const page = await context.newPage();
  const sent: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => {
    if (request.url().endsWith('/attempts')) sent.push(request.postData() ?? '');
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    const isRefusal = message.text().startsWith('Failed to load resource');
    if (message.type() === 'error' && !isRefusal) complaints.push(message.text());
  });
  return {
    page,
    sent,
    complaints,
    attempts: () => sent.map((text) => z.parse(attemptChallenge.body, JSON.parse(text))),
    press: (name) => page.getByRole('button', { name, exact: true }).click(),
    heading: (name) => page.getByRole('heading', { level: 1, name }),
  };
};
