import { isJsonObject } from './aws-json-server.ts';
import type { ResolvedResource } from './types.ts';

/** What the functions have in one variable of their environment, each value once. */
export const valuesOf = (resources: readonly ResolvedResource[], name: string): string[] => {
  const values = resources
    .filter(({ type }) => type === 'AWS::Lambda::Function')
    .map(({ properties: { Environment } }) => (isJsonObject(Environment) ? Environment.Variables : undefined))
    .map((variables) => (isJsonObject(variables) ? variables[name] : undefined));
  return [...new Set(values.filter((value) => typeof value === 'string'))];
};
