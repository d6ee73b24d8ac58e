import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
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

/** So few that templates are forgotten again and again. */
const FEW = { templates: 6, sources: 2 };

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
  const before = templateDetector(RULE, { templates: 6, sources: 2, shapes: 9 });
  look(before, [...USUAL, "one more kind", "and yet another one"]);
  const after = templateDetector(RULE, { templates: 6, sources: 2, shapes: 9 });
  after.load(before.save());
  const rest = ["new 1 kind of thing", USUAL[0]!, "one more kind", "something else again here"];
  const hits = look(before, rest, { ms: 4_000_000 });
  assert.ok(hits.length > 2);
  assert.deepEqual(look(after, rest, { ms: 4_000_000 }), hits);
  assert.deepEqual(after.save(), before.save());
});

const messages = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom("open", "shut", "1", "22", "f1le", "by", "user=ada") },
    fc.constantFrom("user:1:aaaaaaaaaaaaaaaaaaaaaaaaaa", "10.0.0.1:443", "é".repeat(100)),
    fc.constantFrom("x".repeat(200), "é".repeat(130), "y".repeat(230)),
  ),
  { maxLength: 6 },
).map((words) => words.join(" "));

test("a template rule finds the same whether it remembers shapes, few of them or none", () => {
  const batches = fc.array(
    fc.record({
      messages: fc.array(messages, { maxLength: 20 }),
      Host: fc.constantFrom("a", "b"),
      ms: fc.constantFrom(0, 1_000, 3_600_000, 7_200_000),
    }),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(batches, fc.boolean(), (all, restarts) => {
      const sizes = [0, 3, 1_000];
      let detectors = sizes.map((shapes) => templateDetector(RULE, { ...FEW, shapes }));
      const saved = new Map<string, string | undefined>();
      for (const { messages, Host, ms } of all) {
        const [plain, ...others] = detectors.map((one) => look(one, messages, { ms, Host }));
        for (const hits of others) assert.deepEqual(hits, plain);
        const [cells, ...rest] = detectors.map((one) => one.save());
        for (const one of rest) assert.deepEqual(one, cells);
        for (const { key, value } of cells!) saved.set(key, value);
        if (!restarts) continue;
        // Only one of them starts anew, and with nothing remembered.
        const again = templateDetector(RULE, { ...FEW, shapes: 1_000 });
        again.load(
          [...saved].filter(([, value]) => value !== undefined)
            .map(([key, value]) => ({ key, value })),
        );
        detectors = [...detectors.slice(0, 2), again];
      }
    }),
    { numRuns: 200 },
  );
});
