// What the scripts know about Move source: modules, attributes, functions, imports.
import { closing, line, tokens } from "./lexer.mjs";

const MODIFIERS = new Set(["public", "entry", "native", "macro"]);
const VISIBILITY_SCOPES = new Set(["package", "friend"]);

/**
 * Parses one file into {modules: [{address, name, testOnly, imports, constants, functions}], tokens, source}.
 * A function is {name, line, attributes, testOnly, visibility, entry, macro, parameters, start}, where visibility is
 * "private", "public", "package" or "friend", parameters are tokens, and attributes are {name, args, block}.
 */
export function parse(source) {
  const list = tokens(source);
  const modules = [];
  let current = null;
  for (let i = 0; i < list.length; i++) {
    const token = list[i];
    if (token.text === "module" && list[i + 2]?.text === "::" && isItemStart(list, i)) {
      const { attributes } = leading(list, i);
      current = {
        address: list[i + 1].text,
        name: list[i + 3].text,
        testOnly: isTestOnly(attributes),
        imports: new Map(),
        constants: new Map(),
        functions: [],
      };
      modules.push(current);
      i += 3;
    } else if (!current) {
      continue;
    } else if (token.text === "use" && list[i + 1]?.text !== "fun") {
      i = parseUse(list, i + 1, [], current.imports);
    } else if (token.text === "const" && list[i + 4]?.text === "=") {
      current.constants.set(list[i + 1].text, list[i + 5].text);
    } else if (token.text === "fun" && list[i - 1]?.text !== "use" && list[i + 1]?.kind === "ident") {
      current.functions.push(parseFunction(source, list, i));
    }
  }
  return { source, tokens: list, modules };
}

function isItemStart(list, i) {
  const before = list[i - 1]?.text;
  return before === undefined || before === "]" || before === "}" || before === ";";
}

function isTestOnly(attributes) {
  return attributes.some((a) => a.name === "test_only" || a.name === "test" || a.name === "random_test");
}

function parseFunction(source, list, i) {
  const { attributes, modifiers } = leading(list, i);
  let open = i + 2;
  if (list[open]?.text === "<") open = closing(list, open) + 1;
  const close = list[open]?.text === "(" ? closing(list, open) : open;
  const scope = modifiers.find((m) => VISIBILITY_SCOPES.has(m));
  return {
    name: list[i + 1].text,
    line: line(source, list[i].start),
    attributes,
    testOnly: isTestOnly(attributes),
    visibility: scope ?? (modifiers.includes("public") ? "public" : "private"),
    entry: modifiers.includes("entry"),
    macro: modifiers.includes("macro"),
    parameters: list.slice(open + 1, close),
    bodyStart: close,
  };
}

// Reads backwards what stands before `fun` or `module`: modifiers, then attribute blocks.
function leading(list, i) {
  const modifiers = [];
  let at = i - 1;
  for (; at >= 0; at--) {
    const { text } = list[at];
    if (MODIFIERS.has(text)) modifiers.push(text);
    else if (text === ")" && VISIBILITY_SCOPES.has(list[at - 1]?.text) && list[at - 2]?.text === "(") {
      modifiers.push(list[at - 1].text);
      at -= 2;
    } else break;
  }
  const attributes = [];
  while (list[at]?.text === "]") {
    let open = at;
    for (let depth = 0; open >= 0; open--) {
      if (list[open].text === "]") depth++;
      else if (list[open].text === "[" && --depth === 0) break;
    }
    if (list[open - 1]?.text !== "#") break;
    attributes.unshift(...parseAttributes(list, open, at));
    at = open - 2;
  }
  return { attributes, modifiers };
}

function parseAttributes(list, open, close) {
  const block = { start: list[open - 1].start, end: list[close].end };
  const found = [];
  for (let i = open + 1; i < close; i++) {
    if (list[i].kind !== "ident") continue;
    const attribute = { name: list[i].text, args: [], block };
    if (list[i + 1]?.text === "(") {
      const end = closing(list, i + 1);
      attribute.args = list.slice(i + 2, end);
      i = end;
    }
    found.push(attribute);
    while (i < close && list[i].text !== ",") i++;
  }
  return found;
}

// Reads a use tree from index i and records alias -> path; returns the index of its last token.
function parseUse(list, i, prefix, imports) {
  const path = [...prefix];
  for (; i < list.length; i++) {
    const { text, kind } = list[i];
    if (text === "{") {
      const end = closing(list, i);
      let at = i + 1;
      while (at < end) {
        at = parseUse(list, at, path, imports);
        if (list[at]?.text === ",") at++;
      }
      return end;
    }
    if (kind === "ident" && text !== "as") path.push(text);
    else if (text === "as") {
      record(imports, list[i + 1].text, path);
      return i + 2;
    } else if (text !== "::") break;
  }
  record(imports, path.at(-1) === "Self" ? path.at(-2) : path.at(-1), path);
  return i;
}

function record(imports, alias, path) {
  imports.set(alias, path.at(-1) === "Self" ? path.slice(0, -1) : path);
}

/** The path that tokens name, with the first segment replaced by what it was imported as. */
export function resolve(module, path) {
  const segments = path.filter((t) => t.kind === "ident" || t.kind === "number").map((t) => t.text);
  if (segments[0] === "Self") return [module.address, module.name, ...segments.slice(1)];
  const imported = module.imports.get(segments[0]);
  return imported ? [...imported, ...segments.slice(1)] : segments;
}

/** The value tokens of `name = ...` in an attribute's arguments, or null. */
export function argument(attribute, name) {
  const at = attribute.args.findIndex((t, i) => t.text === name && attribute.args[i + 1]?.text === "=");
  if (at < 0) return null;
  const rest = attribute.args.slice(at + 2);
  const comma = rest.findIndex((t) => t.text === ",");
  return comma < 0 ? rest : rest.slice(0, comma);
}
