import { readableStack } from './readable-stack.ts';

/**
 * One line per event that somebody should see, as JSON (Lambda's own JSON logging adds the request id and time).
 * Codes are stable. Never pass a token, a secret, an image or a request body.
 */
export const log = {
  info: (code: string, facts: Record<string, unknown> = {}) => console.info({ code, ...facts }),
  error: (code: string, error: unknown, facts: Record<string, unknown> = {}) => {
    const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
    console.error({ code, error: name, message, stack: readableStack(stack), ...facts });
  },
};
