/**
 * Microsoft's Kusto language service: the parser and binder of KQL, behind plain types.
 *
 * The package is C# turned into JavaScript. It is loaded once, on first use, since that takes 0.3 s
 * and the first text 1.2 s; `warm()` spares the first query both.
 *
 * @module
 */
import type { Analysis, BoundColumn, Diagnostic, Schema, Syntax } from "./syntax.ts";
import { type ScalarType, scalarTypeOf } from "./types.ts";

/** An object of the package; its members have no types of their own. */
interface Raw {
  readonly [member: string]: unknown;
}

export interface Language {
  /** Parses and binds `text`. */
  analyze(text: string, schema: Schema): Analysis;
  /** Reads a first text, so that the next one is quick. */
  warm(): void;
}

/** Loads the package. */
export async function loadLanguage(): Promise<Language> {
  await import("@kusto/language-service-next/bridge.min.js");
  await import("@kusto/language-service-next/Kusto.Language.Bridge.min.js");
  const kusto = new Kusto();
  return {
    analyze: (text, schema) => kusto.analyze(text, schema),
    warm: () => void kusto.analyze("print x = 1 | where x > 0 | summarize count()", { tables: [] }),
  };
}

/** The package's classes, and the schemas that it has been told. */
class Kusto {
  readonly #toArray: (list: unknown) => readonly Raw[];
  readonly #language: Raw;
  readonly #kinds: ReadonlyMap<unknown, string>;
  readonly #symbolKinds: ReadonlyMap<unknown, string>;
  readonly #globals = new WeakMap<Schema, Raw>();

  constructor() {
    const bridge = raw(Reflect.get(globalThis, "Bridge"));
    this.#toArray = (list) => rawList(call(bridge, "toArray", list));
    this.#language = raw(raw(Reflect.get(globalThis, "Kusto")).Language);
    this.#kinds = namesOf(raw(raw(this.#language.Syntax).SyntaxKind));
    this.#symbolKinds = namesOf(raw(raw(this.#language.Symbols).SymbolKind));
  }

