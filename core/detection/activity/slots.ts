/**
 * In which quarters of an hour of the last 30 days anything happened: a ring of 2,880 bits, the bit of a quarter being
 * its number since the epoch modulo the ring. Quarters, because every time zone is a whole number of them.
 */
export const slotMs = 900_000;
export const slotsPerDay = 96;
export const slotCount = 30 * slotsPerDay;

export const slotOf = (at: number): number => Math.floor(at / slotMs);

export const emptySlots: Uint8Array = new Uint8Array(slotCount / 8);

/** Whether anything happened in a quarter of the 30 days that end with the newest. */
export const hasSlot = (slots: Uint8Array, slot: number): boolean => {
  const bit = slot % slotCount;
  return ((slots[bit >> 3] as number) & (1 << (bit & 7))) !== 0;
};

const setBit = (slots: Uint8Array, slot: number, on: boolean): void => {
  const bit = slot % slotCount;
  const mask = 1 << (bit & 7);
  const byte = slots[bit >> 3] as number;
  slots[bit >> 3] = on ? byte | mask : byte & ~mask;
};

/** The ring moved on from one newest quarter to another, with the quarters of these events. */
export const withSlots = (
  slots: Uint8Array,
  newest: number,
  nextNewest: number,
  events: readonly { readonly at: number }[],
): Uint8Array => {
  const isFresh = nextNewest - newest >= slotCount;
  const next = isFresh ? new Uint8Array(emptySlots) : new Uint8Array(slots);
  if (!isFresh) for (let slot = newest + 1; slot <= nextNewest; slot += 1) setBit(next, slot, false);
  for (const { at } of events) {
    const slot = slotOf(at);
    if (slot > nextNewest - slotCount) setBit(next, slot, true);
  }
  return next;
};
