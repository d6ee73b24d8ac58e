import assert from "node:assert/strict";
import { test } from "node:test";
import type { HubClient } from "../../sdk/client/client.ts";
import { askKql } from "./query_kql.ts";

/** What is asked of a hub that sends `pieces`, and what is written. */
async function written(pieces: readonly string[], isWatched: boolean) {
  const bodies: unknown[] = [];
  const hub = {
    stream: async function* (_route: unknown, { body }: { readonly body: unknown }) {
      bodies.push(body);
      yield* pieces;
    },
  };
  const said = { out: "", err: "" };
  const call = {
    values: {},
    positionals: [],
    signal: new AbortController().signal,
    now: () => 0,
    variable: () => undefined,
    out: (text: string) => void (said.out += text),
    err: (line: string) => void (said.err += `${line}\n`),
    isWatched,
  };
  const wanted = { query: "T", output: "ndjson", limit: undefined, why: "" } as const;
  const code = await askKql(call, hub as unknown as HubClient, wanted);
  return { ...said, code, bodies };
}

test("on a terminal progress is told beside the rows, whatever the pieces are", async () => {
  const pieces = [
    '{"progress":{"perc',
    'ent":4}}\n{"progress":{"percent":12}}\n{"a":1}\n{"a"',
    ":2}\n",
  ];
  assert.deepEqual(await written(pieces, true), {
    code: 0,
    out: '{"a":1}\n{"a":2}\n',
    err: "12 % of the rows are read\n",
    bodies: [{ query: "T", why: "", progress: true }],
  });
});

test("where nobody watches no progress is asked for, and rows are as they come", async () => {
  const line = '{"progress":{"percent":12}}\n';
  assert.deepEqual(await written([line], false), {
    code: 0,
    out: line,
    err: "",
    bodies: [{ query: "T", why: "" }],
  });
});

test("a failure at the end is one on a terminal too", async () => {
  const pieces = ['{"error":{"code":"timeout","message":"x"}}\n'];
  assert.equal((await written(pieces, true)).code, 1);
});
