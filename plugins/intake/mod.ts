/**
 * What other programs push over HTTP: OTLP logs, Splunk HEC, NDJSON and Elasticsearch bulk.
 *
 * It runs in an agent beside the hub: events are scrubbed and sealed there, and marked as not signed
 * at their source.
 *
 * @module
 */
import { type Context, definePlugin } from "../../sdk/mod.ts";
import type { HttpHead, HttpOptions, HttpReply, HttpTaken, Listener } from "../../sdk/read/io.ts";
import { merge } from "../../sdk/read/merge.ts";
import { bulk } from "./bulk.ts";
import { type Config, config, isHttps } from "./config.ts";
import type { Protocol, Taken } from "./event.ts";
import { hec } from "./hec.ts";
import { json, ndjson } from "./ndjson.ts";
import { otlp } from "./otlp/otlp.ts";
import { tables } from "./table.ts";
import { ANYBODY, readTokens, type Tokens } from "./tokens.ts";

const PROTOCOLS: readonly Protocol[] = [otlp, hec, ndjson, bulk];
/** Most of rejected input that is kept, in bytes. */
const MAX_REJECT = 65_536;

/** What one request brought. */
interface Batch {
  readonly events: Taken;
  readonly protocol: Protocol["name"];
  readonly sender: string;
  readonly from: string;
}

type Pushes = Context<Config, typeof tables>;

export default definePlugin.listen({
  name: "intake",
  version: "1.0.0",
  summary: "What other programs push: OTLP logs, Splunk HEC, NDJSON, Elasticsearch bulk",
  config,
  needs: ({ listen, tokenFile }: Config) => ({
    listen: listen.map((address) => `tcp:${address.slice(address.lastIndexOf(":") + 1)}`),
    ...(tokenFile !== undefined && { read: [tokenFile] }),
  }),
  lossy: true,
  tables,

  async listen(context: Pushes) {
    for await (const batch of merge(await openAll(context))) {
      if ("dropped" in batch) context.gap({ reason: "ring-overflow", count: batch.dropped });
      else for (const { value } of batch) emitAll(context, value);
    }
  },
});

function openAll(
  { config: { listen, tls, tokenFile, maxBodyBytes }, io }: Pushes,
): Promise<readonly Listener<HttpTaken<Batch>>[]> {
  const tokens = tokenFile === undefined ? ANYBODY : tokensIn(io.read(tokenFile), tokenFile);
  const options = { ...answers(tokens), maxBodyBytes };
  return Promise.all(listen.map((address) => {
    const bind = address.slice(address.indexOf(":") + 1);
    return io.http(bind, { ...options, ...(isHttps(address) && { tls }) });
  }));
}

function tokensIn(bytes: Uint8Array | undefined, path: string): Tokens {
  if (bytes !== undefined) return readTokens(bytes);
  throw new TypeError(`Cannot read tokens: there is no file "${path}" that this agent may read`);
}

function answers(
  tokens: Tokens,
): Pick<HttpOptions<Batch>, "refuse" | "take" | "busy" | "unreadable"> {
  return {
    refuse(head) {
      const sender = tokens.senderOf(head.headers["authorization"]);
      if (typeof sender === "object") return undefined;
      const why = sender === 401 ? "A token is required" : "The token is not known";
      const refusal = refuse(head, sender, why);
      return { ...refusal, headers: { ...refusal.headers, "www-authenticate": "Bearer" } };
    },
    take(request) {
      const protocol = protocolOf(request);
      if (protocol === undefined) return { reply: refuse(request, 404, "No such path") };
      const { reply, events = [] } = protocol.hear(request);
      if (events.length === 0) return { reply };
      const sender = tokens.senderOf(request.headers["authorization"]);
      const name = typeof sender === "object" ? sender.name : "";
      const keep = { events, protocol: protocol.name, sender: name, from: request.from };
      return { reply, keep };
    },
    busy: (head) => refuse(head, 503, "Busy: come again"),
    unreadable: refuse,
  };
}

function protocolOf({ path }: HttpHead): Protocol | undefined {
  return PROTOCOLS.find((protocol) => protocol.serves(path));
}

function refuse(head: HttpHead, status: number, why: string): HttpReply {
  return protocolOf(head)?.refusal(head, status, why) ?? json(status, { error: why });
}

const encoder = new TextEncoder();

function emitAll({ emit, reject, clock }: Pushes, batch: Batch): void {
  const shared = {
    Protocol: batch.protocol,
    SignedAtSource: false,
    SenderAddress: batch.from,
    ...(batch.sender !== "" && { Sender: batch.sender }),
  };
  for (const event of batch.events) {
    if ("why" in event) {
      reject({ bytes: encoder.encode(event.text).subarray(0, MAX_REJECT), why: event.why });
    } else {
      const { TimeGenerated = clock.now() } = event;
      emit.OTelLogs({ ...event, ...shared, TimeGenerated });
    }
  }
}
