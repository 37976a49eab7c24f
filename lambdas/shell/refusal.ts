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

/** Most refusals say nothing of their own: their text is made once. */
const plainBodies = new Map<ProblemCode, string>();

const plainBody = (problem: ProblemCode): string => {
  const body = plainBodies.get(problem) ?? JSON.stringify(describeProblem(problem));
  plainBodies.set(problem, body);
  return body;
};

export const problemResult = ({
  problem,
  headers,
  reason,
  faults,
}: Refusal): APIGatewayProxyStructuredResultV2 => ({
  statusCode: problems[problem].status,
  headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store', ...headers },
  body:
    reason || faults
      ? JSON.stringify(describeProblem(problem, { ...(reason && { reason }), ...(faults && { faults }) }))
      : plainBody(problem),
});
