/**
 * What `custos plugin new` writes: a plugin that reads lines of text, to be changed.
 *
 * @module
 */

/** One file of a new plugin. */
export interface ScaffoldFile {
  readonly path: string;
  /** Its text, for the plugin's name. */
  content(name: string): string;
}

export const SCAFFOLD: readonly ScaffoldFile[] = [
  { path: "mod.ts", content: modText },
  { path: "cases/first/config.yaml", content: () => "files: [/input]\n" },
  {
    path: "cases/first/input",
    content: () => "2026-06-30T10:00:00Z alice signed in\nnot a line of this log\n",
  },
  { path: "cases/first/expected.json", content: expectedText },
  { path: "mod.test.ts", content: testText },
  { path: "package.json", content: packageText },
  { path: "tsconfig.json", content: () => jsonText(TSCONFIG) },
  { path: "deno.json", content: () => jsonText(DENO) },
];

/** Where `custos plugin new` puts the SDK, in the plugin's folder. */
export const SDK_FOLDER = ".custos/sdk";

/** What stands beside the SDK's own files there. */
export const SDK_FILES: readonly ScaffoldFile[] = [
  {
    path: "package.json",
    content: () =>
      jsonText({
        name: "@custos/sdk",
        version: "0.0.0",
        type: "module",
        exports: {
          ".": { types: "./mod.d.ts", default: "./mod.js" },
          "./testkit": { types: "./testkit.d.ts", default: "./testkit.js" },
        },
      }),
  },
  {
    path: "node_test.d.ts",
    content: () =>
      "// As much of node:test as mod.test.ts needs: with @types/node installed, that is used.\n" +
      "declare function test(name: string, body: () => void | Promise<void>): Promise<void>;\n" +
      "export default test;\n",
  },
];

const TSCONFIG = {
  compilerOptions: {
    ...{ target: "ESNext", module: "Preserve", moduleResolution: "bundler" },
    ...{ lib: ["ESNext", "DOM"], types: [], noEmit: true, skipLibCheck: true },
    ...{ strict: true, noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true },
    ...{ verbatimModuleSyntax: true, erasableSyntaxOnly: true, allowImportingTsExtensions: true },
    paths: { "node:test": ["./.custos/sdk/node_test.d.ts"] },
  },
  include: ["**/*.ts"],
};

const DENO = {
  nodeModulesDir: "none",
  imports: {
    "@custos/sdk": "./.custos/sdk/mod.js",
    "@custos/sdk/testkit": "./.custos/sdk/testkit.js",
  },
};

function jsonText(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

function packageText(name: string): string {
  return jsonText({
    name: name.replaceAll("_", "-"),
    private: true,
    type: "module",
    scripts: { test: "node --test" },
    devDependencies: { "@custos/sdk": "file:.custos/sdk" },
  });
}

function expectedText(name: string): string {
  const rows = [
    { TimeGenerated: "2026-06-30T10:00:00.000Z", UserName: "alice", Message: "signed in" },
    { _Raw: "not a line of this log", _ParseError: "no line of this log" },
  ];
  return jsonText({
    rows: { [tableName(name)]: rows },
    rejected: { "no line of this log": 1 },
    gaps: [],
  });
}

function testText(): string {
  return `import { contract, crashLaw, golden, scrubLaw } from "@custos/sdk/testkit";
import test from "node:test";
import plugin from "./mod.ts";

golden(plugin, new URL("./cases/", import.meta.url));

const input = {
  config: { files: ["/log"] },
  files: { "/log": "2026-06-30T10:00:00Z alice signed in\\n2026-06-30T10:00:01Z bob signed out\\n" },
};
test("it goes on where its cursor says", () => crashLaw(plugin, input));
test("its cursors, order and columns are as they must be", () => contract(plugin, input));
test("no name leaves the host, and a time does", () =>
  scrubLaw(plugin, { ...input, canaries: ["alice"], control: "2026-06-30" }));
`;
}

/** `my_log` → `MyLog`. */
function tableName(name: string): string {
  return name.split("_").map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join("");
}

function modText(name: string): string {
  const table = tableName(name);
  return `import { column, definePlugin, setting, settings, table, type TailCursor } from "@custos/sdk";

const LINE = /^(\\S+Z) (\\S+) (.*)$/;

export default definePlugin.stream({
  name: "${name}",
  version: "1.0.0",
  summary: "Says in one line what it reads",
  config: settings({
    files: setting.list({ doc: "Globs of the files", default: ["/var/log/${name}/*.log"] }),
  }),
  filesKey: "files",
  needs: ({ files }) => ({ read: files }),

  tables: {
    ${table}: table({
      doc: "Says what one event is",
      time: "TimeGenerated",
      columns: {
        TimeGenerated: column.time({ class: "public" }),
        UserName: column.string({ class: "personal" }),
        Message: column.string({ class: "content" }),
      },
    }),
  },

  start: (): TailCursor => ({}),

  async *stream({ config, emit, io, reject }, cursor) {
    const decoder = new TextDecoder();
    for await (const chunk of io.tail(config.files, cursor)) {
      for (const line of decoder.decode(chunk.bytes).split("\\n")) {
        if (line === "") continue;
        const [, time = "", user = "", message = ""] = LINE.exec(line) ?? [];
        if (Number.isNaN(Date.parse(time))) {
          reject({ bytes: new TextEncoder().encode(line), why: "no line of this log" });
          continue;
        }
        emit.${table}({ TimeGenerated: new Date(time), UserName: user, Message: message });
      }
      yield chunk.cursor;
    }
  },
});
`;
}
