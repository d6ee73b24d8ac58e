import assert from "node:assert/strict";
import test from "node:test";
import { LOG_LEVELS, type LogFacts } from "../sdk/log.ts";
import type { Status } from "./control/protocol.ts";
import { tellChanges } from "./tell_changes.ts";

interface Look {
  readonly source?: readonly [state: string, why?: string];
  readonly link?: Partial<Status["link"]>;
}

/** What is said at each look. */
function told(looks: readonly Look[]): readonly (readonly string[])[] {
  let lines: string[] = [];
  const tell = tellChanges((part) => {
    const line = (level: string) => (message: string, facts: LogFacts = {}) =>
      void lines.push([level, part, message, ...Object.values(facts)].join("|"));
    return Object.fromEntries(LOG_LEVELS.map((level) => [level, line(level)])) as never;
  });
  return looks.map(({ source: [state, why = ""] = ["running"], link = {} }) => {
    lines = [];
    tell({
      sources: [{ source: "web", state, why }],
      link: { state: "ready", hub: "wss://h", lastEnd: null, ...link },
    } as unknown as Status);
    return lines;
  });
}

const OPEN = "info|link|The link is open|wss://h";

test("tellChanges() says once why a source fails, however often it is tried, and when it runs", () => {
  const looks = ["running", "failed", "running", "failed", "running", "running", "running"];
  const lines = told(
    looks.map((state) => ({ source: state === "failed" ? [state, "no port"] : [state] })),
  );
  assert.deepEqual(lines, [
    [OPEN],
    ["error|source/web|The source has failed and is tried again|no port"],
    [],
    [],
    [],
    ["info|source/web|The source runs again"],
    [],
  ]);
});

test("tellChanges() says another reason and the end", () => {
  const lines = told([
    { source: ["waiting"] },
    { source: ["failed", "a"] },
    { source: ["failed", "b"] },
    { source: ["waiting", "the spool is full"] },
    { source: ["ended"] },
  ]).slice(1).map(([line]) => line);
  assert.deepEqual(lines, [
    "error|source/web|The source has failed and is tried again|a",
    "error|source/web|The source has failed and is tried again|b",
    "warning|source/web|The source waits|the spool is full",
    "info|source/web|The source has ended",
  ]);
});

test("tellChanges() says when the link opens and why it ended", () => {
  const refused = "the hub refuses the connection (ECONNREFUSED)";
  const lines = told([
    { link: { state: "connecting" } },
    { link: { state: "waiting", lastEnd: "ECONNREFUSED" } },
    { link: { state: "connecting", lastEnd: "ECONNREFUSED" } },
    { link: { state: "ready", lastEnd: "ECONNREFUSED" } },
    { link: { state: "ready", lastEnd: "hub-stop" } },
  ]);
  assert.deepEqual(lines, [
    [],
    [`warning|link|The link is not open|wss://h|${refused}`],
    [],
    [`info|link|The link is open again|wss://h|${refused}`],
    ["info|link|The link is open again|wss://h|hub-stop"],
  ]);
});

test("tellChanges() says once that the agent is not enrolled", () => {
  const lines = told([{ link: { hub: null } }, { link: { hub: null } }]);
  assert.match(lines[0]![0]!, /^warning\|link\|This agent is not enrolled: run "custos enroll"/);
  assert.deepEqual(lines[1], []);
});
