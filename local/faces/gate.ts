/** Lets in as much as fits, first come first served; the rest waits and is never refused. */
export interface Gate {
  /** Resolves when there is room for the weight, with what gives it back. */
  enter(weight: number): Promise<() => void>;
}

export function createGate(capacity: number): Gate {
  let free = capacity;
  const waiting: { weight: number; admit: () => void }[] = [];
  const admitNext = () => {
    for (let next = waiting[0]; next && next.weight <= free; next = waiting[0]) {
      waiting.shift();
      free -= next.weight;
      next.admit();
    }
  };
  return {
    enter(asked) {
      const weight = Math.min(asked, capacity);
      return new Promise((resolve) => {
        const leave = () => {
          free += weight;
          admitNext();
        };
        waiting.push({ weight, admit: () => resolve(leave) });
        admitNext();
      });
    },
  };
}
