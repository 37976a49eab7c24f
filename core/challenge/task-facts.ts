/** What only the server knows about an object task: it follows from the task's seed and is never sent. */
export interface TaskFacts {
  mode: 'picture' | 'sound';
  /** Indices of the right choices, in order. */
  answer: readonly number[];
  /** How many there are to choose from. */
  choices: number;
  /** Length of the clip or of the sounds, in milliseconds. */
  durationMs: number;
  /** For each right choice, when in the clip it could first be known, in milliseconds. */
  moments: readonly number[];
  /** Centres of the choices in units of the picture, where they have a place. */
  places?: readonly { x: number; y: number }[];
}
