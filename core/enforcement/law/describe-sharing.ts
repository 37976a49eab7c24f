import type { AnswerOf } from '#contract/route.ts';
import type { SharingPolicy } from '#contract/sharing-policy.ts';
import type { getTransparency } from '#contract/transparency.ts';
import { lateReleaseDays } from '#core/offers/late-releases.ts';

/** What is published of how blocks are shared out. */

type Sharing = AnswerOf<typeof getTransparency>['body']['sharing'];

/** The configuration that runs. */
export interface LiveSharing {
  stations: readonly {
    stationId: string;
    /** In percent: draw, reserved, gated, direct. */
    shares: readonly [draw: number, reserved: number, gated: number, direct: number];
  }[];
  sharing: Omit<SharingPolicy, 'draws'> & { draws: Omit<SharingPolicy['draws'], 'beaconUrls'> };
}

export const sharingRules: readonly string[] = [
  'A block that is drawn is open for some seconds. Whoever enters before the close takes part, and every entry counts the same: to be fast buys nothing.',
  'Every driver has one entry in a draw, however often and from however many phones it is sent.',
  'Opening the app more often, declining, letting an offer pass, or showing in another way who drives changes nothing about anybody’s chances.',
  'Who is drawn follows from a secret that was committed to before anybody could enter, and from a public random value that nobody knows before the close. Nobody can choose who wins, not even who runs this service.',
  'To check a draw, take its record from /v1/draws/{drawId}/record: `npm run verify-draw` holds it again without this service. Drivers stand in it under names that say nothing to who does not know their account, other ones in every draw.',
  'A reserved block is kept for one driver after the other, for some minutes each: of those who joined the rotation of the station, whoever was asked longest ago is next. To let one pass costs nothing, and what nobody took is drawn.',
  'A block that is given back goes to nobody for being first: it is drawn again. Whoever gives back more blocks shortly before their start than the number below is drawn after everybody else for a time, and is told until when.',
  'Where a block starts so soon that the app asks where you are, the position decides that one claim, to about a kilometre, and is not kept.',
];

/** The part of `GET /v1/transparency` about sharing. */
export const describeSharing = ({ stations, sharing }: LiveSharing): Sharing => {
  const { draws, reserved, releases, instant } = sharing;
  return {
    rules: [...sharingRules],
    stations: stations.map(({ stationId, shares: [draw, reserved, gated, direct] }) => ({
      stationId,
      shares: { draw, reserved, gated, direct },
    })),
    draws: { seconds: draws.seconds, againSeconds: draws.againSeconds, beacon: draws.beacon },
    reserved: { minutes: reserved.minutes, turns: reserved.turns },
    lateReleases: { hours: releases.lateHours, most: releases.most, days: lateReleaseDays },
    ...(instant && { instant: { withinMinutes: instant.withinMinutes, kilometers: instant.kilometers } }),
  };
};
