import { styleText } from 'node:util';
import type { AuditEntry } from '#contract/cases.ts';
import { dayMs, type EnforcementWorld } from '../enforcement-world.ts';

/** Where a story is written to; colours are for terminals alone. */
export type Screen = NodeJS.WritableStream;

const what: Readonly<Record<string, string>> = {
  'case.opened': 'opens a case. Nothing is decided yet; claims ask for silent work more often.',
  'case.added': 'adds what was found to the open case.',
  'case.repeated': 'ends the observation: it happened again. The warning stays until it expires.',
  'case.stopped': 'ends the observation: nothing was found. The case is over.',
  'case.offboarded': 'ends the account, as two people decided: sessions end, later blocks are given back.',
  'case.closed': 'closes the case: the time to appeal is over.',
  'case.lapsed': 'ends the case: nobody decided in time, or its ground is gone.',
  'case.secured': 'has the account back. The case is over, without a warning.',
  'case.postponed': 'waits: a block of the driver is running.',
  'decision.dismiss': 'dismisses the case.',
  'decision.warn': 'warns the driver.',
  'decision.propose': 'proposes to end the account. It needs another person.',
  'decision.approve': 'approves: the notice period begins. Work goes on.',
  'decision.uphold': 'answers the appeal: the decision stands.',
  'decision.overturn': 'answers the appeal: the decision was wrong. All of it is taken back.',
  'appeal.filed': 'appeals. A removal waits for the answer.',
  'response.received': 'answers the notice.',
  'clock.missed': 'notes that people were late.',
  'notice.sent': 'sends the mail:',
  'undo.done': 'has taken back what the removal did:',
};
const reasons: Readonly<Record<string, string>> = {
  'automated-claiming': 'claiming with a program',
  'shared-credentials': 'somebody else uses the account',
};

/** People are called after the part that they have in it. */
export const nameOf = (account: string): string => account.replaceAll('-', ' ');
const actorOf = ({ actor: { kind, id } }: AuditEntry): string =>
  kind === 'person' ? `The ${nameOf(id)} (a person)` : `The ${kind}`;

const columns = 100;
/** Lines as a screen has room for, without changing a word. */
const wrapped = (text: string): string[] => {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length >= columns) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
};

const factsOf = ({ facts: { reasonCode, restored, owed, clock } }: AuditEntry): string[] => [
  ...(typeof reasonCode === 'string' ? [`ground: ${reasons[reasonCode] ?? reasonCode}`] : []),
  ...(restored !== undefined ? [`blocks restored: ${restored}, owed in money: ${owed}`] : []),
  ...(clock !== undefined ? [`clock: ${clock}`] : []),
];

const inSeattle = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'America/Los_Angeles',
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
});
const date = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'America/Los_Angeles' });

/** Tells what happens in a world to one driver: from its audit, its mails and its tables, and nothing else. */
export const tellerOf = (world: EnforcementWorld, driver: string, screen: Screen) => {
  const style = (format: Parameters<typeof styleText>[0], text: string) =>
    styleText(format, text, { stream: screen });
  const line = (text = '') => screen.write(`${text}\n`);
  const startedAt = world.now();
  let told = 0;
  let mailsTold = 0;

  const mail = () => {
    for (const { to, subject, text } of world.mailsTo(driver).slice(mailsTold, mailsTold + 1)) {
      const body = [`To: ${to}`, `Subject: ${subject}`, '', ...text.trimEnd().split('\n')];
      for (const each of body.flatMap(wrapped)) line(style('cyan', `        | ${each}`.trimEnd()));
    }
    mailsTold += 1;
  };

  const entry = (one: AuditEntry) => {
    const at = Date.parse(one.at);
    const day = `Day ${Math.floor((at - startedAt) / dayMs)}`.padEnd(8);
    const facts = factsOf(one);
    line(
      `${style('dim', `${day}${inSeattle.format(at)}`)}  ${style('bold', actorOf(one))} ${what[one.action] ?? one.action}`,
    );
    if (facts.length > 0) line(`        ${facts.join('; ')}`);
    if (one.action === 'notice.sent') mail();
  };

  /** Everything since the last time. */
  const happened = async () => {
    for (const one of await world.audit(told + 1)) {
      told = one.seq;
      entry(one);
    }
  };

  const standing = async () => {
    const { state, strikes, cases } = await world.standing(driver);
    const counting = strikes.filter(({ expiresAt }) => expiresAt > world.now());
    const last = cases.at(-1);
    const blocks = (await world.market.bookedBy(driver)).length;
    const warnings = counting.map(({ expiresAt }) => `one until ${date.format(expiresAt)}`);
    const parts = [
      `account ${state}`,
      `warnings that count: ${warnings.length > 0 ? warnings.join(', ') : 'none'}`,
      `booked blocks: ${blocks}`,
      (await world.restrictedBy(driver)) === undefined ? 'can work' : 'cannot work',
      ...((await world.hasFriction(driver)) ? ['claims ask for silent work'] : []),
      ...(last ? [`case: ${(await world.case(last)).state}`] : []),
    ];
    const [first = '', ...rest] = wrapped(`Standing: ${parts.join('; ')}.`);
    for (const each of [first, ...rest.map((more) => `  ${more}`)]) line(style('yellow', `        ${each}`));
  };

  return {
    title: (text: string) => line(style(['bold', 'underline'], text)),
    /** What nobody writes down, such as what a driver does by hand. */
    say: (text: string) => line(`        ${text}`),
    scene: (text: string) => line(`\n${style('green', text)}`),
    /** After something was done: what it set off, and how the driver stands. */
    tell: async () => {
      await happened();
      await standing();
    },
    /** Day by day, with the sweeper that runs beside the workflow. */
    pass: async (days: number) => {
      for (let day = 0; day < days; day += 1) {
        await world.advance(1);
        await world.sweep();
        await happened();
      }
      const later = days === 1 ? 'A day later' : `${days} days later`;
      line(style('dim', `        ${later}: ${date.format(world.now())}`));
      await standing();
    },
    end: async () => {
      const outcome = await world.verify();
      if (outcome.status !== 'verified') throw new Error(`the audit is broken at entry ${outcome.at}`);
      const { entries, head } = outcome;
      line();
      line(`${style('bold', 'The audit holds:')} ${entries} entries, each with the hash of the one before.`);
      line(`The last one is ${head.hash}.`);
    },
  };
};
export type Teller = ReturnType<typeof tellerOf>;
