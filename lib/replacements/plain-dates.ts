/**
 * Takes the place of the SDK's parsers of times, which guard against malformed ones. The services that these
 * functions call write well-formed times, which `Date` reads in every form that the SDK knows.
 */
const read = (value: unknown) => {
  if (value === null || value === undefined) return undefined;
  const date = new Date(value as string);
  if (Number.isNaN(date.getTime())) throw new TypeError(`no time: ${value}`);
  return date;
};
export const dateToUtcString = (date: Date) => date.toUTCString();
export const parseRfc3339DateTime = read;
export const parseRfc3339DateTimeWithOffset = read;
export const parseRfc7231DateTime = read;
export const parseEpochTimestamp = (value: unknown) =>
  value === null || value === undefined ? undefined : read(Number(value) * 1_000);
