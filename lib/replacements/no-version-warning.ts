/** Takes the place of the SDK's warning about versions of Node older than the one that these functions run on. */
export const state = { warningEmitted: true };
export const emitWarningIfUnsupportedVersion = () => undefined;
