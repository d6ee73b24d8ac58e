import assert from "node:assert/strict";
import { test } from "node:test";
import { setting, settings } from "./settings.ts";

const schema = settings({
  paths: setting.list({ default: ["/a"], doc: "Files" }),
  level: setting.choice(["low", "high"], { default: "low" }),
  limit: setting.number({ least: 1, most: 9 }),
});
const check = (value: unknown) => schema["~standard"].validate(value);

test("settings() gives what was set, and defaults", () => {
  assert.deepEqual(check({ limit: 3 }), { value: { paths: ["/a"], level: "low", limit: 3 } });
});

const MISTAKES: readonly (readonly [unknown, string, readonly string[]])[] = [
  [[], "must be a map", []],
  [null, "must be a map", []],
  [{}, "is missing", ["limit"]],
  [{ limit: 10 }, "must be a number from 1 to 9", ["limit"]],
  [{ limit: "3" }, "must be a number from 1 to 9", ["limit"]],
  [{ limit: NaN }, "must be a number from 1 to 9", ["limit"]],
  [{ limit: 3, paths: "/a" }, "must be a list of texts", ["paths"]],
  [{ limit: 3, level: "mid" }, "must be one of low, high", ["level"]],
  [{ limit: 3, toString: 1 }, "is no setting here: remove it", ["toString"]],
];
for (const [value, message, path] of MISTAKES) {
  test(`settings() tells that ${JSON.stringify(value)} ${message}`, () => {
    assert.deepEqual(check(value), { issues: [{ message, path }] });
  });
}

test("settings() gives its JSON Schema", () => {
  assert.deepEqual(schema["~standard"].jsonSchema.input(), {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    type: "object",
    properties: {
      paths: { type: "array", items: { type: "string" }, description: "Files", default: ["/a"] },
      level: { enum: ["low", "high"], default: "low" },
      limit: { type: "number", minimum: 1, maximum: 9 },
    },
    required: ["limit"],
    additionalProperties: false,
  });
});
