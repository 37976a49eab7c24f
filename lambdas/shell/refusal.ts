import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { describeProblem, type Fault } from '#contract/problem-document.ts';
import { type ProblemCode, problems } from '#contract/problems.ts';

/** An expected no, as a value: what the caller is told. */
export interface Refusal {
  problem: ProblemCode;
  reason?: string;
  faults?: Fault[];
  headers?: Record<string, string>;
}

/** The refusal of a use case, for the caller. */
export const refusalOf = (outcome: { code: ProblemCode; faults?: readonly Readonly<Fault>[] }): Refusal => ({
  problem: outcome.code,
  ...(outcome.faults && { faults: [...outcome.faults] }),
});

export const problemResult = ({
  problem,
  headers,
  ...extra
}: Refusal): APIGatewayProxyStructuredResultV2 => ({
  statusCode: problems[problem].status,
  headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store', ...headers },
  body: JSON.stringify(describeProblem(problem, extra)),
});
