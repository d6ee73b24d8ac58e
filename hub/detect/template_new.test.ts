import assert from "node:assert/strict";
import { test } from "node:test";
import type { Detector, Facts, Hit } from "./detector.ts";
import { FACTS, loginBatch } from "./fakes.ts";
import type { TemplateRule } from "./rule.ts";
import { templateDetector } from "./template_new.ts";

const RULE: TemplateRule = {
  id: "r",
  title: "R",
  severity: "low",
  detector: "template_new",
  table: "Logins",
  where: [],
  entity: ["Host"],
  show: [],
  message: "Message",
  learn: { events: 4, forMs: 1_000 },
};

const USUAL = [
  "Accepted password for user:1:aaaaaaaaaaaaaaaaaaaaaaaaaa from 10.0.0.1 port 4711",
  "Connection closed by 10.0.0.1 port 4711",
  "pam_unix(sshd:session): session opened for user deploy",
  "Server listening on 0.0.0.0 port 22.",
];

function look(
  detector: Detector,
  messages: readonly string[],
  { ms = 0, Host = "h" }: { readonly ms?: number; readonly Host?: string } = {},
): readonly Hit[] {
  const facts: Facts = { ...FACTS, hubMs: FACTS.hubMs + ms };
  const rows = messages.map((Message) => ({ TimeGenerated: facts.hubMs, Host, Message }));
  return detector.batch(loginBatch(rows), facts).hits;
}

test("a template rule finds a kind of message that it has not learned, once", () => {
  const detector = templateDetector(RULE);
  assert.deepEqual(look(detector, USUAL), []);
  const odd = "fatal: buffer_get_ret: trying to get more bytes 129 than in buffer 34";
  const [hit, ...others] = look(detector, [...USUAL, odd, odd.replace("129", "1048576")], {
    ms: 1_000,
  });
  assert.deepEqual(others, []);
  assert.equal(hit?.entity, "h");
  assert.match(
    hit.summary,
    /never seen before: fatal: buffer_get_ret: trying to get more bytes <\*>/,
  );
  assert.equal(hit.evidence[0]?.row, 4);
  assert.equal(hit.evidence[0].fields["Message"], odd);
});

test("a template rule finds nothing in other numbers, addresses and tokens", () => {
  const detector = templateDetector(RULE);
  look(detector, USUAL);
  const others = [
    "Accepted password for user:2:zzzzzzzzzzzzzzzzzzzzzzzzzz from 203.0.113.255 port 1",
    "Connection closed by 192.168.100.200 port 65535",
    "pam_unix(sshd:session): session opened for user backup",
  ];
  assert.deepEqual(look(detector, others, { ms: 1_000 }), []);
});

test("a template rule learns until a source has sent enough for long enough", () => {
  const detector = templateDetector(RULE);
  look(detector, USUAL);
  assert.deepEqual(look(detector, ["a kind of its own"], { ms: 999 }), []);
  assert.equal(look(detector, ["another kind entirely now"], { ms: 1_000 }).length, 1);
});

test("a template rule keeps what each entity writes apart", () => {
  const detector = templateDetector(RULE);
  look(detector, USUAL);
  assert.equal(look(detector, [USUAL[3]!], { ms: 1_000, Host: "other" }).length, 1);
});

test("a template rule goes on from saved cells as if it had never stopped", () => {
  const before = templateDetector(RULE, { templates: 6, sources: 2 });
  look(before, [...USUAL, "one more kind", "and yet another one"]);
  const after = templateDetector(RULE, { templates: 6, sources: 2 });
  after.load(before.save());
  const rest = ["new 1 kind of thing", USUAL[0]!, "one more kind", "something else again here"];
  const hits = look(before, rest, { ms: 4_000_000 });
  assert.ok(hits.length > 2);
  assert.deepEqual(look(after, rest, { ms: 4_000_000 }), hits);
  assert.deepEqual(after.save(), before.save());
});
