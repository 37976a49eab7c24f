export const versionOfPostgres = (): string | undefined => undefined;
