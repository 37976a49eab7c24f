/** Takes the place of the SDK's reader of `~/.aws`: a function has no such files, and looks for them at every start. */
export const CONFIG_PREFIX_SEPARATOR = '.';
export const loadSharedConfigFiles = async () => ({ configFile: {}, credentialsFile: {} });
