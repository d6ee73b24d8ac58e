/**
 * How the content of EventData and UserData becomes JSON, wherever it was read from.
 *
 * @module
 */
import type { Json } from "../table.ts";

/** An object that grows; its members may repeat. */
export class Members {
  readonly #members: Record<string, Json> = {};
  #count = 0;
  /** Names that have a list of values, and the lists. */
  #lists: Map<string, Json[]> | undefined;

  get count(): number {
    return this.#count;
  }

  add(name: string, value: Json): void {
    if (!Object.hasOwn(this.#members, name)) {
      this.#set(name, value);
      this.#count++;
      return;
    }
    const list = this.#lists?.get(name);
    if (list !== undefined) list.push(value);
    else this.#setList(name, [this.#members[name]!, value]);
  }

  /** Adds values to the list under `name`, which is one even if it has a single value. */
  addAll(name: string, values: readonly Json[]): void {
    const list = this.#lists?.get(name);
    if (list !== undefined) list.push(...values);
    else {
      const first = Object.hasOwn(this.#members, name) ? [this.#members[name]!] : [];
      if (first.length === 0) this.#count++;
      this.#setList(name, [...first, ...values]);
    }
  }

  json(): { readonly [name: string]: Json } {
    return this.#members;
  }

  #setList(name: string, list: Json[]): void {
    (this.#lists ??= new Map()).set(name, list);
    this.#set(name, list);
  }

  #set(name: string, value: Json): void {
    // A member of that name would be the object's prototype.
    if (name === "__proto__") Object.defineProperty(this.#members, name, { ...OWN, value });
    else this.#members[name] = value;
  }
}

const OWN = { enumerable: true, configurable: true, writable: true };

/** What was found in one element. */
export interface Found {
  readonly attributes: Members;
  readonly children: Members;
  readonly text: string;
}

/** An element as JSON: its text, null, or an object of its attributes, text and children. */
export function elementJson({ attributes, children, text }: Found): Json {
  if (attributes.count === 0 && children.count === 0) return text === "" ? null : text;
  if (attributes.count > 0) {
    const members = new Members();
    members.add("#attributes", attributes.json());
    if (text !== "") members.add("#text", text);
    for (const [name, child] of Object.entries(children.json())) members.add(name, child);
    return members.json();
  }
  if (text.trim() !== "") children.add("#text", text);
  return children.json();
}

/** Adds an element of EventData: `Data` by its attribute `Name`, if it has one. */
export function addData(data: Members, name: string | undefined, values: readonly Json[]): void {
  if (name === undefined) data.addAll("Data", values);
  else data.add(name, values.length === 1 ? values[0]! : values);
}
