import assert from "node:assert/strict";
import { dirname } from "node:path";
import { test } from "node:test";
import { wrongDirections } from "./architecture/directions.ts";
import { stalePlaces, wrongPackages } from "./architecture/packages.ts";
import { importsOf, isTest, sourceFiles } from "./architecture/source_file.ts";

const FILES = sourceFiles(dirname(import.meta.dirname));

test("imports point down only", () => {
  assert.deepEqual(FILES.flatMap(wrongDirections), []);
});

test("a third-party package is imported in its place only", () => {
  assert.deepEqual(FILES.flatMap(wrongPackages), []);
});

test("each place of a third-party package is in use", () => {
  assert.deepEqual(stalePlaces(FILES), []);
});

test("each module says in its first comment what it is", () => {
  const silent = FILES.filter(({ path, text }) =>
    !isTest(path) && !path.endsWith(".d.ts") &&
    !/^(?:#!.*\n)?\/\*\*(?:(?!\*\/)[\s\S])*@module\b/.test(text)
  );
  assert.deepEqual(silent.map(({ path }) => path), []);
});

test("bytes are copied by their constructor: `slice()` of a Buffer copies nothing", () => {
  const aliases = FILES.flatMap(({ path, text }) =>
    isTest(path) || !/^(?:sdk|agent|hub|plugins)\//.test(path) ? [] : text.split("\n")
      .filter((line) => /\.slice\(\)/.test(line) && !/^\s*(?:\/\/|\*)/.test(line))
      .map((line) => `${path}: ${line.trim()}`)
  );
  assert.deepEqual(aliases, []);
});

test("each comment that switches a rule off says why", () => {
  const unexplained = FILES.flatMap(({ path, text }) =>
    text.split("\n").filter((line) =>
      /\/[/*]\s*(?:oxlint|eslint)-disable/.test(line) && !/ -- \S/.test(line)
    ).map((line) => `${path}: ${line.trim()}`)
  );
  assert.deepEqual(unexplained, []);
});

test("the rules look at the real files and find their imports", () => {
  for (const folder of ["sdk/", "plugins/", "agent/", "hub/", "hub/web/", "compile/"]) {
    const files = FILES.filter(({ path }) => path.startsWith(folder));
    assert.ok(files.flatMap(importsOf).length > 0, `no import was found in ${folder}`);
  }
});

const REFUSED = [
  ["sdk/wire/frame.ts", `import { open } from "../../agent/spool/spool.ts";`],
  ["sdk/mod.ts", `export type { Plugin } from "../plugins/iis/mod.ts";`],
  ["plugins/iis/mod.ts", `import { run } from "../../agent/agent.ts";`],
  ["plugins/iis/mod.ts", `import other from "../syslog/mod.ts";`],
  ["plugins/builtin.ts", `import { deep } from "./iis/parser.ts";`],
  ["agent/main.ts", `import { Ledger } from "../hub/ledger/ledger.ts";`],
  ["agent/agent.ts", `import iis from "../plugins/iis/mod.ts";`],
  ["agent/spool/spool.ts", `import { builtin } from "../../plugins/builtin.ts";`],
  ["hub/main.ts", `import type { Agent } from "../agent/agent.ts";`],
  ["hub/detect/detect.ts", `const iis = await import("../../plugins/iis/mod.ts");`],
  ["hub/web/page.tsx", `import { Control } from "../control.ts";`],
  ["hub/web/page.tsx", `import {\n  a,\n  b,\n} from "../../sdk/wire/frame.ts";`],
  ["hub/hub.ts", `import { page } from "./web/page.tsx";`],
  ["compile/build.ts", `import "../agent/main.ts";`],
  ["sdk/mod.ts", `import { table } from "./table";`],
] as const;

for (const [path, text] of REFUSED) {
  test(`wrongDirections() refuses ${text.replace(/\s+/g, " ")} in ${path}`, () => {
    assert.equal(wrongDirections({ path, text }).length, 1);
  });
}

const REFUSED_PACKAGES = [
  ["sdk/wire/frame.ts", `import { pack } from "msgpackr/pack";`],
  ["agent/send/link.ts", `import type { Hono } from "hono";`],
  ["hub/store/store.ts", `import { Database } from "bun:sqlite";`],
  ["hub/store/store.ts", `import leftPad from "left-pad";`],
  ["sdk/client/client.ts", `import { readFileSync } from "node:fs";`],
] as const;

for (const [path, text] of REFUSED_PACKAGES) {
  test(`wrongPackages() refuses ${text} in ${path}`, () => {
    assert.equal(wrongPackages({ path, text }).length, 1);
  });
}

test("importsOf() is not misled by comments and strings", () => {
  const text =
    `/** import { a } from "../agent/a.ts"; */\n// import "../hub/b.ts";\nconst s = 'x';\n`;
  assert.deepEqual(importsOf({ path: "sdk/x.ts", text }), []);
});
