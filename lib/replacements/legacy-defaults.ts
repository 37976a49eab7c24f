/** Takes the place of the SDK's choice of timeouts by where it runs: these functions set their own. */
export const resolveDefaultsModeConfig = () => async () => 'legacy';
