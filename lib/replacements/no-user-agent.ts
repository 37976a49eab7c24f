/** Takes the place of what tells the SDK's version and machine to the service with every call: nobody reads it. */
export const getUserAgentPlugin = () => ({ applyToStack: () => {} });
export const getUserAgentMiddlewareOptions = {};
export const userAgentMiddleware = () => (next: unknown) => next;
export const resolveUserAgentConfig = <T>(config: T): T => config;
export const DEFAULT_UA_APP_ID = undefined;
export const createDefaultUserAgentProvider = () => async () => [];
export const defaultUserAgent = () => async () => [];
export const crtAvailability = { isCrtAvailable: false };
