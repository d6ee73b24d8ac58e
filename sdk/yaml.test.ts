import assert from "node:assert/strict";
import test from "node:test";
import { parseYaml, YamlError } from "./yaml.ts";

const text = `# sources
web:
  paths: ["a", b]
  poll:
  list:
    -
    - x: 'y'
`;

const places = [
  { path: [], value: [2, 1], key: [2, 1] },
  { path: ["web"], value: [3, 3], key: [2, 1] },
  { path: ["web", "paths"], value: [3, 10], key: [3, 3] },
  { path: ["web", "paths", 0], value: [3, 11], key: [3, 11] },
  { path: ["web", "paths", 1], value: [3, 16], key: [3, 16] },
  { path: ["web", "poll"], value: [4, 3], key: [4, 3] },
  { path: ["web", "list", 0], value: [6, 5], key: [6, 5] },
  { path: ["web", "list", 1, "x"], value: [7, 10], key: [7, 7] },
  { path: ["web", "none", "at all"], value: [3, 3], key: [3, 3] },
] as const;

for (const { path, value, key } of places) {
  test(`parseYaml() knows the place of ${JSON.stringify(path)}`, () => {
    const yaml = parseYaml(text);
    const { line, column } = yaml.valueAt(path);
    const at = yaml.keyAt(path);
    assert.deepEqual([[line, column], [at.line, at.column]], [value, key]);
  });
}

const refused = [
  { name: "an alias", text: "a: &x 1\nb: [*x]\n", at: [2, 5], why: "aliases are not allowed here" },
  {
    name: "a second document",
    text: "---\na: 1\n---\nb: 2\n",
    at: [3, 1],
    why: "more than one document is not allowed",
  },
  {
    name: "a second document that is empty",
    text: "a: 1\n---\n",
    at: [2, 1],
    why: "more than one document is not allowed",
  },
  {
    name: "a second document without marker",
    text: "a: 1\n...\nb: 2\n",
    at: [3, 1],
    why: "more than one document is not allowed",
  },
] as const;

for (const { name, text: given, at, why } of refused) {
  test(`parseYaml() refuses ${name} at its place`, () => {
    assert.throws(() => parseYaml(given), (error) => {
      assert.ok(error instanceof YamlError);
      assert.deepEqual([error.message, error.place.line, error.place.column], [why, ...at]);
      return true;
    });
  });
}

test("parseYaml() takes markers around one document, and nothing at all", () => {
  assert.deepEqual(parseYaml("%YAML 1.2\n---\na: 1\n...\n").value, { a: 1 });
  assert.equal(parseYaml("").value, null);
  assert.equal(parseYaml("# only\n").value, null);
  assert.equal(parseYaml("---\n").value, null);
});
