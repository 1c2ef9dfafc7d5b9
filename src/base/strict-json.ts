/**
 * Strict JSON: the bytes of a file as one JSON document, and nothing that a reader might take in two ways.
 *
 * Implements base/sidecar-json-syntax and, of base/sidecar-json, the rules of the strict alternative that hold anywhere
 * in a document (spec/base/sidecar-json.md): UTF-8, whole surrogate pairs, each name once, a depth of at most 64.
 */
import { parse, type MemberNode, type ValueNode } from '@humanwhocodes/momoa';
import { refuse } from './errors.js';

const DEPTH_LIMIT = 64;

const strict = (field: string, expected: string, got: string): never => refuse('json-strict', { clause: 'base/sidecar-json', field, expected, got });
const syntax = (expected: string, got: string): never => refuse('json-syntax', { clause: 'base/sidecar-json-syntax', field: 'document', expected, got });

/** A document as a tree, and its text, into which the ranges of the nodes point. */
export interface JsonDocument {
  readonly text: string;
  readonly root: ValueNode;
}

/** The document that was read last, and never changed: a node reads its sidecar anew each time, and most often it is the same. */
let last: JsonDocument | null = null;

/**
 * The document in a file.
 *
 * @clause base/sidecar-json-syntax base/sidecar-json
 * @throws Refusal `json-syntax`, `json-depth`, `json-strict`
 */
export function parseStrictJson(file: Uint8Array): JsonDocument {
  const text = decodeUtf8(file);
  if (last?.text === text) return last;
  checkCharacters(text);
  const root = parseText(text);
  checkNames(root);
  last = { text, root };
  return last;
}

function decodeUtf8(file: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(file);
  } catch {
    return strict('document', 'UTF-8', 'other bytes');
  }
}

/** Before anything is parsed: the parser recurses once a level, and would let control characters in strings pass. */
function checkCharacters(text: string): void {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charCodeAt(at);
    if (inString) {
      if (character < 0x20) syntax('no raw control character in a string', 'one');
      if (character === 0x5c /* \ */) at += 1;
      else if (character === 0x22 /* " */) inString = false;
    } else if (character === 0x22) {
      inString = true;
    } else if (character === 0x5b /* [ */ || character === 0x7b /* { */) {
      depth += 1;
      if (depth > DEPTH_LIMIT) refuse('json-depth', { clause: 'base/sidecar-json', field: 'document', expected: `a depth of at most ${DEPTH_LIMIT}`, got: 'more' });
    } else if (character === 0x5d /* ] */ || character === 0x7d /* } */) {
      depth -= 1;
    }
  }
}

function parseText(text: string): ValueNode {
  try {
    return parse(text, { mode: 'json', ranges: true }).body;
  } catch {
    return syntax('one JSON value', 'another text'); // The parser's own message may quote the document.
  }
}

/**
 * The name of a member, escapes resolved.
 *
 * @clause base/sidecar-json-syntax
 */
export const nameOf = ({ name }: MemberNode): string => name.type === 'String' ? name.value : name.name;

/** In every object each name once, escapes resolved, and no half of a surrogate pair in any name or string. */
function checkNames(node: ValueNode): void {
  if (node.type === 'String') checkWhole(node.value);
  if (node.type === 'Array') for (const { value } of node.elements) checkNames(value);
  if (node.type !== 'Object') return;
  const names = new Set<string>();
  for (const member of node.members) {
    const name = nameOf(member);
    checkWhole(name);
    if (names.has(name)) strict('member', 'each name once', 'one repeated');
    names.add(name);
    checkNames(member.value);
  }
}

function checkWhole(text: string): void {
  if (!text.isWellFormed()) strict('string', 'whole surrogate pairs', 'half of one');
}
