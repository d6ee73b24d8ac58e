/**
 * Fuzz target: the hub's HTTP API, called by somebody who has a key with every scope.
 *
 * @module
 */
import type { Random } from "../../../compile/demo/random.ts";
import { createFake, HOST } from "../../../hub/api/fakes.ts";
import { Problem } from "../../../sdk/api/problem.ts";
import { ROUTES } from "../../../sdk/api/routes.ts";
import * as v from "valibot";
import { hostile } from "../mutate.ts";
import type { Target, Verdict } from "../target.ts";

const BODIES = [
  { table: "Syslog", where: [{ column: "Facility", op: "==", value: "auth" }], limit: 5, why: "x" },
  { table: "Syslog", from: "2026-08-01T00:00:00Z", to: "2026-08-02T00:00:00Z", select: ["HostIP"] },
  { state: "closed", reason: "false positive" },
  { ttlMs: 60_000 },
  { code: "abcdef" },
].map((body) => new TextEncoder().encode(JSON.stringify(body)));
const QUERIES = ["", "?limit=1", "?limit=-1", "?after=%00", "?state=open&state=closed", "?%ff"];

export const API_TARGET: Target = { name: "api", corpus: BODIES, take };

async function take(body: Uint8Array, random: Random): Promise<Verdict> {
  const fake = createFake((parts) => parts);
  const key = fake.key();
  const { method, path } = random.pick(ROUTES);
  const url = `http://${HOST}${pathOf(path, random)}${random.pick(QUERIES)}`;
  const headers = new Headers({ host: HOST, authorization: `Bearer ${key}` });
  if (random.below(8) > 0) headers.set("content-type", "application/json");
  const carries = method !== "GET";
  const init = { method, headers, ...(carries && { body: new Uint8Array(body) }) };
  const reply = await fake.app.request(url, init);
  if (fake.failures.length > 0) throw fake.failures[0];
  if (reply.status >= 500) throw new Error(`${method} ${path} has answered ${reply.status}`);
  if (reply.status < 400) {
    await reply.body?.cancel();
    return "accepted";
  }
  const refusal = v.parse(path.includes("/rest/") ? OneApi : Problem, await reply.json());
  return refusal.error.code.replaceAll("_", "-").toLowerCase();
}

/** What Kusto's clients read of an error. */
const OneApi = v.object({
  error: v.object({
    code: v.pipe(v.string(), v.regex(/^[A-Za-z_]{1,60}$/)),
    message: v.string(),
    "@type": v.pipe(v.string(), v.startsWith("Kusto.")),
    "@message": v.pipe(v.string(), v.nonEmpty()),
    "@permanent": v.boolean(),
  }),
});

function pathOf(path: string, random: Random): string {
  const id = Buffer.from(hostile(BODIES, random)).toString("latin1").slice(0, random.below(300));
  return path.replace(/:\w+/g, () => random.below(2) === 0 ? "a1" : encodeURIComponent(id));
}
