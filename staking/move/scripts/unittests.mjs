// Unit tests as the source declares them: names, expected failures, selection.
import { closing } from "./lexer.mjs";
import { argument, parse, resolve } from "./source.mjs";

/**
 * The tests of a package's files {path: source}, in source order: {path, module, name, expected}, where expected is null
 * or {code, location}; code is a decimal string, or the name of a VM error ("arithmetic_error", "vector_error"), and
 * location is "package::module". `lookup` are more sources in which constants of expected codes are searched.
 */
export function listTests(files, lookup = {}) {
  const constants = constantsOf({ ...lookup, ...files });
  const tests = [];
  for (const [path, source] of Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1))) {
    for (const module of parse(source).modules) {
      for (const fun of module.functions) {
        if (!fun.attributes.some((a) => a.name === "test")) continue;
        const failure = fun.attributes.find((a) => a.name === "expected_failure");
        tests.push({
          path,
          module: module.name,
          name: fun.name,
          expected: failure ? expectation(module, failure, constants) : null,
        });
      }
    }
  }
  return tests;
}

// Constants by "package::module::NAME". Modules are told apart by their named address, which is the package's name.
function constantsOf(files) {
  const constants = new Map();
  for (const source of Object.values(files)) {
    for (const module of parse(source).modules) {
      for (const [name, value] of module.constants) constants.set(`${module.address}::${module.name}::${name}`, value);
    }
  }
  return constants;
}

function expectation(module, attribute, constants) {
  const vmError = attribute.args.find((t) => t.text === "arithmetic_error" || t.text === "vector_error");
  const location = argument(attribute, "location");
  const code = argument(attribute, "abort_code");
  return {
    code: vmError ? vmError.text : code && codeValue(module, code, constants),
    location: location && resolve(module, location).join("::"),
  };
}

function codeValue(module, tokens, constants) {
  if (tokens.length === 1 && tokens[0].kind === "number") return number(tokens[0].text);
  const path = resolve(module, tokens);
  const full = path.length === 1 ? [module.address, module.name, ...path] : path;
  const value = constants.get(full.join("::"));
  if (value === undefined) throw new Error(`${module.address}::${module.name}: no constant ${full.join("::")} in the sources`);
  return number(value);
}

function number(text) {
  return BigInt(text.replaceAll("_", "").replace(/u(8|16|32|64|128|256)$/, "")).toString();
}

/**
 * The files with only the tests for which `wanted(test)` holds left as tests. Helper functions stay, and so do the line
 * numbers of messages.
 */
export function selectTests(files, wanted) {
  return Object.fromEntries(
    Object.entries(files).map(([path, source]) => {
      const edits = [];
      for (const module of parse(source).modules) {
        for (const fun of module.functions) {
          if (!fun.attributes.some((a) => a.name === "test")) continue;
          if (wanted({ path, module: module.name, name: fun.name })) continue;
          const blocks = [...new Map(fun.attributes.map((a) => [a.block.start, a.block])).values()];
          blocks.forEach((block, i) => edits.push({ ...block, text: i === 0 ? "#[test_only, allow(unused_function)]" : "" }));
        }
      }
      return [path, edit(source, edits)];
    }),
  );
}

/**
 * The files as code of a compiler mode of ours, in which tests are ordinary functions: the way to get at their bytecode,
 * because the compiler gives none of its own test mode with Sui's verifier on. Only in test mode may `init` be called, so
 * that it goes by another name, and private entry functions of other modules, so that they become public.
 */
export function asMode(files, mode) {
  return Object.fromEntries(
    Object.entries(files).map(([path, source]) => {
      if (!path.endsWith(".move")) return [path, source];
      const file = parse(source);
      const edits = [];
      file.tokens.forEach((token, i) => {
        const before = file.tokens[i - 1]?.text;
        const after = file.tokens[i + 1]?.text;
        if (token.text === "init" && before !== "." && before !== "::" && after === "(") edits.push({ ...token, text: "init_" });
        if (token.text === "entry" && after === "fun" && !["public", ")"].includes(before)) edits.push({ ...token, text: "public entry" });
        if (token.text === "[" && before === "#") edits.push(attributeEdit(source, file.tokens, i, mode));
      });
      return [path, edit(source, edits)];
    }),
  );
}

// One edit that rewrites the attribute block whose "[" is at index open.
function attributeEdit(source, list, open, mode) {
  const close = closing(list, open);
  const entries = [];
  for (let i = open + 1; i < close; ) {
    let end = i;
    while (end < close && list[end].text !== ",") end = list[end].text === "(" ? closing(list, end) + 1 : end + 1;
    const name = list[i].text;
    if (name === "test") entries.push(`mode(${mode})`, "allow(unused_function)");
    else if (name === "test_only") entries.push(`mode(${mode})`);
    else if (name !== "expected_failure") entries.push(source.slice(list[i].start, list[end - 1].end));
    i = end + 1;
  }
  const text = entries.length > 0 ? `#[${entries.join(", ")}]` : "";
  return { start: list[open - 1].start, end: list[close].end, text };
}

function edit(source, edits) {
  let result = "";
  let at = 0;
  for (const { start, end, text } of [...edits].sort((a, b) => a.start - b.start)) {
    result += source.slice(at, start) + text;
    at = end;
  }
  return result + source.slice(at);
}
