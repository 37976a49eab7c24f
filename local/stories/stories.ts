import { dayMs, type EnforcementWorld, type Person } from '../enforcement-world.ts';
import { nameOf, type Teller } from './teller.ts';

/** What a story is played with. */
export interface Stage {
  world: EnforcementWorld;
  teller: Teller;
  driver: string;
}
interface Story {
  /** In one line. */
  about: string;
  play: (stage: Stage) => Promise<void>;
}

/** A case for a new finding. */
const suspected = async (
  { world, teller, driver }: Stage,
  name: string,
  kind: 'bot-suspected' | 'credentials-shared' = 'bot-suspected',
): Promise<string> => {
  const outcome = await world.find(driver, { name, kind });
  if (outcome.status !== 'opened') throw new Error(`the finding is ${outcome.status}`);
  await teller.tell();
  return outcome.caseId;
};

const decided = async (
  { world, teller }: Stage,
  caseId: string,
  person: Person,
  action: Parameters<EnforcementWorld['decide']>[2],
  said?: string,
): Promise<void> => {
  const outcome = await world.decide(caseId, person, action, said ? { rationale: said } : {});
  if (outcome.status !== 'decided') throw new Error(`${action}: ${outcome.code}`);
  const { rationale = '' } = outcome.case.events.at(-1) ?? {};
  teller.say(`The ${nameOf(person)} writes: “${rationale}”`);
  await teller.tell();
};

const warned = async (stage: Stage): Promise<string> => {
  const { teller } = stage;
  teller.scene('The detector finds what one in 2,500 verified people shows.');
  const caseId = await suspected(stage, 'first');
  await teller.pass(2);
  teller.scene('An analyst has read the records.');
  await decided(stage, caseId, 'analyst', 'warn');
  return caseId;
};

const offboardAndReinstate = async (stage: Stage): Promise<void> => {
  const { world, teller, driver } = stage;
  await warned(stage);
  await teller.pass(30);

  teller.scene('It is found again while the warning counts.');
  const removal = await suspected(stage, 'second');
  await decided(stage, removal, 'lead-analyst', 'propose-offboarding');
  teller.scene('The lead analyst, who may approve removals, tries to approve the own one.');
  const alone = await world.decide(removal, 'lead-analyst', 'approve-offboarding');
  teller.say(`Refused: ${alone.status === 'refused' ? alone.code : alone.status}.`);
  await teller.pass(1);
  teller.scene('A second person looks at all of it anew.');
  await decided(stage, removal, 'approver', 'approve-offboarding');

  teller.scene('The notice period: the driver works, and books two blocks for after it.');
  const at = world.now();
  const blocks = await world.market.publish(at + 20 * dayMs, at + 21 * dayMs);
  for (const { blockId } of blocks)
    teller.say(`The driver claims a block: ${await world.market.claim(driver, blockId)}.`);
  await teller.pass(14);

  teller.scene('Another driver takes one of the two blocks; the first driver appeals.');
  const taken = await world.market.claim('another-driver', blocks[1]?.blockId ?? '');
  teller.say(`The other driver claims a block: ${taken}.`);
  const { noticeId } = await world.notice(driver, 'removed');
  const words = 'My phone has a switch that repeats my taps. I claim by hand.';
  teller.say(`The driver writes: “${words}”`);
  await world.appeal(driver, noticeId, words);
  await teller.tell();
  await teller.pass(3);

  teller.scene('Somebody who had no part in it answers.');
  await decided(stage, removal, 'appeal-reviewer', 'overturn');
  teller.scene('The driver is back, with the block that was still free; the other one is owed.');
};

const victim = async (stage: Stage): Promise<void> => {
  const { world, teller, driver } = stage;
  teller.scene('Three phones claim for one account in turn. Its driver may be the victim.');
  await suspected(stage, 'first', 'credentials-shared');
  teller.say('All sessions have ended: whoever has the password alone cannot go on.');
  await teller.pass(1);
  teller.scene('The driver changes the password, signs in again and keeps the one phone at hand.');
  const outcome = await world.recover(driver, `phone-of-${driver}`);
  if (outcome.status !== 'recovered') throw new Error(`recovering: ${outcome.code}`);
  await teller.tell();
  await teller.pass(5);
  teller.scene('It happens a second time: now a person looks.');
  const again = await suspected(stage, 'second', 'credentials-shared');
  await teller.pass(1);
  const words = 'The driver was asked on the phone: it was the old telephone, before it was sold.';
  await decided(stage, again, 'analyst', 'dismiss', words);
};

const warnAndStop = async (stage: Stage): Promise<void> => {
  const { world, teller, driver } = stage;
  await warned(stage);
  teller.scene('The driver answers, and works on.');
  const { noticeId } = await world.notice(driver, 'warning');
  const words = 'A friend had set this up. It is gone.';
  teller.say(`The driver writes: “${words}”`);
  await world.respond(driver, noticeId, words);
  await teller.tell();
  await teller.pass(90);
};

/** By the name that they are asked for with. */
export const stories = {
  'offboard-and-reinstate': {
    about: 'a warning, a repetition, a removal by two people, an appeal, and everything taken back',
    play: offboardAndReinstate,
  },
  victim: { about: 'somebody else uses an account, and its driver is helped', play: victim },
  'warn-and-stop': { about: 'a warning that nothing follows', play: warnAndStop },
} as const satisfies Record<string, Story>;
