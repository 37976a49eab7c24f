import * as z from 'zod/mini';

const percent = z.number().check(z.gte(0), z.lte(100));
const share = z.number().check(z.gte(0), z.lte(1));
const whole = (least: number, most: number) => z.int().check(z.gte(least), z.lte(most));
const degrees = z.number().check(z.gte(0), z.lte(90));

/** What a photo must be before it is compared. A photo that is not costs the driver nothing but another one. */
export const photoGate = z.strictObject({
  /** That it is a face at all, and of what is said about it. */
  confidence: percent,
  attributeConfidence: percent,
  /** Of the picture's width, and in pixels. */
  leastWidth: share,
  leastPixels: whole(40, 1_000),
  /** A second face smaller than this part of the first one's area is a passer-by. */
  passerBy: share,
  sharpness: percent,
  darkest: percent,
  brightest: percent,
  /** Degrees to either side, down and up. */
  yaw: degrees,
  pitchDown: degrees,
  pitchUp: degrees,
});
export type PhotoGate = z.infer<typeof photoGate>;

/** How like two photos must be, as the service that compares them counts. */
export const faceBands = z.strictObject({
  /** From here on it is the same person. */
  passAt: percent,
  /** Below it, a second time, a person looks at once. */
  unsureAt: percent,
});
export type FaceBands = z.infer<typeof faceBands>;

export const selfieSchedule = z.strictObject({
  mostPerDay: whole(0, 3),
  mostPerWeek: whole(0, 7),
  /** Of the check-ins at which nothing else decides, the part that asks for a selfie, by chance. */
  share,
  /** Ask once on a phone that never was asked on. */
  newPhones: z.boolean(),
});
export type SelfieSchedule = z.infer<typeof selfieSchedule>;

export const faceRetention = z.strictObject({
  referenceDays: whole(1, 1_095),
  /** Of a selfie that a person has to look at. */
  selfieHours: whole(1, 72),
});
export type FaceRetention = z.infer<typeof faceRetention>;

/** Who compares faces and how, how often drivers are asked, and how long what is kept. */
export const identityPolicy = z.strictObject({
  /** `off`: nobody is asked for a selfie, and no photo is taken in. */
  mode: z.enum(['off', 'on']),
  /** Named to drivers before they agree. */
  processor: z.enum(['aws-rekognition', 'local-open-model']),
  gate: photoGate,
  bands: faceBands,
  liveness: z.strictObject({
    /** Which component of the app films the driver. */
    component: z.enum(['aws', 'local', 'none']),
    /** Whether a first photo must come from it. */
    enrolment: z.enum(['required', 'offered']),
    enrolmentConfidence: percent,
    checkConfidence: percent,
  }),
  schedule: selfieSchedule,
  check: z.strictObject({
    minutes: whole(5, 120),
    /** Photos that one check takes in at most. */
    photos: whole(3, 50),
    /** Checks that a driver may start unasked within a day. */
    unaskedPerDay: whole(1, 50),
  }),
  retention: faceRetention,
  /** Accepts, with a name, that the service may learn from images where the organisation did not opt out. */
  trainingOverride: z.optional(
    z.strictObject({
      signedBy: z.string().check(z.minLength(3), z.maxLength(100)),
      signedOn: z.iso.date(),
    }),
  ),
});
export type IdentityPolicy = z.infer<typeof identityPolicy>;

export const checkInPolicy = z.strictObject({
  opensMinutesBefore: whole(5, 240),
  closesMinutesAfter: whole(0, 240),
});
export type CheckInPolicy = z.infer<typeof checkInPolicy>;

/** Where a station is, and how far from there somebody still is at it. */
export const stationPosition = z.strictObject({
  latitude: z.number().check(z.gte(-90), z.lte(90)),
  longitude: z.number().check(z.gte(-180), z.lte(180)),
  radiusMeters: whole(100, 20_000),
});
export type StationPosition = z.infer<typeof stationPosition>;
