/**
 * Reads an XML document that is a record: elements, attributes and text (XML 1.0, 5th edition, §2
 * and §3.1), without document types. It never recurses, and its time grows with the text alone.
 *
 * @module
 */

/** One element. Prefixes of names are cut off: records of one kind do not mix vocabularies. */
export interface XmlElement {
  readonly name: string;
  /** By name without prefix; declarations of namespaces are left out. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** Character data of the element itself, without white space at its ends. */
  readonly text: string;
  /** As `text`, with all white space. */
  readonly fullText: string;
}

export interface XmlRead {
  readonly root: XmlElement;
  /** Where the text after the root begins. */
  readonly end: number;
  /** False where the text ended before the root did: `root` has what was there. */
  readonly isWhole: boolean;
}

/** Why a text is no XML that is read. `code` is stable; the message is for people. */
export class XmlError extends Error {
  override readonly name = "XmlError";
  /** `doctype`: it declares a type, whose entities may grow without bound. */
  readonly code: "syntax" | "depth" | "elements" | "doctype";
  /** Where, in characters from the text's start. */
  readonly offset: number;

  constructor(code: XmlError["code"], why: string, offset: number) {
    super(`Cannot read XML at character ${offset}: ${why}`);
    this.code = code;
    this.offset = offset;
  }
}

/** Elements inside of each other, and in all. */
const MAX_DEPTH = 64;
const MAX_ELEMENTS = 65_536;
/** A name that is longer is none: it bounds the search for its end. */
const NAME = /[A-Za-z_:\u00b7-\uffff][\w:.\-\u00b7-\uffff]{0,255}/y;
const SPACE = /\s*/y;

interface Open {
  readonly name: string;
  readonly qualified: string;
  readonly attributes: Map<string, string>;
  readonly children: XmlElement[];
  readonly texts: string[];
}

interface State {
  readonly text: string;
  at: number;
  elements: number;
  readonly open: Open[];
  root: XmlElement | undefined;
}

/**
 * Reads the document that starts at `start` of `text`.
 *
 * @throws {XmlError} If it is none, or is over the limits of 64 levels and 65,536 elements.
 */
export function readXml(text: string, start = 0): XmlRead {
  const state: State = { text, at: start, elements: 0, open: [], root: undefined };
  while (state.root === undefined && state.at < text.length) step(state);
  if (state.root !== undefined) return { root: state.root, end: state.at, isWhole: true };
  if (state.open.length === 0) throw new XmlError("syntax", "there is no element", start);
  while (state.open.length > 0) close(state);
  return { root: state.root!, end: text.length, isWhole: false };
}

/** Takes the next piece of markup or text. */
function step(state: State): void {
  const { text, at } = state;
  if (text[at] !== "<") takeText(state);
  else if (text.startsWith("<!--", at)) skipTo(state, "-->", 4);
  else if (text.startsWith("<![CDATA[", at)) takeCdata(state);
  else if (text.startsWith("<?", at)) skipTo(state, "?>", 2);
  else if (isCutMarkup(text, at)) state.at = text.length;
  else if (text.startsWith("<!", at)) {
    throw new XmlError("doctype", "it has a document type, must have none", at);
  } else if (text.startsWith("</", at)) takeEnd(state);
  else takeStart(state);
}

/** Whether the text ends inside the opening of a comment or of CDATA. */
function isCutMarkup(text: string, at: number): boolean {
  return text.length - at < 9 &&
    ["<!--", "<![CDATA["].some((opening) => opening.startsWith(text.slice(at)));
}

function takeText(state: State): void {
  const { text, at, open } = state;
  const next = text.indexOf("<", at);
  const end = next < 0 ? text.length : next;
  const piece = text.slice(at, end);
  const into = open.at(-1);
  if (into !== undefined) into.texts.push(unescape(piece));
  else if (piece.replace("\ufeff", "").trim() !== "") {
    throw new XmlError("syntax", "text stands before the first element", at);
  }
  state.at = end;
}

function takeCdata(state: State): void {
  const from = state.at + "<![CDATA[".length;
  const end = state.text.indexOf("]]>", from);
  state.open.at(-1)?.texts.push(state.text.slice(from, end < 0 ? undefined : end));
  state.at = end < 0 ? state.text.length : end + 3;
}

function skipTo(state: State, end: string, from: number): void {
  const found = state.text.indexOf(end, state.at + from);
  state.at = found < 0 ? state.text.length : found + end.length;
}

