/**
 * A record's nodes to an event: the template of `Event` is compiled once into where each part of
 * `System` comes from, so that a record costs the reading of its values.
 *
 * @module
 */
import type { Attribute, BinXml, Element, Node, Slot } from "./evtx_binxml.ts";
import { type ChunkBytes, EvtxError } from "./evtx_bytes.ts";
import { dataOf, soleElement } from "./evtx_data.ts";
import { bareGuid, type Frame, placeOf, textOf, ticksOf } from "./evtx_values.ts";
import { isoTicks } from "./time_text.ts";
import type { WindowsEvent } from "./windows_event.ts";

/** Where a value comes from: it is constant, a record's, put together, or there is none. */
type Source = string | Slot | readonly (string | Slot)[] | undefined;

interface EventPlan {
  readonly system: Readonly<
    Record<keyof Omit<WindowsEvent, "section" | "data" | "message" | "execution">, Source>
  >;
  /** What Execution says besides the numbers of process and thread. */
  readonly execution: readonly { readonly name: string; readonly source: Source }[];
  /** What stands beside `System`. */
  readonly body: Element | Slot | undefined;
}

/** Compiled templates of one chunk, by their `Event` element. */
export type PlanCache = Map<Element, EventPlan>;

/**
 * The event that a record's nodes are.
 *
 * @throws {EvtxError}
 */
export function eventOf(xml: BinXml, nodes: readonly Node[], plans: PlanCache): WindowsEvent {
  const root = soleElement(nodes, undefined);
  if (root === undefined || root.element.name !== "Event") {
    throw new EvtxError("token", "The record is no Event");
  }
  const { element, frame } = root;
  let plan = plans.get(element);
  if (plan === undefined) {
    plan = compile(element);
    plans.set(element, plan);
  }
  const { system, body } = plan;
  const { chunk } = xml;
  const text = (source: Source): string | undefined => sourceText(chunk, source, frame);
  const guid = (source: Source): string | undefined => guidOf(text(source));
  const number = (source: Source): number | undefined => numberOf(text(source));
  return {
    provider: text(system.provider),
    providerGuid: guid(system.providerGuid),
    eventSource: text(system.eventSource),
    eventId: number(system.eventId),
    qualifiers: number(system.qualifiers),
    version: number(system.version),
    level: number(system.level),
    task: number(system.task),
    opcode: number(system.opcode),
    keywords: text(system.keywords),
    time: sourceTicks(chunk, system.time, frame),
    recordId: text(system.recordId),
    activityId: guid(system.activityId),
    relatedActivityId: guid(system.relatedActivityId),
    processId: number(system.processId),
    threadId: number(system.threadId),
    execution: executionOf(plan.execution, text),
    channel: text(system.channel),
    computer: text(system.computer),
    userId: text(system.userId),
    ...dataOf(xml, body, frame),
    message: undefined,
  };
}

function executionOf(
  others: EventPlan["execution"],
  text: (source: Source) => string | undefined,
): WindowsEvent["execution"] {
  if (others.length === 0) return undefined;
  const said: Record<string, string> = {};
  for (const { name, source } of others) {
    const value = text(source);
    if (value !== undefined) said[name] = value;
  }
  return Object.keys(said).length === 0 ? undefined : said;
}

function compile(event: Element): EventPlan {
  let system: Element | undefined;
  let body: Element | Slot | undefined;
  for (const node of event.content) {
    if (typeof node === "string" || "template" in node) continue;
    if ("name" in node && node.name === "System") system ??= node;
    else body ??= node;
  }
  const part = (name: string): Element | undefined =>
    system?.content.find((node): node is Element =>
      typeof node === "object" && "name" in node && node.name === name
    );
  const textIn = (name: string): Source => simplest(part(name)?.content.filter(isPart) ?? []);
  const attribute = (element: string, name: string): Source =>
    simplest(attributeOf(part(element), name)?.parts ?? []);
  const execution = (part("Execution")?.attributes ?? [])
    .filter(({ name }) => name !== "ProcessID" && name !== "ThreadID")
    .map(({ name, parts }) => ({ name, source: simplest(parts) }));
  return {
    body,
    execution,
    system: {
      provider: attribute("Provider", "Name"),
      providerGuid: attribute("Provider", "Guid"),
      eventSource: attribute("Provider", "EventSourceName"),
      eventId: textIn("EventID"),
      qualifiers: attribute("EventID", "Qualifiers"),
      version: textIn("Version"),
      level: textIn("Level"),
      task: textIn("Task"),
      opcode: textIn("Opcode"),
      keywords: textIn("Keywords"),
      time: attribute("TimeCreated", "SystemTime"),
      recordId: textIn("EventRecordID"),
      activityId: attribute("Correlation", "ActivityID"),
      relatedActivityId: attribute("Correlation", "RelatedActivityID"),
      processId: attribute("Execution", "ProcessID"),
      threadId: attribute("Execution", "ThreadID"),
      channel: textIn("Channel"),
      computer: textIn("Computer"),
      userId: attribute("Security", "UserID"),
    },
  };
}

function attributeOf(element: Element | undefined, name: string): Attribute | undefined {
  return element?.attributes.find((attribute) => attribute.name === name);
}

function isPart(node: Node): node is string | Slot {
  return typeof node === "string" || "index" in node;
}

function simplest(parts: readonly (string | Slot)[]): Source {
  return parts.length <= 1 ? parts[0] : parts;
}

function sourceText(
  chunk: ChunkBytes,
  source: Source,
  frame: Frame | undefined,
): string | undefined {
  if (source === undefined || typeof source === "string") return source === "" ? undefined : source;
  if (!("index" in source)) {
    const text = source.map((part) => sourceText(chunk, part, frame) ?? "").join("");
    return text === "" ? undefined : text;
  }
  const place = frame === undefined ? undefined : placeOf(chunk, frame, source.index);
  if (place === undefined || place.size === 0) return undefined;
  return textOf(chunk, place);
}

function sourceTicks(
  chunk: ChunkBytes,
  source: Source,
  frame: Frame | undefined,
): bigint | undefined {
  if (typeof source === "object" && "index" in source && frame !== undefined) {
    const place = placeOf(chunk, frame, source.index);
    const ticks = place === undefined ? undefined : ticksOf(chunk, place);
    if (ticks !== undefined) return ticks;
  }
  const text = sourceText(chunk, source, frame);
  return text === undefined ? undefined : isoTicks(text);
}

function guidOf(text: string | undefined): string | undefined {
  return text === undefined ? undefined : bareGuid(text);
}

function numberOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}
