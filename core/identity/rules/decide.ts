import type { FaceBands } from '#contract/identity-policy.ts';

/** How like a photo was to the best of the references; the number itself is not kept. */
export type Band = 'same' | 'unsure' | 'unlike';

export const bandOf = ({ passAt, unsureAt }: FaceBands, similarity: number): Band =>
  similarity >= passAt ? 'same' : similarity >= unsureAt ? 'unsure' : 'unlike';

/** What comes after a photo that was compared. */
export type AfterPhoto = 'pass' | 'another-photo' | 'movement' | 'person';

/**
 * One more photo first, whatever the band. Then unsure ones may be settled by a movement where there is a component
 * for it, and what stays open, or was unlike twice, is for a person. Nothing here restricts anybody.
 */
export const afterPhoto = (
  bands: readonly Band[],
  { hasMovement, byMovement }: { hasMovement: boolean; byMovement: boolean },
): AfterPhoto => {
  if (bands.at(-1) === 'same') return 'pass';
  if (byMovement || bands.filter((band) => band === 'unlike').length >= 2) return 'person';
  if (bands.length === 1) return 'another-photo';
  return bands.length === 2 && hasMovement ? 'movement' : 'person';
};
