import type { ProblemDocument } from '#contract/problem-document.ts';
import type { KeptPhone } from './kept-phone.ts';
import type { Session } from './session.ts';

export interface Context {
  session: Session;
  kept: KeptPhone;
  save: () => void;
  print: (line: string) => void;
  station: string;
  offer?: string | undefined;
  argument?: string | undefined;
  /** Words after the argument. */
  text?: string | undefined;
}

/** The API said no. */
export class Refusal extends Error {
  readonly problem: ProblemDocument;
  constructor(doing: string, problem: ProblemDocument) {
    super(doing);
    this.problem = problem;
  }
}

/** The command line was wrong. */
export class Usage extends Error {}

type Outcome<Body> = { ok: true; body: Body } | { ok: false; body: ProblemDocument };

/** The success of an answer, or the refusal of the command. */
export const good = <Body>(doing: string, answer: Outcome<Body>): Body => {
  if (!answer.ok) throw new Refusal(doing, answer.body);
  return answer.body;
};

export const describeDevice = (device: {
  deviceId: string;
  platform: string;
  tier: string;
  status: string;
  reasons: readonly string[];
  claimsFrom?: string | undefined;
}): string => {
  const { deviceId, platform, tier, status, reasons, claimsFrom } = device;
  const why = reasons.length > 0 ? `  (${reasons.join(', ')})` : '';
  const from = claimsFrom ? `, claims from ${claimsFrom}` : '';
  return `${deviceId}  ${platform}  tier ${tier}  ${status}${from}${why}`;
};

export const enrol = async ({ session, kept, save, print }: Context): Promise<void> => {
  const device = good('The phone was not enrolled.', await session.enrol());
  kept.deviceId = device.deviceId;
  save();
  print(`enrolled   ${describeDevice(device)}`);
  print(`the phone and its keys are kept in ${kept.file}`);
  if (device.status === 'pending-approval') {
    print(
      'This phone waits. The one that claims now approves it with `approve <deviceId>`; without one, a person does.',
    );
  }
};

export const enrolOnce = async (context: Context): Promise<void> => {
  if (context.session.isProving && !context.kept.deviceId) await enrol(context);
};

export const needed = ({ argument }: Context, what: string): string => {
  if (!argument) throw new Usage(`Say which: ${what}.`);
  return argument;
};
