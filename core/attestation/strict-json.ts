/** In a valid JSON text: strings, and what opens, closes and separates. */
const token = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g;

/** Whether an object of a valid JSON text names a member twice, in whichever spelling. */
const repeatsMember = (text: string): boolean => {
  const open: (Set<string> | undefined)[] = [];
  let last = '';
  for (const [part] of text.matchAll(token)) {
    if (part === '{') open.push(new Set());
    else if (part === '[') open.push(undefined);
    else if (part === '}' || part === ']') open.pop();
    else if (part === ':') {
      const members = open.at(-1);
      const name = JSON.parse(last) as string;
      if (members?.has(name)) return true;
      members?.add(name);
    }
    last = part;
  }
  return false;
};

/**
 * The value of a JSON text, or nothing for what is none. JSON.parse takes the last of two members with one name,
 * and other readers the first: a text with both is read by nobody here (RFC 8259 section 4).
 */
export const readStrictJson = (text: string): unknown => {
  try {
    const value: unknown = JSON.parse(text);
    return repeatsMember(text) ? undefined : value;
  } catch {
    return undefined;
  }
};
