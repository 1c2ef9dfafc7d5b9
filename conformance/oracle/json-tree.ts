/**
 * A tree of a JSON text with what JSON.parse drops: members in their order, repeated ones too, and numbers as they are
 * written. The suite's own; whether a text is JSON at all is left to JSON.parse.
 */

/** A value of the tree. */
export type JsonNode =
  | { readonly kind: 'object'; readonly members: readonly JsonMember[] }
  | { readonly kind: 'array'; readonly items: readonly JsonNode[] }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'null' };

/** A member; the escapes of its name are resolved. */
export interface JsonMember { readonly name: string; readonly value: JsonNode }

/** Whether a text is one JSON value and nothing else. */
export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The tree of a text that is JSON; null when it is nested deeper than `depth`. */
export function jsonTree(text: string, depth: number): JsonNode | null {
  let at = 0;

  // What follows white space is a bracket, a comma or colon, a string, or a run of letters, digits and signs.
  const token = (): string => {
    while (' \t\r\n'.includes(text.charAt(at))) at += 1;
    const start = at;
    const first = text.charAt(at);
    at += 1;
    if (first === '"') {
      while (text.charAt(at) !== '"') at += text.charAt(at) === '\\' ? 2 : 1;
      at += 1;
    } else if (!'{}[],:'.includes(first)) {
      while (at < text.length && !'{}[],: \t\r\n'.includes(text.charAt(at))) at += 1;
    }
    return text.slice(start, at);
  };

  const value = (first: string, room: number): JsonNode | null => {
    if ((first === '{' || first === '[') && room === 0) return null;
    if (first === '{') return object(room - 1);
    if (first === '[') return array(room - 1);
    if (first.startsWith('"')) return { kind: 'string', value: JSON.parse(first) as string };
    if (first === 'null') return { kind: 'null' };
    return first === 'true' || first === 'false' ? { kind: 'boolean' } : { kind: 'number', text: first };
  };

  const object = (room: number): JsonNode | null => {
    const members: JsonMember[] = [];
    for (let next = token(); next !== '}'; next = token()) {
      if (next === ',') next = token();
      token(); // the colon
      const inner = value(token(), room);
      if (inner === null) return null;
      members.push({ name: JSON.parse(next) as string, value: inner });
    }
    return { kind: 'object', members };
  };

  const array = (room: number): JsonNode | null => {
    const items: JsonNode[] = [];
    for (let next = token(); next !== ']'; next = token()) {
      const inner = value(next === ',' ? token() : next, room);
      if (inner === null) return null;
      items.push(inner);
    }
    return { kind: 'array', items };
  };

  return value(token(), depth);
}