  analyze(text: string, schema: Schema): Analysis {
    const code = raw(
      call(raw(this.#language.KustoCode), "ParseAndAnalyze", text, this.#globalsOf(schema)),
    );
    const errors = this.list(call(code, "GetDiagnostics"))
      .filter(({ Severity }) => Severity === "Error")
      .map((diagnostic): Diagnostic => ({
        code: String(diagnostic.Code),
        message: String(diagnostic.Message),
        start: Number(diagnostic.Start),
        type: this.#typeAt(raw(code.Syntax), Number(diagnostic.Start)),
      }))
      .toSorted((a, b) => a.start - b.start);
    return { root: this.view(raw(code.Syntax), text), errors };
  }

  /** The type of the outermost expression that begins at `start`. */
  #typeAt(node: Raw, start: number): ScalarType | undefined {
    let at: Raw | undefined = node;
    while (at !== undefined) {
      if (at.TextStart === start && isRaw(at.ResultType)) return typeOfSymbol(at.ResultType);
      const children: readonly unknown[] = Array.from(
        { length: Number(at.ChildCount ?? 0) },
        (_, i) => call(at!, "GetChild", i),
      );
      at = children.filter(isRaw).find((child) =>
        Number(child.TextStart) <= start && start < Number(child.End)
      );
    }
    return undefined;
  }

  list(list: unknown): readonly Raw[] {
    if (list === null || list === undefined) return [];
    return Array.isArray(list) ? rawList(list) : this.#toArray(list);
  }

  view(node: Raw, source: string): Syntax {
    return new NodeView(this, node, source);
  }

  kindOf({ Kind }: Raw): string {
    return typeof Kind === "string" ? Kind : this.#kinds.get(Kind) ?? "Unknown";
  }

  symbolKindOf({ Kind }: Raw): string {
    return typeof Kind === "string" ? Kind : this.#symbolKinds.get(Kind) ?? "Unknown";
  }

  resultNameOf(node: Raw): string | undefined {
    const binder = raw(raw(this.#language.Binding).Binder);
    const name = call(binder, "GetExpressionResultName", node, null);
    return typeof name === "string" && name !== "" ? name : undefined;
  }

  columnsOf(type: Raw): readonly BoundColumn[] | undefined {
    if (type.Columns === undefined || type.Columns === null) return undefined;
    return this.list(type.Columns).map((column) => ({
      name: String(column.Name),
      type: typeOfSymbol(column.Type) ?? "dynamic",
    }));
  }

  #globalsOf(schema: Schema): Raw {
    const known = this.#globals.get(schema);
    if (known !== undefined) return known;
    const made = this.#makeGlobals(schema);
    this.#globals.set(schema, made);
    return made;
  }

  #makeGlobals({ tables, database = "custos" }: Schema): Raw {
    const symbols = raw(this.#language.Symbols);
    const members = tables.map(({ name, columns }) => {
      const list = columns.map((column) =>
        construct(symbols.ColumnSymbol, column.name, this.#typeSymbol(column.type))
      );
      return construct(raw(symbols.TableSymbol).$ctor4, name, list);
    });
    const own = construct(raw(symbols.DatabaseSymbol).$ctor2, database, null, members);
    const cluster = construct(raw(symbols.ClusterSymbol).ctor, "custos", [own]);
    const first = raw(raw(this.#language.GlobalState).Default);
    return raw(call(raw(call(first, "WithCluster", cluster)), "WithDatabase", own));
  }

  #typeSymbol(type: ScalarType): unknown {
    return call(raw(raw(this.#language.Symbols).ScalarTypes), "GetSymbol", type);
  }
}

/** A node of the package as {@link Syntax}. */
class NodeView implements Syntax {
  readonly #kusto: Kusto;
  readonly #node: Raw;
  readonly #source: string;

  constructor(kusto: Kusto, node: Raw, source: string) {
    this.#kusto = kusto;
    this.#node = node;
    this.#source = source;
  }

  get kind(): string {
    return this.#kusto.kindOf(this.#node);
  }

  get text(): string {
    if (this.#node.IsToken === true) return String(this.#node.Text);
    // The package's own way walks over all tokens before the node's.
    return this.#source.slice(this.start, Number(this.#node.End)).trim();
  }

  get start(): number {
    return Number(this.#node.TextStart ?? 0);
  }

  get name(): string {
    const { SimpleName } = this.#node;
    return typeof SimpleName === "string" ? SimpleName : "";
  }

  get value(): string {
    const { LiteralValue, ValueText } = this.#node;
    if (typeof LiteralValue === "string") return LiteralValue;
    return typeof ValueText === "string" ? ValueText : this.text;
  }

  get type(): ScalarType | undefined {
    return typeOfSymbol(this.#node.ResultType);
  }

  get columns(): readonly BoundColumn[] | undefined {
    const { ResultType } = this.#node;
    return isRaw(ResultType) ? this.#kusto.columnsOf(ResultType) : undefined;
  }

  get isOpen(): boolean {
    const { ResultType } = this.#node;
    return isRaw(ResultType) && ResultType.IsOpen === true;
  }

  get resultName(): string | undefined {
    return this.#kusto.resultNameOf(this.#node);
  }

  get refersTo(): string | undefined {
    const { ReferencedSymbol } = this.#node;
    return isRaw(ReferencedSymbol) ? this.#kusto.symbolKindOf(ReferencedSymbol) : undefined;
  }

  child(property: string): Syntax | undefined {
    const value = this.#node[property];
    return isRaw(value) ? this.#kusto.view(value, this.#source) : undefined;
  }

  need(property: string): Syntax {
    const child = this.child(property);
    if (child === undefined) throw new TypeError(`${this.kind} has no ${property}`);
    return child;
  }

  list(property: string): readonly Syntax[] {
    return this.#kusto.list(this.#node[property]).map((item) =>
      this.#kusto.view(isRaw(item.Element$1) ? item.Element$1 : item, this.#source)
    );
  }
}

function typeOfSymbol(symbol: unknown): ScalarType | undefined {
  if (!isRaw(symbol) || typeof symbol.Name !== "string") return undefined;
  if (symbol.Name.startsWith("dynamic")) return "dynamic";
  return scalarTypeOf(symbol.Name);
}

function namesOf(kinds: Raw): ReadonlyMap<unknown, string> {
  return new Map(
    Object.entries(kinds).flatMap(([name, value]) =>
      typeof value === "number" ? [[value, name] as const] : []
    ),
  );
}

function isRaw(value: unknown): value is Raw {
  return (typeof value === "object" || typeof value === "function") && value !== null;
}

function raw(value: unknown): Raw {
  if (!isRaw(value)) throw new TypeError("The language service is not as expected");
  return value;
}

function rawList(value: unknown): readonly Raw[] {
  return Array.isArray(value) ? value.map(raw) : [];
}

function call(target: Raw, method: string, ...args: readonly unknown[]): unknown {
  const found = target[method];
  if (typeof found !== "function") throw new TypeError(`The language service has no ${method}`);
  return Reflect.apply(found, target, args);
}

function construct(constructor: unknown, ...args: readonly unknown[]): unknown {
  if (typeof constructor !== "function") {
    throw new TypeError("The language service is not as expected");
  }
  return Reflect.construct(constructor, args);
}
