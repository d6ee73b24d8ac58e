/**
 * What hub and agent tell on their standard output with `--output json`, one object a line.
 *
 * @module
 */
import * as v from "valibot";

const Ready = v.object({
  event: v.literal("ready"),
  /** Address of the page. */
  page: v.string(),
  /** Address for agents. */
  link: v.string(),
  /** Address of the page that signs in once. */
  login: v.string(),
  enrollToken: v.string(),
});
export type Ready = v.InferOutput<typeof Ready>;

const Alert = v.object({
  event: v.literal("alert"),
  /**
   * `opened`; `open` at the start already; `added` where more of the same was found; `changed` where
   * its state was.
   */
  change: v.string(),
  alert: v.object({
    id: v.string(),
    title: v.string(),
    severity: v.string(),
    entity: v.string(),
    summary: v.string(),
    evidence: v.array(v.object({
      table: v.string(),
      source: v.string(),
      time: v.nullable(v.string()),
      entry: v.number(),
      row: v.number(),
      fields: v.record(v.string(), v.string()),
    })),
  }),
});
export type Alert = v.InferOutput<typeof Alert>["alert"];

/** How an agent does, told each second. */
const Status = v.object({
  event: v.literal("status"),
  sources: v.array(v.object({ source: v.string(), read: v.number() })),
});
export type Status = v.InferOutput<typeof Status>;

const Message = v.variant("event", [Ready, Alert, Status]);
export type Message = v.InferOutput<typeof Message>;

/** Gives `line` as a message; undefined for what is told to others. */
export function messageOf(line: unknown): Message | undefined {
  const parsed = v.safeParse(Message, line);
  return parsed.success ? parsed.output : undefined;
}
