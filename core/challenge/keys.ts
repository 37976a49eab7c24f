/** Where what lies in the challenges table. */
export const driverPartition = (driverId: string) => ({ S: `D#${driverId}` });
export const challengeKey = (driverId: string, challengeId: string) => ({
  pk: driverPartition(driverId),
  sk: { S: `C#${challengeId}` },
});
/** What the driver's last passes on this phone cover. */
export const clearanceKey = (driverId: string, deviceId: string | undefined) => ({
  pk: driverPartition(driverId),
  sk: { S: `CLEARANCE#${deviceId ?? ''}` },
});
/** The driver's last claims, as far as the policy looks back. */
export const attemptsKey = (driverId: string) => ({ pk: driverPartition(driverId), sk: { S: 'ATTEMPTS' } });
/** Who let a driver pass by hand, and why. */
export const passKey = (driverId: string, challengeId: string) => ({
  pk: driverPartition(driverId),
  sk: { S: `P#${challengeId}` },
});
/** A trace that somebody solved a task with. */
export const traceKey = (digest: string) => ({ pk: { S: `T#${digest}` }, sk: { S: 'T' } });
/** Drivers whose last claims every function should know, by when it was written. */
export const watchedPartition = (window: number) => ({ S: `WATCHED#${window}` });
/** Accounts of which the detector said something, who most first. */
export const detectedPartition = { S: 'DETECTED' };
export const detectedKey = (driverId: string, points: number, by = '') => ({
  pk: detectedPartition,
  sk: { S: `${9 - points}#${driverId}${by}` },
});
/** Drivers who asked for a person. */
export const waitingPartition = { S: 'WAITING' };
export const waitingKey = (driverId: string, challengeId: string, askedAt: number) => ({
  pk: waitingPartition,
  // Sorts as text the way it sorts as a time.
  sk: { S: `${new Date(askedAt).toISOString()}#${driverId}#${challengeId}` },
});