function takeEnd(state: State): void {
  const { text, at, open } = state;
  const end = text.indexOf(">", at);
  if (end < 0) {
    state.at = text.length;
    return;
  }
  const name = text.slice(at + 2, Math.min(end, at + 300)).trimEnd();
  if (open.at(-1)?.qualified !== name) {
    throw new XmlError("syntax", "an end tag does not close the element that is open", at);
  }
  state.at = end + 1;
  close(state);
}

function takeStart(state: State): void {
  const { text, at } = state;
  state.at++;
  const qualified = take(NAME, state);
  if (qualified === "") {
    if (at + 1 < text.length) throw new XmlError("syntax", "a tag has no name", at);
    return;
  }
  if (state.open.length >= MAX_DEPTH) {
    throw new XmlError("depth", `elements are in each other over ${MAX_DEPTH} deep`, at);
  }
  if (++state.elements > MAX_ELEMENTS) {
    throw new XmlError("elements", `it has over ${MAX_ELEMENTS} elements`, at);
  }
  const attributes = new Map<string, string>();
  const ending = takeAttributes(state, attributes);
  state.open.push({ name: local(qualified), qualified, attributes, children: [], texts: [] });
  if (ending === "/>") close(state);
}

/** Reads up to the tag's end; gives it, or nothing where the text ends first. */
function takeAttributes(state: State, into: Map<string, string>): ">" | "/>" | undefined {
  for (;;) {
    take(SPACE, state);
    const { text, at } = state;
    if (at >= text.length) return undefined;
    if (text[at] === ">" || text.startsWith("/>", at)) {
      state.at += text[at] === ">" ? 1 : 2;
      return text[at] === ">" ? ">" : "/>";
    }
    if (!takeAttribute(state, into)) return undefined;
  }
}

/** False where the text ends before the attribute does. */
function takeAttribute(state: State, into: Map<string, string>): boolean {
  const { text, at } = state;
  const name = take(NAME, state);
  take(SPACE, state);
  const hasSign = text[state.at] === "=";
  if (hasSign) state.at++;
  take(SPACE, state);
  const quote = text[state.at];
  if (quote === undefined || (name === "" && text.startsWith("/", at) && at + 1 === text.length)) {
    state.at = text.length;
    return false;
  }
  if (name === "" || !hasSign || (quote !== '"' && quote !== "'")) {
    throw new XmlError("syntax", 'an attribute is not NAME="VALUE"', at);
  }
  const end = text.indexOf(quote, state.at + 1);
  const value = text.slice(state.at + 1, end < 0 ? undefined : end);
  state.at = end < 0 ? text.length : end + 1;
  if (end >= 0 && !/^xmlns(:|$)/.test(name)) into.set(local(name), unescape(value));
  return end >= 0;
}

function take(pattern: RegExp, state: State): string {
  pattern.lastIndex = state.at;
  const found = pattern.exec(state.text)?.[0] ?? "";
  state.at += found.length;
  return found;
}

function close(state: State): void {
  const closed = state.open.pop();
  if (closed === undefined) return;
  const { name, attributes, children, texts } = closed;
  const fullText = texts.join("");
  const element = { name, attributes, children, text: fullText.trim(), fullText };
  const parent = state.open.at(-1);
  if (parent === undefined) state.root = element;
  else parent.children.push(element);
}

function local(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
};

/** Replaces references to characters; one that is not known stays as it is. */
function unescape(text: string): string {
  if (!text.includes("&")) return text;
  return text.replaceAll(/&(#x[0-9a-f]{1,6}|#\d{1,7}|[a-z]{2,4});/gi, (whole, name: string) => {
    if (name[0] !== "#") return ENTITIES[name] ?? whole;
    const code = Number(name[1] === "x" || name[1] === "X" ? `0${name.slice(1)}` : name.slice(1));
    return code <= 0x10ffff && (code < 0xd800 || code > 0xdfff)
      ? String.fromCodePoint(code)
      : whole;
  });
}

/** The first child of `element` with that name. */
export function childOf(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element?.children.find((child) => child.name === name);
}

/** The text at the end of a path of names below `element`; undefined where it is empty or not there. */
export function textAt(element: XmlElement | undefined, ...path: string[]): string | undefined {
  let at = element;
  for (const name of path) at = childOf(at, name);
  return at?.text || undefined;
}
