import { emptyEvent, type LoggedEvent, routes } from './logged-event.ts';

/** An optional group of fields or of events: what another service's log may lack. */
export interface OptionalGroup {
  readonly name: string;
  readonly words: string;
  /** Whether an event tells of it. */
  readonly isTold: (event: LoggedEvent) => boolean;
  /** The event without it; undefined when nothing of the event is left. */
  readonly blank: (event: LoggedEvent) => LoggedEvent | undefined;
  /** Whether the graph is made of it. */
  readonly isIdentity: boolean;
}

const nothing = emptyEvent();

const fields = (
  name: string,
  words: string,
  names: readonly (keyof LoggedEvent)[],
  isIdentity = false,
): OptionalGroup => {
  const blanked = Object.fromEntries(names.map((field) => [field, nothing[field]]));
  return {
    name,
    words,
    isIdentity,
    isTold: (event) => names.some((field) => !Object.is(event[field], nothing[field])),
    blank: (event) => ({ ...event, ...blanked }),
  };
};

const events = (name: string, words: string, kinds: ReadonlySet<number>): OptionalGroup => ({
  name,
  words,
  isIdentity: false,
  isTold: ({ route }) => kinds.has(route),
  blank: (event) => (kinds.has(event.route) ? undefined : event),
});

const own: ReadonlySet<number> = new Set([routes.release, routes.checkIn, routes.selfieCheck, routes.device]);

const secondMs = 1_000;

/** New ones are appended: copies of accounts are drawn by the place. */
export const optionalGroups: readonly OptionalGroup[] = [
  fields('latency', 'time from rendering to request', ['latencyMs']),
  fields('offers', 'which offer, and its pay', ['offer', 'value']),
  fields('outcome', 'what came of a request', ['outcome']),
  fields('device', 'device identifiers', ['device'], true),
  fields('attestation', 'verdicts and keys of attestation', ['verdict', 'key'], true),
  fields('network', 'network prefix and type', ['network', 'asn'], true),
  events('interface', 'pointer and app events', new Set([routes.pointer, routes.telemetry])),
  events('views', 'views of offers', new Set([routes.view])),
  events('challenges', 'challenges', new Set([routes.challenge])),
  events('own', "releases, check-ins, selfies and devices: this service's own", own),
  fields('place', 'station and position', ['station', 'latitude', 'longitude']),
  fields('durations', 'time of work and of solving', ['durationMs']),
  {
    name: 'clock',
    words: 'parts of a second',
    isIdentity: false,
    isTold: ({ at }) => at % secondMs !== 0,
    blank: (event) => ({ ...event, at: event.at - (event.at % secondMs) }),
  },
];

/** Groups that every log of some accounts may be expected to have, and one has not. */
export const lacksAny = (usual: readonly string[], told: readonly string[]): boolean =>
  usual.some((name) => !told.includes(name));

/** A set of groups as bits, in the order above. */
export type GroupSet = number;
export const allGroups: GroupSet = 2 ** optionalGroups.length - 1;

export const namesOf = (set: GroupSet): readonly string[] =>
  optionalGroups.filter((_, at) => set & (1 << at)).map(({ name }) => name);

export const setOf = (names: readonly string[]): GroupSet =>
  optionalGroups.reduce((set, { name }, at) => (names.includes(name) ? set | (1 << at) : set), 0);

export const blanksIdentity = (set: GroupSet): boolean =>
  optionalGroups.some(({ isIdentity }, at) => isIdentity && set & (1 << at));

/** Events as they would be in a log that lacks these groups. */
export const withoutGroups = (list: readonly LoggedEvent[], set: GroupSet): readonly LoggedEvent[] => {
  if (set === 0) return list;
  const blanked = optionalGroups.filter((_, at) => set & (1 << at));
  return list.flatMap((event) => {
    let left: LoggedEvent | undefined = event;
    for (const group of blanked) left = left && group.blank(left);
    return left ?? [];
  });
};

/** Groups that these events tell of, with those that others have told of. */
export const groupsIn = (list: readonly LoggedEvent[], before: GroupSet = 0): GroupSet => {
  let told = before;
  for (const event of list) {
    if (told === allGroups) break;
    for (let at = 0; at < optionalGroups.length; at += 1)
      if (!(told & (1 << at)) && optionalGroups[at]?.isTold(event)) told |= 1 << at;
  }
  return told;
};
