/** Takes the place of the SDK's log line for every call: no client here has a logger, and items are never logged. */
export const getLoggerPlugin = () => ({ applyToStack: () => {} });
export const loggerMiddlewareOptions = {};
export const loggerMiddleware = () => (next: unknown) => next;
/** What such a line would hide of a call. */
export const schemaLogFilter = () => ({});
