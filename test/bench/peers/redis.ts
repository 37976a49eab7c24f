export const versionOfRedis = (): string | undefined => undefined;
