/**
 * The reference as an adapter: it can answer whatever fits the declaration of a group, with what the declaration has, and
 * alike over both providers of the AEAD port; and it says which classes of vectors that makes. Its nodes are tested in
 * l1-adapter.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { z } from 'zod';
import { isReason } from '../spec/reasons.js';
import { aeadByName } from '../conformance/adapters/reference/adapter.js';
import { vectorAnswerer, type VectorAnswerer } from '../conformance/adapters/reference/vectors.js';
import { formats } from '../conformance/protocol/formats/index.js';
import type { VecAnswer } from '../conformance/protocol/messages.js';
import { composeOperations } from '../src/node/compose.js';

/** As much of JSON Schema as the declarations use. */
interface Schema {
  readonly $ref?: string; readonly $defs?: Readonly<Record<string, Schema>>; readonly anyOf?: readonly Schema[]; readonly oneOf?: readonly Schema[];
  readonly const?: unknown; readonly enum?: readonly unknown[]; readonly type?: string | readonly string[]; readonly minimum?: number; readonly maximum?: number; readonly pattern?: string;
  readonly items?: Schema; readonly maxItems?: number; readonly properties?: Readonly<Record<string, Schema>>; readonly required?: string[];
  readonly additionalProperties?: Schema | boolean; readonly propertyNames?: Schema;
}

const hexOf = (length: number): fc.Arbitrary<string> => fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => Buffer.from(bytes).toString('hex'));
const u64From = (min: bigint): fc.Arbitrary<string> => fc.oneof(fc.constantFrom(min, 2n ** 64n - 1n), fc.bigInt({ min, max: 2n ** 64n - 1n })).map(String);

/** A directory for groups of class file, and what there may be at a path. */
const home = mkdtempSync(join(tmpdir(), 'cutcheck-reference-'));
process.on('exit', () => rmSync(home, { recursive: true, force: true }));
function layOut(): void {
  rmSync(home, { recursive: true, force: true });
  mkdirSync(join(home, 'directory'), { recursive: true });
  writeFileSync(join(home, 'key'), 'k'.repeat(32), { mode: 0o600 });
  writeFileSync(join(home, 'keys.json'), '{"version":2,"keys":{"7":{"purpose":"raft","wrapped":"","local_epoch":3}}}\n');
}
const paths = ['nothing', 'directory', 'directory/nothing', 'nothing/keys.json', 'key', 'keys.json'].map((name) => join(home, name));

/** Values whose form is a pattern, by the name of their definition. */
const NAMED: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  // Often of a length that an operation takes: key, nonce, wrapped key, token, row key.
  Hex: fc.oneof(fc.integer({ min: 0, max: 80 }), fc.constantFrom(32, 12, 60, 17, 27)).chain(hexOf),
  Nonce: hexOf(12), U64: u64From(0n), PositiveU64: u64From(1n),
  // Never any other: the reference writes where it is told to.
  Path: fc.constantFrom(...paths),
};
const text = fc.oneof(
  fc.string(), fc.string({ unit: 'binary' }), fc.json(), fc.constantFrom('__proto__', 'constructor', 'storage', '7', '07', '\ud800', '{"version":2,"keys":{"7":{"purpose":"raft"}}}'));

/** Any value that fits a schema. */
function fitting(schema: Schema, definitions: Readonly<Record<string, Schema>>): fc.Arbitrary<unknown> {
  const name = schema.$ref?.slice(schema.$ref.lastIndexOf('/') + 1);
  if (name !== undefined) return NAMED[name] ?? fitting(definitions[name] ?? {}, definitions);
  const variants = schema.anyOf ?? schema.oneOf;
  if (variants !== undefined) return fc.oneof(...variants.map((variant) => fitting(variant, definitions)));
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (Array.isArray(schema.type)) return fc.oneof(...schema.type.map((type: string) => fitting({ ...schema, type }, definitions)));
  switch (schema.type) {
    case 'null': return fc.constant(null);
    case 'boolean': return fc.boolean();
    case 'integer': {
      const [min, max] = [schema.minimum ?? Number.MIN_SAFE_INTEGER, schema.maximum ?? Number.MAX_SAFE_INTEGER];
      return fc.oneof(fc.constantFrom(min, max), fc.integer({ min, max }), fc.integer({ min: Math.max(min, 0), max: Math.min(max, 3) }));
    }
    case 'string': return schema.pattern === undefined ? text : fc.stringMatching(new RegExp(schema.pattern));
    case 'array': return fc.array(fitting(schema.items ?? {}, definitions), { maxLength: Math.min(schema.maxItems ?? 5, 5) });
    default: {
      const { properties, required = [], additionalProperties, propertyNames } = schema;
      if (properties === undefined) return fc.dictionary(propertyNames === undefined ? text : fitting(propertyNames, definitions) as fc.Arbitrary<string>, fitting(typeof additionalProperties === 'object' ? additionalProperties : {}, definitions), { maxKeys: 4 });
      return fc.record(Object.fromEntries(Object.entries(properties).map(([member, of]) => [member, fitting(of, definitions)])), { requiredKeys: required });
    }
  }
}

test('the reference has an answer to whatever fits the declaration of a group', async (t) => {
  const [node, noble] = await Promise.all((['node', 'noble'] as const).map(async (name) => vectorAnswerer(composeOperations(await aeadByName(name)))));
  if (node === undefined || noble === undefined) return t.fail();
  for (const { name: format, groups } of Object.values(formats)) {
    for (const [group, { input, observed, laid }] of Object.entries(groups)) {
      const answered = (answerer: VectorAnswerer, sent: Record<string, unknown>): VecAnswer => {
        if (laid === undefined) return answerer({ format, group, input: sent });
        layOut();
        try {
          return answerer({ format, group, input: sent });
        } catch (error) {
          // The suite asks for no file in the place of a directory: what the system says to that is no answer, and no mistake.
          if (error instanceof Error && 'code' in error) return { result: 'valid' };
          throw error;
        }
      };
      const schema = z.toJSONSchema(input, { io: 'input' }) as Schema;
      t.notThrows(() => fc.assert(fc.property(fitting(schema, schema.$defs ?? {}), (value) => {
        const sent = JSON.parse(JSON.stringify(value)) as Record<string, unknown>;
        const answer = answered(node, sent);
        // What is declared is all there is, and a refusal and a halt give reasons of the table.
        if (observed instanceof z.ZodObject) observed.strict().parse(answer.observed ?? {});
        const { result, reasons = [] } = answer;
        return reasons.every(isReason) && (result === 'skip' || (result === 'valid') === (reasons.length === 0))
          && JSON.stringify(answered(noble, sent)) === JSON.stringify(answer);
      }), { numRuns: 60 }), `${format}/${group}`);
    }
  }
});

test('the reference names the classes of its formats, and answers each group that a format declares', async (t) => {
  const answerer = vectorAnswerer(composeOperations(await aeadByName('node')));
  t.deepEqual(Object.keys(answerer.formats).sort(), Object.keys(formats).sort());
  t.like(answerer.formats, { 'proposal-envelope': ['codec'], 'kek-wrap': ['file', 'codec'], 'fsm-entries': ['codec', 'machine'] });
  for (const { name: format, groups } of Object.values(formats)) {
    for (const group of Object.keys(groups)) t.throws(() => answerer({ format, group, input: { nothing: 'of it' } }), { message: /the input is not that of/ }, `${format}/${group}`);
  }
});
