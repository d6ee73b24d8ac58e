import assert from "node:assert/strict";
import { test } from "node:test";
import { logOf, openLog } from "./log.ts";

function lines(form: "text" | "json", work: () => void): string[] {
  const written: string[] = [];
  openLog({ level: "info", form, write: (line) => written.push(line) });
  work();
  return written;
}

test("openLog() writes lines of its level and above, one JSON object each", () => {
  const written = lines("json", () => {
    const log = logOf("hub/ledger");
    log.debug("left out");
    log.warning("Slow {disk}", { ms: 12 });
  });
  assert.equal(written.length, 1);
  const { time, ...rest }: Record<string, unknown> = JSON.parse(written[0]!);
  assert.ok(!Number.isNaN(Date.parse(String(time))));
  assert.deepEqual(rest, { ms: 12, level: "warning", part: "hub/ledger", message: "Slow {disk}" });
});

test("openLog() writes text lines that input cannot break", () => {
  const [line, ...others] = lines("text", () => logOf("hub").error("a\nb", { name: "c\nd" }));
  assert.deepEqual(others, []);
  assert.match(line!, /^\S+ error   hub: "a\\nb" name="c\\nd"\n$/);
});
