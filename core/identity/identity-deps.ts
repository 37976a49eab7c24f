import type { IdentityPolicy } from '#contract/identity-policy.ts';
import type { Surroundings } from '#core/shared/tries.ts';
import type { ChecksStore } from './checks-store.ts';
import type { DriverKeysDeps } from './driver-keys.ts';
import type { FaceChecks } from './face-checks.ts';
import type { PhotosStore } from './photos-store.ts';
import type { ProfileStore } from './profile-store.ts';
import type { FacesGateway, Unavailable } from './rekognition-gateway.ts';

/** What looking at photos needs. Other use cases take a part of it. */
export interface IdentityDeps extends Surroundings {
  policy: IdentityPolicy;
  profiles: ProfileStore;
  checks: ChecksStore;
  driverKeys: DriverKeysDeps;
  photos: PhotosStore;
  faces: FacesGateway;
  /** Whether faces may be compared now. */
  faceChecks: () => Promise<FaceChecks>;
  /** Told when somebody else's service did not answer. */
  onUnavailable: (failed: Unavailable) => void;
}

/** Whose photo, from which phone. */
export interface Sender {
  driverId: string;
  deviceId?: string;
}
