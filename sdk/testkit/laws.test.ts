/**
 * Each law passes a plugin that keeps it and fails one that breaks it, each by one change.
 *
 * @module
 */
import { column, definePlugin, setting, settings, table, type TailCursor } from "@custos/sdk";
import { bench, contract, crashLaw, rotationLaw, runPlugin, scrubLaw } from "@custos/sdk/testkit";
import assert from "node:assert/strict";
import { test } from "node:test";

type Fault =
  | "skips"
  | "repeats"
  | "random"
  | "huge-cursor"
  | "pushes"
  | "omits"
  | "ignores-abort"
  | "by-name"
  | "public-user";

/** Reads lines `NUMBER USER TEXT`. */
function pluginWith(fault?: Fault) {
  const user = fault === "public-user" ? "public" : "personal";
  return definePlugin.stream({
    ...{ name: "numbers", version: "1.0.0", summary: "Test" },
    config: settings({ paths: setting.list() }),
    filesKey: "paths",
    needs: ({ paths }) => ({ read: paths }),
    tables: {
      Line: table({
        doc: "Test",
        time: "At",
        columns: {
          At: column.time({ class: "public" }),
          N: column.int({ class: "public" }),
          User: column.string({ class: user }),
          Text: column.string({ class: "content" }),
        },
      }),
    },
    start: (): TailCursor => ({}),
    async *stream({ config, emit, io, clock, signal }, cursor) {
      const options = { chunkBytes: 64, maxLineBytes: 64 };
      const from = fault === "repeats" ? {} : cursor;
      let seen = 0;
      for await (const chunk of io.tail(config.paths, from, options)) {
        const lines = new TextDecoder().decode(chunk.bytes).trimEnd().split("\n");
        if (fault === "by-name" && chunk.file.endsWith(".1")) continue;
        for (const [i, line] of lines.entries()) {
          const [n = "", user = "", ...rest] = line.split(" ");
          const isFirst = i === 0 && Object.keys(cursor).length > 0;
          if (fault === "skips" && isFirst && seen === 0) continue;
          const add = fault === "random" ? Math.random() * 1e6 : 0;
          const row = { At: clock.now(), N: Math.floor(Number(n) + add), User: user };
          const text = `${rest.join(" ")} by ${user}`;
          emit.Line(
            (fault === "omits" ? row : { ...row, Text: text }) as { Text: string } & typeof row,
          );
        }
        seen++;
        const yielded = { ...chunk.cursor, ...(fault === "huge-cursor" && { x: "x".repeat(4e3) }) };
        yield yielded;
        if (fault === "pushes") {
          queueMicrotask(() => emit.Line({ At: 0, N: 1, User: "u", Text: "t" }));
        }
        while (fault === "ignores-abort" && signal.aborted) yield yielded;
      }
    },
  });
}

const text = Array.from({ length: 40 }, (_, n) => `${n} albertine wrote line ${n}\n`).join("");
const input = { config: { paths: ["/log"] }, files: { "/log": text } };
const rotation = { config: (path: string) => ({ paths: [`${path}*`] }), text };

test("a plugin that keeps them passes all laws", async () => {
  const plugin = pluginWith();
  await contract(plugin, input);
  await crashLaw(plugin, input);
  await scrubLaw(plugin, { ...input, canaries: ["albertine"], control: "wrote line" });
  await rotationLaw(plugin, rotation);
  const cost = await bench(plugin, input, 1);
  assert.ok(cost.events >= 40 && cost.nsPerEvent > 0 && cost.bytesPerSecond > 0);
});

const BROKEN: readonly (readonly [string, Fault, (fault: Fault) => Promise<void>, RegExp])[] = [
  [
    "crashLaw",
    "skips",
    (fault) => crashLaw(pluginWith(fault), input),
    /cursor 1 it gives other rows/,
  ],
  ["crashLaw", "repeats", (fault) => crashLaw(pluginWith(fault), input), /gives other rows/],
  ["contract", "random", (fault) => contract(pluginWith(fault), input), /the same input/],
  ["contract", "huge-cursor", (fault) => contract(pluginWith(fault), input), /3 KiB/],
  ["contract", "omits", (fault) => contract(pluginWith(fault), input), /has no Text/],
  [
    "contract",
    "ignores-abort",
    (fault) => contract(pluginWith(fault), input),
    /goes on after its signal/,
  ],
  [
    "scrubLaw",
    "public-user",
    (fault) => scrubLaw(pluginWith(fault), { ...input, canaries: ["albertine"] }),
    /"albertine" is left/,
  ],
  [
    "rotationLaw",
    "by-name",
    (fault) => rotationLaw(pluginWith(fault), rotation),
    /after a rotation/,
  ],
];

for (const [law, fault, run, message] of BROKEN) {
  test(`${law}() fails a plugin that ${fault}`, async () => {
    await assert.rejects(run(fault), { name: "AssertionError", message });
  });
}

test("scrubLaw() is no proof where the canary is not in the input, or nothing is found", async () => {
  const plugin = pluginWith();
  const missing = scrubLaw(plugin, { ...input, canaries: ["nobody"] });
  await assert.rejects(missing, { message: /"nobody" is in no event/ });
  const blind = scrubLaw(plugin, { ...input, control: "not there" });
  await assert.rejects(blind, { message: /the search finds nothing/ });
});

test("runPlugin() shows each cursor with the rows that it covers", async () => {
  const seen: number[] = [];
  const { rows } = await runPlugin(pluginWith(), {
    ...input,
    onCursor: (_, { Line: lines = [] }) => void seen.push(lines.length),
  });
  assert.equal(seen.at(-1), rows["Line"]?.length);
  assert.ok(seen.length > 3 && (seen[0] ?? 0) < 40);
});
